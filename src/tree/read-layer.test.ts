import { describe, expect, it } from 'vitest';
import type { TarEntry } from '../archive/index.ts';
import type { ByteString } from '../bytes/index.ts';
import { type LayerEntry, memoryContent, NO_XATTRS, readContent, readLayer } from './index.ts';

const SOURCE = memoryContent('0123456789');

function tarEntry(path: string, fields: Partial<TarEntry> = {}): TarEntry {
  return {
    path: path as ByteString,
    kind: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtimeNs: 0n,
    linkTarget: '' as ByteString,
    major: 0,
    minor: 0,
    xattrs: NO_XATTRS,
    sizeBytes: 0,
    storedBytes: 0,
    dataOffsetBytes: 0,
    ...fields,
  };
}

const read = (...entries: TarEntry[]): LayerEntry[] => readLayer(entries, SOURCE);
const link = (path: string, target: string): TarEntry =>
  tarEntry(path, { kind: 'hardlink', linkTarget: target as ByteString });

function show(entry: LayerEntry): string {
  if (entry.kind === 'node') return `${entry.node.kind} ${entry.path}`;
  return entry.kind === 'hardlink' ? `hardlink ${entry.path} ${entry.target}` : `${entry.kind} ${entry.path}`;
}

describe('readLayer', () => {
  it.each([
    ['a', 'a'],
    ['./a', 'a'],
    ['/etc/passwd', 'etc/passwd'],
    ['//etc//passwd', 'etc/passwd'],
    ['./a//b/./c/', 'a/b/c'],
    ['a/b/../c', 'a/c'],
    ['.hidden', '.hidden'],
    ['a/..b/...', 'a/..b/...'],
    ['a/\xff\xfe', 'a/\xff\xfe'],
    ['x.wh.y', 'x.wh.y'],
    ['n'.repeat(255), 'n'.repeat(255)],
  ])('reads the name %j as %j', (name, path) => {
    expect(read(tarEntry(name)).map(show)).toEqual([`file ${path}`]);
  });

  it.each([['./'], ['.'], ['/'], ['']])('reads the directory %j as the root', (name) => {
    expect(read(tarEntry(name, { kind: 'directory' })).map(show)).toEqual(['directory ']);
  });

  it.each([
    ['.wh.a', 'whiteout a'],
    ['./d/.wh.a', 'whiteout d/a'],
    ['/d/.wh..hidden', 'whiteout d/.hidden'],
    [`d/.wh.${'n'.repeat(255)}`, `whiteout d/${'n'.repeat(255)}`],
    ['d/.wh..wh..opq', 'opaque d'],
    ['.wh..wh..opq', 'opaque '],
  ])('reads %j as %s', (name, expected) => {
    expect(read(tarEntry(name)).map(show)).toEqual([expected]);
  });

  it('leaves out the records of AUFS and resolves links into them', () => {
    const entries = read(
      tarEntry('.wh..wh.aufs'),
      tarEntry('.wh..wh.plnk/', { kind: 'directory' }),
      tarEntry('.wh..wh.plnk/12.34', { sizeBytes: 3, storedBytes: 3 }),
      tarEntry('.wh..wh.orph/', { kind: 'directory' }),
      link('a', '.wh..wh.plnk/12.34'),
      link('b', './.wh..wh.plnk/12.34'),
    );
    expect(entries.map(show)).toEqual(['file a', 'file b']);
    const [a, b] = entries.map((entry) => (entry.kind === 'node' ? entry.node : undefined));
    expect(a).toBe(b);
  });

  it('normalises the targets of hard links', () => {
    expect(read(link('/b', './a/../c')).map(show)).toEqual(['hardlink b c']);
  });

  it.each<[string, TarEntry, string]>([
    ['a name that climbs out', tarEntry('../etc/passwd'), 'layer-name-escapes'],
    ['an absolute name that climbs out', tarEntry('/../etc/passwd'), 'layer-name-escapes'],
    ['a name that climbs out half-way', tarEntry('a/../../b/c'), 'layer-name-escapes'],
    ['a whiteout that climbs out', tarEntry('../.wh.etc'), 'layer-name-escapes'],
    ['an opaque marker that climbs out', tarEntry('a/../../.wh..wh..opq'), 'layer-name-escapes'],
    ['a hard link to what is outside', link('a', '../etc/shadow'), 'layer-name-escapes'],
    ['a name with a NUL', tarEntry('a\0b'), 'layer-name-invalid'],
    ['a name that is too long', tarEntry('n'.repeat(256)), 'layer-name-invalid'],
    ['a path that is too long', tarEntry('n/'.repeat(40_000)), 'layer-name-invalid'],
    ['a path that is too deep', tarEntry('n/'.repeat(3000)), 'layer-name-invalid'],
    ['a whiteout of nothing', tarEntry('d/.wh.'), 'layer-whiteout-invalid'],
    ['a whiteout of its directory', tarEntry('d/.wh..'), 'layer-whiteout-invalid'],
    ['a whiteout of the directory above', tarEntry('d/.wh...'), 'layer-whiteout-invalid'],
    ['a whiteout of a name that is too long', tarEntry(`d/.wh.${'n'.repeat(256)}`), 'layer-whiteout-invalid'],
    ['a file below a whiteout', tarEntry('d/.wh.x/file'), 'layer-name-reserved'],
    ['a file below a whiteout, climbing', tarEntry('d/.wh.x/../../../file'), 'layer-name-reserved'],
    [
      'a root that is a link',
      tarEntry('./', { kind: 'symlink', linkTarget: '/' as ByteString }),
      'layer-root-replaced',
    ],
    ['a root that is a file', tarEntry('a/..'), 'layer-root-replaced'],
    ['a root that is a hard link', link('.', 'a'), 'layer-root-replaced'],
  ])('refuses %s', (_name, entry, code) => {
    expect(() => read(entry)).toThrowError(expect.objectContaining({ name: 'PlinthError', code }));
  });

  it('takes contents from the source, with their holes', () => {
    const [plain, sparse] = read(
      tarEntry('plain', { sizeBytes: 3, storedBytes: 3, dataOffsetBytes: 2 }),
      tarEntry('sparse', {
        sizeBytes: 8,
        storedBytes: 3,
        dataOffsetBytes: 5,
        extents: [
          { offsetBytes: 1, lengthBytes: 1 },
          { offsetBytes: 4, lengthBytes: 2 },
        ],
      }),
    );
    expect(contentOf(plain)).toBe('234');
    expect(contentOf(sparse)).toBe('\x005\0\x0067\0\0');
  });
});

function contentOf(entry: LayerEntry | undefined): string {
  if (entry?.kind !== 'node' || entry.node.kind !== 'file') throw new Error('not a file');
  return readContent(entry.node.content).toString('latin1');
}
