import type { ByteString } from '../bytes/index.ts';
import type { ElfFile } from '../elf/index.ts';
import { type FoundFile, lastName, readSmallFile } from './root-files.ts';
import { type SystemLayout, systemLayout } from './system-table.ts';

/** By whose rules libraries are looked for: the GNU C library's (ld.so(8)) or musl's. */
export type LoaderFlavour = 'glibc' | 'musl';

/** What was built into a loader. */
export interface LoaderProgram {
  readonly flavour: LoaderFlavour;
  /** Where it looks at last, in this order. */
  readonly defaultDirectories: readonly ByteString[];
  /** glibc: the file that ldconfig(8) writes. */
  readonly cachePath: ByteString;
  /** musl: the name of the machine in `/etc/ld-musl-NAME.path`. */
  readonly muslName: string;
  /** What `$LIB` and `$PLATFORM` stand for. */
  readonly lib: string;
  readonly platform: string | undefined;
}

const LOADER_LIMIT_BYTES = 8 << 20;
const MUSL_DEFAULTS = ['/lib', '/usr/local/lib', '/usr/lib'] as ByteString[];

/**
 * What was built into the loader `file` (undefined if it is missing): distributions change its directories, so they are
 * read from the loader itself, and taken from the usual layout of the architecture only where it does not tell.
 */
export function readLoaderProgram(path: ByteString, file: FoundFile | undefined, elf: ElfFile): LoaderProgram {
  const layout = systemLayout(elf);
  const text = readSmallFile(file, LOADER_LIMIT_BYTES)?.toString('latin1') ?? '';
  const named = /^ld-musl-(.+)\.so\.1$/.exec(lastName(path))?.[1];
  if (named !== undefined || text.includes('musl libc')) {
    const muslName = named ?? layout?.musl ?? '';
    return { ...common(layout), flavour: 'musl', muslName, lib: 'lib', defaultDirectories: MUSL_DEFAULTS };
  }
  const built = builtInDirectories(text);
  const cachePath = /\/[\x21-\x7e]*ld\.so\.cache(?=\0)/.exec(text)?.[0] as ByteString | undefined;
  return {
    ...common(layout),
    ...(cachePath === undefined ? {} : { cachePath }),
    flavour: 'glibc',
    lib: built === undefined ? (layout?.lib ?? 'lib') : libOf(built),
    defaultDirectories: built ?? usualDirectories(layout),
  };
}

function common(layout: SystemLayout | undefined): Omit<LoaderProgram, 'flavour' | 'lib' | 'defaultDirectories'> {
  return { cachePath: '/etc/ld.so.cache' as ByteString, muslName: '', platform: layout?.platform };
}

/** glibc holds its directories as one run of texts that each end in a slash. */
function builtInDirectories(text: string): ByteString[] | undefined {
  for (const [run] of text.matchAll(/(?:\/[\x21-\x7e]+\/\0){1,16}/g)) {
    const directories = run.split('\0').filter((directory) => directory !== '');
    if (!directories.some((directory) => /\/lib[^/]*\//.test(directory))) continue;
    return directories.map((directory) => directory.slice(0, -1) as ByteString);
  }
  return undefined;
}

/** `lib/x86_64-linux-gnu` on Debian, `lib64` on Fedora, `lib` in a prefix of its own. */
function libOf([first = '' as ByteString]: readonly ByteString[]): string {
  return /^\/(lib[^/]*(?:\/[^/]+)?)$/.exec(first)?.[1] ?? lastName(first);
}

function usualDirectories(layout: SystemLayout | undefined): ByteString[] {
  const { multiarch, lib } = layout ?? { multiarch: undefined, lib: 'lib' };
  const places = [...(multiarch === undefined ? [] : [`lib/${multiarch}`]), ...(lib === 'lib' ? [] : [lib]), 'lib'];
  return places.flatMap((place) => [`/${place}`, `/usr/${place}`]) as ByteString[];
}
