import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { digestOf } from '../../bytes/index.ts';
import { ownAptState, runApt } from '../apt.ts';
import { recipesError } from '../error.ts';
import type { RecipePowers } from '../powers.ts';

const PACKAGE = 'busybox';

/** The parts of Debian's source package. */
export interface DebianSource {
  /** `busybox 1:1.35.0-4+deb12u1` */
  readonly origin: string;
  readonly tarball: Buffer;
  /** The archive with `debian/` in it. */
  readonly debian: Buffer;
}

export interface FetchOptions {
  /** Empty, and the caller's to remove. */
  readonly directory: string;
  readonly powers: RecipePowers;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches Debian's source package of BusyBox with apt-get, as any user: by the machine's own lists if they have sources,
 * else by lists of our own, made of the machine's sources for programs. apt checks the signature of the lists, and by
 * them the `.dsc`; by that we check the files.
 *
 * @throws PlinthError `busybox-source-missing`, `busybox-checksum`
 */
export async function fetchDebianSource({ directory, powers, signal }: FetchOptions): Promise<DebianSource> {
  const apt = { runProgram: powers.runProgram, signal };
  const fetch = ['source', '--download-only', PACKAGE];
  const shared = await runApt(fetch, directory, apt);
  signal?.throwIfAborted();
  const failure = shared === undefined ? undefined : await fetchWithOwnLists(directory, fetch, apt);
  signal?.throwIfAborted();
  const dsc = readdirSync(directory).find((name) => name.startsWith(`${PACKAGE}_`) && name.endsWith('.dsc'));
  if (dsc !== undefined && failure === undefined) return openSource(directory, dsc);
  throw recipesError('busybox-source-missing', `fetch Debian's source package ${PACKAGE}: ${failure ?? shared}`, {
    hint: 'Give a release tarball: plinth busybox build PATH, or URL with --checksum.',
  });
}

async function fetchWithOwnLists(
  directory: string,
  fetch: readonly string[],
  apt: Parameters<typeof runApt>[2],
): Promise<string | undefined> {
  const parts = join(directory, 'sources');
  await writeSourceLists(parts, apt);
  const sources = ['-o', 'Dir::Etc::SourceList=/dev/null', '-o', `Dir::Etc::SourceParts=${parts}`];
  const options = ownAptState(directory, sources);
  const update = await runApt(['update', ...options], directory, apt);
  const failure = await runApt([...fetch, ...options], directory, apt);
  // What goes wrong with one of several lists does not matter if the package came all the same.
  return failure === undefined ? undefined : (update ?? failure);
}

/** Writes the machine's lists of sources into `parts`, changed to be of source packages. */
async function writeSourceLists(parts: string, { runProgram }: Pick<RecipePowers, 'runProgram'>): Promise<void> {
  mkdirSync(parts);
  const asked = ['shell', 'FILE', 'Dir::Etc::sourcelist/f', 'PARTS', 'Dir::Etc::sourceparts/d'];
  const { stdout } = await runProgram('apt-config', asked);
  const file = /^FILE='(.*)'$/m.exec(stdout)?.[1] ?? '/etc/apt/sources.list';
  const directory = /^PARTS='(.*)'$/m.exec(stdout)?.[1] ?? '/etc/apt/sources.list.d';
  for (const path of [file, ...listFiles(directory)]) {
    const text = readText(path);
    if (text === undefined) continue;
    const changed = path.endsWith('.sources') ? sourceStanzas(text) : sourceLines(text);
    writeFileSync(join(parts, basename(path)), changed);
  }
}

function listFiles(directory: string): string[] {
  try {
    const names = readdirSync(directory).sort();
    return names.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** One-line sources (sources.list(5)), of source packages. */
export function sourceLines(text: string): string {
  const lines = text.split('\n').filter((line) => /^\s*deb\s/.test(line));
  return lines.map((line) => `${line.replace(/^\s*deb\s/, 'deb-src ')}\n`).join('');
}

/** Sources in deb822 form, of source packages. */
export function sourceStanzas(text: string): string {
  return text.replace(/^Types:.*$/gim, 'Types: deb-src');
}

/**
 * The checksums that a `.dsc` gives for the files of its package (deb-src-control(5), Checksums-Sha256).
 */
export function parseDsc(text: string): { readonly version: string; readonly digests: ReadonlyMap<string, string> } {
  const version = /^Version:\s*(\S+)/m.exec(text)?.[1] ?? '';
  const block = /^Checksums-Sha256:\s*\n((?: .*\n?)*)/m.exec(text)?.[1] ?? '';
  const rows = [...block.matchAll(/^ ([0-9a-f]{64}) \d+ (\S+)$/gm)];
  return { version, digests: new Map(rows.map(([, hex, name]) => [name ?? '', `sha256:${hex}`])) };
}

function openSource(directory: string, dsc: string): DebianSource {
  const { version, digests } = parseDsc(readFileSync(join(directory, dsc), 'utf8'));
  const open = (pattern: RegExp): Buffer => {
    const [name, expected] = [...digests].find(([file]) => pattern.test(file)) ?? [];
    // A name with a slash in it would lead out of the directory.
    if (name === undefined || name.includes('/')) {
      throw recipesError('busybox-source-missing', `open ${dsc}: it names no file ${pattern.source}`);
    }
    const bytes = readFileSync(join(directory, name));
    checkDigest(bytes, expected, name);
    return bytes;
  };
  const tarball = open(/\.orig\.tar\.\w+$/);
  return { origin: `${PACKAGE} ${version}`, tarball, debian: open(/\.debian\.tar\.\w+$/) };
}

/** @throws PlinthError `busybox-checksum` */
export function checkDigest(bytes: Uint8Array, expected: string | undefined, name: string): void {
  const actual = digestOf(bytes);
  if (expected === undefined || actual === expected) return;
  throw recipesError('busybox-checksum', `check ${name}: its checksum is ${actual}, it must be ${expected}`, {
    hint: 'The file is not the one that was meant; get it anew, or correct the checksum.',
    details: { path: name, expected, actual },
  });
}
