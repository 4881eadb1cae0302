import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  encodeTarHeader,
  scanTar,
  TAR_END,
  type TarEntry,
  type TarExtent,
  type TarHeader,
  type TarKind,
  tarExtents,
  tarPaddingBytes,
} from '../../src/archive/index.ts';
import { type ByteString, isAscii } from '../../src/bytes/index.ts';

/** Makes and describes trees: Python sees names as bytes, xattrs, holes and times in ns. */
const TREE_PROGRAM = resolve(import.meta.dirname, '../support/tar-tree.py');

interface Described {
  readonly path: string;
  readonly kind: TarKind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: string;
  readonly target: string;
  readonly size: number;
  readonly sha: string;
  readonly device: readonly [number, number];
  readonly xattrs: Readonly<Record<string, string>>;
  /** Only of files that the program describes. */
  readonly runs?: readonly (readonly [number, number])[];
  /** The first name of the same file. */
  readonly same?: string;
}

let scratch = '';
let tree = '';
let original: Described[] = [];

function run(command: string, ...args: string[]): Buffer {
  return execFileSync(command, args, { maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'pipe'] });
}

function python(verb: 'make' | 'describe' | 'members', path: string): unknown {
  const output = run('python3', TREE_PROGRAM, verb, path).toString();
  return output === '' ? undefined : JSON.parse(output);
}

function describeTree(path: string): Described[] {
  return (python('describe', path) as Described[]).toSorted(byPath);
}

function byPath(left: { path: string }, right: { path: string }): number {
  return left.path < right.path ? -1 : Number(left.path > right.path);
}

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'plinth-archive-'));
  tree = join(scratch, 'tree');
  mkdirSync(tree);
  python('make', tree);
  original = describeTree(tree);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The logical bytes of an entry, holes filled. */
function contentOf(archive: Buffer, { sizeBytes, storedBytes, dataOffsetBytes, extents }: TarEntry): Buffer {
  const stored = archive.subarray(dataOffsetBytes, dataOffsetBytes + storedBytes);
  if (extents === undefined) return stored;
  const content = Buffer.alloc(sizeBytes);
  let at = 0;
  for (const { offsetBytes, lengthBytes } of extents) {
    stored.copy(content, offsetBytes, at, at + lengthBytes);
    at += lengthBytes;
  }
  return content;
}

