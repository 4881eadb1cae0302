import type { ByteString } from '../bytes/index.ts';
import { type ElfFile, sameMachine } from '../elf/index.ts';
import { isPlinthError } from '../errors/index.ts';
import type { DependencyPool } from './dependency-pool.ts';
import type { ElfFiles } from './elf-files.ts';
import type { LoaderCache } from './ld-cache.ts';
import type { LoadingObject, PassedOver, SearchReason } from './loaded-object.ts';
import type { LoaderProgram } from './loader-program.ts';
import { type FoundFile, pathIn, type RootFiles } from './root-files.ts';

/** What a search depends on, for one program. */
export interface SearchContext {
  readonly files: RootFiles;
  readonly elves: ElfFiles;
  readonly loader: LoaderProgram;
  readonly cache: LoaderCache | undefined;
  /** What its searches of the places of the system have found so far, for all programs of its kind. */
  readonly known: Map<ByteString, SearchResult>;
  readonly dependencies: DependencyPool;
  readonly main: LoadingObject;
  /** What relative directories start from. */
  readonly cwd: ByteString;
  /** LD_LIBRARY_PATH. */
  readonly libraryPath: ByteString | undefined;
  /** Whether the program runs with rights that its user lacks, so that its user may not choose its libraries. */
  readonly secure: boolean;
  /** Subdirectories of glibc-hwcaps that the processor is good for, best first. */
  readonly hwcaps: readonly ByteString[];
}

/** A library that was found. */
export interface FoundLibrary {
  readonly kind: 'found';
  readonly file: FoundFile;
  readonly elf: ElfFile;
  readonly reason: SearchReason;
}

/** A file at which the loader gives up: it has the right name, and is no library. */
export interface BrokenLibrary {
  readonly kind: 'broken';
  readonly path: ByteString;
  /** In the words of the loader. */
  readonly fact: string;
}

export type SearchOutcome = FoundLibrary | BrokenLibrary | { readonly kind: 'missing' };

/** Part of a search that is over. */
export interface SearchResult {
  readonly outcome: FoundLibrary | BrokenLibrary | undefined;
  readonly searched: readonly ByteString[];
  readonly passedOver: readonly PassedOver[];
}

/** One search for one library: where it has looked, and what it has passed over. */
export class Search {
  readonly name: ByteString;
  readonly context: SearchContext;
  readonly searched: ByteString[] = [];
  readonly passedOver: PassedOver[] = [];

  constructor(name: ByteString, context: SearchContext) {
    this.name = name;
    this.context = context;
  }

  /** Goes on with what a search for the same library has found before. */
  follow({ outcome, searched, passedOver }: SearchResult): FoundLibrary | BrokenLibrary | undefined {
    this.searched.push(...searched);
    this.passedOver.push(...passedOver);
    return outcome;
  }

  /** The first of `directories` that has the library. */
  inDirectories(directories: readonly ByteString[], reason: SearchReason): FoundLibrary | BrokenLibrary | undefined {
    for (const directory of directories) {
      this.searched.push(directory);
      const outcome = this.#inDirectory(directory, reason);
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  }

  #inDirectory(directory: ByteString, reason: SearchReason): FoundLibrary | BrokenLibrary | undefined {
    const { files, hwcaps } = this.context;
    if (hwcaps.length > 0 && files.isDirectory(pathIn(directory, 'glibc-hwcaps' as ByteString))) {
      for (const hwcap of hwcaps) {
        const outcome = this.at(pathIn(directory, `glibc-hwcaps/${hwcap}/${this.name}` as ByteString), reason);
        if (outcome !== undefined) return outcome;
      }
    }
    return this.at(pathIn(directory, this.name), reason);
  }

  /** The library at `path`, if one is there that the loader takes. */
  at(path: ByteString, reason: SearchReason): FoundLibrary | BrokenLibrary | undefined {
    const { files, elves, main, loader } = this.context;
    const file = files.find(path);
    if (file === undefined) return undefined;
    if (file.node.kind !== 'file') return { kind: 'broken', path, fact: 'cannot read file data: Is a directory' };
    const elf = elves.read(file.node);
    if (isPlinthError(elf)) return { kind: 'broken', path, fact: brokenFact(elf.code, file.node.content.sizeBytes) };
    const verdict = judge(elf, main.elf, loader);
    if (verdict.kind === 'fits') return { kind: 'found', file, elf, reason };
    if (verdict.kind === 'broken') return { kind: 'broken', path, fact: verdict.fact };
    this.passedOver.push({ path, why: verdict.why });
    return undefined;
  }
}

const SMALLEST_ELF_BYTES = 52;

function brokenFact(code: string, sizeBytes: number): string {
  if (code !== 'elf-invalid') return 'cannot read file data: Permission denied';
  return sizeBytes < SMALLEST_ELF_BYTES ? 'file too short' : 'invalid ELF header';
}

type Verdict =
  | { readonly kind: 'fits' }
  | { readonly kind: 'passed over'; readonly why: string }
  | { readonly kind: 'broken'; readonly fact: string };

/** glibc passes over what is for another machine and gives up at what is none at all; musl looks only at the type. */
function judge(library: ElfFile, program: ElfFile, { flavour }: LoaderProgram): Verdict {
  if (library.type !== 'shared' && library.type !== 'executable') {
    return { kind: 'broken', fact: 'only ET_DYN and ET_EXEC can be loaded' };
  }
  if (sameMachine(library, program)) return { kind: 'fits' };
  if (flavour === 'musl') return { kind: 'broken', fact: 'Exec format error' };
  if (library.class !== program.class) return { kind: 'passed over', why: `it is for ${library.class} bits` };
  if (library.byteOrder !== program.byteOrder) {
    return { kind: 'broken', fact: `ELF file data encoding not ${program.byteOrder}-endian` };
  }
  return { kind: 'passed over', why: 'it is for another machine' };
}