/** Our reading of an archive, hard links as the files that they are. */
function readArchive(archive: Buffer): Described[] {
  const byName = new Map<string, Described>();
  const source = {
    sizeBytes: archive.length,
    read: (into: Uint8Array, position: number): number => archive.copy(into, 0, position),
  };
  for (const entry of scanTar(source)) {
    const path = entry.path.replace(/^\.\//, '').replace(/\/$/, '');
    if (path === '' || path === '.') continue;
    const target = byName.get(entry.linkTarget.replace(/^\.\//, ''));
    if (entry.kind === 'hardlink' && target !== undefined) byName.set(path, { ...target, path });
    else byName.set(path, describeEntry(archive, entry, path));
  }
  return [...byName.values()].toSorted(byPath);
}

function describeEntry(archive: Buffer, entry: TarEntry, path: string): Described {
  const xattrs = [...entry.xattrs].filter(([name]) => name.startsWith('user.'));
  return {
    path,
    kind: entry.kind,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    mtime: `${entry.mtimeNs}`,
    target: entry.linkTarget,
    size: entry.sizeBytes,
    sha: entry.kind === 'file' ? createHash('sha256').update(contentOf(archive, entry)).digest('hex') : '',
    device: [entry.major, entry.minor],
    xattrs: Object.fromEntries(xattrs.map(([name, value]) => [name, Buffer.from(value).toString('latin1')])),
  };
}

interface Loss {
  /** Times are whole seconds, never before 1970. */
  readonly fractions?: boolean;
  readonly xattrs?: boolean;
  /** The old dialects clip or refuse these. */
  readonly only?: (entry: Described) => boolean;
}

/** What `entries` look like after a dialect that cannot say everything. */
function expected(entries: readonly Described[], loss: Loss = {}): Described[] {
  return entries.filter(loss.only ?? (() => true)).map(({ runs: _, same: __, ...entry }) => ({
    ...entry,
    mtime: loss.fractions === true ? wholeSeconds(entry.mtime) : entry.mtime,
    xattrs: loss.xattrs === true ? {} : entry.xattrs,
  }));
}

function wholeSeconds(mtime: string): string {
  const ns = BigInt(mtime);
  const seconds = ns / 1_000_000_000n - (ns < 0n && ns % 1_000_000_000n !== 0n ? 1n : 0n);
  return `${seconds * 1_000_000_000n}`;
}

const sparse = ({ path }: Described): boolean => path === 'sparse' || path === 'hole';

describe('what others write we read', () => {
  const fits = ({ path, target, uid }: Described): boolean =>
    path.length <= 98 && target.length <= 98 && uid < 2_097_152;

  it.each<[string, string[], Loss]>([
    ['posix', ['--format=posix', '--xattrs'], {}],
    ['posix, sparse 0.0', ['--format=posix', '--xattrs', '--sparse', '--sparse-version=0.0'], {}],
    ['posix, sparse 0.1', ['--format=posix', '--xattrs', '--sparse', '--sparse-version=0.1'], {}],
    ['posix, sparse 1.0', ['--format=posix', '--xattrs', '--sparse', '--sparse-version=1.0'], {}],
    ['gnu', ['--format=gnu'], { fractions: true, xattrs: true }],
    ['gnu, sparse', ['--format=gnu', '--sparse'], { fractions: true, xattrs: true }],
    ['oldgnu', ['--format=oldgnu'], { fractions: true, xattrs: true }],
    ['oldgnu, sparse', ['--format=oldgnu', '--sparse'], { fractions: true, xattrs: true }],
  ])('GNU tar, %s', (name, options, loss) => {
    const file = join(scratch, `gnu-${name}.tar`);
    run('tar', '-C', tree, '-cf', file, ...options, '.');
    const archive = readFileSync(file);
    expect(readArchive(archive)).toEqual(expected(original, loss));
    if (options.includes('--sparse')) expect(archive.length).toBeLessThan(300_000);
  });

  it.each(['v7', 'ustar'])('GNU tar, %s', (format) => {
    const special = new Set(['fifo', 'character', 'block']);
    const only = (entry: Described): boolean =>
      fits(entry) && entry.path !== 'empty' && !(format === 'v7' && special.has(entry.kind)) && entry.path !== 'block';
    const names = original.filter(only).map(({ path }) => path);
    const list = join(scratch, `${format}.list`);
    const file = join(scratch, `${format}.tar`);
    writeFileSync(list, Buffer.from(names.map((path) => `${path}\0`).join(''), 'latin1'));
    run('tar', '-C', tree, '-cf', file, `--format=${format}`, '--no-recursion', '--null', '-T', list);
    expect(readArchive(readFileSync(file))).toEqual(expected(original, { only, fractions: true, xattrs: true }));
  });

  it.each<[string, Loss]>([
    ['pax', {}],
    ['gnutar', { fractions: true, xattrs: true }],
  ])('bsdtar, %s', (format, loss) => {
    const file = join(scratch, `bsd-${format}.tar`);
    // Libarchive loses count of fractions before 1970.
    run('bsdtar', '-C', tree, '-cf', file, '--format', format, '--exclude', './empty', '.');
    const only = ({ path }: Described): boolean => path !== 'empty';
    expect(readArchive(readFileSync(file))).toEqual(expected(original, { ...loss, only }));
  });

  it.each(['tarfile.PAX_FORMAT', 'tarfile.GNU_FORMAT'])('Python, %s', (format) => {
    const file = join(scratch, `${format}.tar`);
    // Python makes a float of the time, and of bytes that are not UTF-8 no PAX record that others could read.
    const program = `import os, tarfile
os.chdir(${JSON.stringify(tree)}.encode())
with tarfile.open(${JSON.stringify(file)}, 'w', format=${format}) as tar:
    tar.add('.', filter=lambda m: None if m.name in ('./empty', './long-link') else setattr(m, 'mtime', int(m.mtime)) or m)`;
    run('python3', '-c', program);
    const only = ({ path }: Described): boolean => path !== 'empty' && path !== 'long-link';
    expect(readArchive(readFileSync(file))).toEqual(expected(original, { only, fractions: true, xattrs: true }));
  });
});

/** The archive that we write of the tree. */
function writeArchive(entries: readonly Described[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const isHardlink = entry.same !== undefined && entry.same !== entry.path;
    const extents = isHardlink || !sparse(entry) ? undefined : extentsOf(entry);
    parts.push(encodeTarHeader(headerOf(entry, extents, isHardlink)));
    if (entry.kind !== 'file' || isHardlink) continue;
    const content = readFileSync(Buffer.from(`${tree}/${entry.path}`, 'latin1'));
    const runs = extents ?? [{ offsetBytes: 0, lengthBytes: content.length }];
    const data = Buffer.concat(runs.map((run) => content.subarray(run.offsetBytes, run.offsetBytes + run.lengthBytes)));
    parts.push(data, Buffer.alloc(tarPaddingBytes(data.length)));
  }
  return Buffer.concat([...parts, TAR_END]);
}

function extentsOf({ runs = [], size }: Described): TarExtent[] {
  return tarExtents(
    runs.map(([offsetBytes, lengthBytes]) => ({ offsetBytes, lengthBytes })),
    size,
  );
}

function headerOf(entry: Described, extents: TarExtent[] | undefined, isHardlink: boolean): TarHeader {
  return {
    path: entry.path as ByteString,
    kind: isHardlink ? 'hardlink' : entry.kind,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    mtimeNs: BigInt(entry.mtime),
    linkTarget: (isHardlink ? (entry.same ?? '') : entry.target) as ByteString,
    major: entry.device[0],
    minor: entry.device[1],
    xattrs: new Map(
      Object.entries(entry.xattrs).map(([name, value]) => [name as ByteString, Buffer.from(value, 'latin1')]),
    ),
    sizeBytes: isHardlink ? 0 : entry.size,
    ...(extents === undefined ? {} : { extents }),
  };
}

/** Sorted as they are, but for hard links, which come after what they name. */
function firstNamesFirst(entries: readonly Described[]): Described[] {
  const first = entries.filter(({ path, same }) => same === undefined || same === path);
  return [...first, ...entries.filter((entry) => !first.includes(entry))];
}

/** Without `runs`: how a file system lays out data is its own matter. */
function extracted(directory: string): Described[] {
  return expected(describeTree(directory));
}

describe('what we write others read', () => {
  const write = (): string => {
    const file = join(scratch, 'ours.tar');
    writeFileSync(file, writeArchive(firstNamesFirst(original)));
    return file;
  };

  it('GNU tar extracts the same tree, holes and all', () => {
    const into = join(scratch, 'by-gnu');
    mkdirSync(into);
    run('tar', '-C', into, '-xpf', write(), '--numeric-owner', '--xattrs', '--delay-directory-restore');
    expect(extracted(into)).toEqual(expected(original));
    const made = describeTree(into);
    expect(made.filter(sparse).map(({ runs }) => runs)).toEqual(original.filter(sparse).map(({ runs }) => runs));
    expect(made.find(({ path }) => path === 'same')?.same).toBe('exact');
  });

  it('GNU tar finds no difference to the tree', () => {
    run('tar', '-C', tree, '--compare', '--xattrs', '-f', write());
  });

  it.each(['C', 'C.UTF-8'])('bsdtar extracts the same tree, locale %s', (locale) => {
    const into = join(scratch, `by-bsd-${locale}`);
    const file = join(scratch, `ours-${locale}.tar`);
    // Libarchive loses count of fractions before 1970, and in the C locale takes no PAX name that is not ASCII.
    const fits = ({ path }: Described): boolean =>
      path !== 'empty' && (locale !== 'C' || path.length <= 100 || isAscii(path));
    const entries = original.filter(fits);
    mkdirSync(into);
    writeFileSync(file, writeArchive(firstNamesFirst(entries)));
    const env = { ...process.env, LC_ALL: locale };
    execFileSync('bsdtar', ['-C', into, '-xpf', file, '--numeric-owner', '--xattrs'], { env });
    // It takes the names of attributes as they stand.
    const renamed = (entry: Described): Described => {
      const { 'user.a=%': value, ...xattrs } = entry.xattrs;
      return value === undefined ? entry : { ...entry, xattrs: { ...xattrs, 'user.a%3D%25': value } };
    };
    expect(extracted(into)).toEqual(expected(entries).map(renamed));
  });

  it('Python reads the same members', () => {
    interface Member {
      readonly path: string;
      readonly type: string;
      readonly sha: string;
    }
    const members = python('members', write()) as Member[];
    const types = { file: '0', directory: '5', symlink: '2', fifo: '6', character: '3', block: '4', hardlink: '1' };
    const want = original.map((entry) => {
      const isHardlink = entry.same !== undefined && entry.same !== entry.path;
      return {
        path: entry.path,
        type: types[isHardlink ? 'hardlink' : entry.kind],
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        mtime: (Number(entry.mtime) / 1e9).toFixed(3),
        target: isHardlink ? (entry.same ?? '') : entry.target,
        device: entry.device,
        sha: isHardlink ? '' : entry.sha,
      };
    });
    expect(members.toSorted(byPath)).toEqual(want.toSorted(byPath));
  });
});
