import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { memoryContent, type Node, Tree, TreeEditor, type TreePath, writeTreeTar } from '../../tree/index.ts';
import { checkDigest, parseDsc, sourceLines, sourceStanzas } from './debian-source.ts';
import { findSource, newestSeconds, patchSource, unpackTar } from './source-tree.ts';

const facts = { uid: 7, gid: 7, mtimeNs: 5_000_000_000n, xattrs: new Map() };
const file = (text: string, mode = 0o4640): Node => ({ kind: 'file', ...facts, mode, content: memoryContent(text) });

function treeOf(files: Record<string, Node>): Tree {
  const editor = new TreeEditor();
  for (const [path, node] of Object.entries(files)) editor.put(path as TreePath, node);
  return editor.finish();
}

function tarOf(tree: Tree): Buffer {
  const chunks: Uint8Array[] = [];
  writeTreeTar(tree, (chunk) => chunks.push(Uint8Array.prototype.slice.call(chunk)));
  return Buffer.concat(chunks);
}

const SOURCE = {
  'bb/Makefile': file('VERSION = 1\n'),
  'bb/scripts/kconfig/Makefile': file(''),
  'bb/include/applets.src.h': file('', 0o755),
};

describe('the source of BusyBox', () => {
  it('is found below the one directory of a compressed tarball, with plain modes', async () => {
    const packed = execFileSync('gzip', ['-c'], { input: tarOf(treeOf(SOURCE)) });
    const tree = findSource(await unpackTar(packed, 'x.tar.gz'), 'x.tar.gz');
    expect(tree.lookup('Makefile' as TreePath)?.mode).toBe(0o644);
    expect(tree.lookup('include/applets.src.h' as TreePath)?.mode).toBe(0o755);
    expect(newestSeconds(tree)).toBe(5);
  });
  it.each<readonly [string, Record<string, Node>]>([
    ['what is no source', { 'a/b': file('') }],
    ['special files', { ...SOURCE, 'bb/pipe': { kind: 'fifo', ...facts, mode: 0o600 } }],
  ])('is not %s', async (_, files) => {
    const tree = await unpackTar(tarOf(treeOf(files)), 'x.tar');
    expect(() => findSource(tree, 'x.tar')).toThrow(expect.objectContaining({ code: 'busybox-source-invalid' }));
  });
  it.each([
    ['text', Buffer.from('<html>')],
    ['a broken gzip', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8])],
    ['a name that climbs out', Buffer.from(tarOf(treeOf({ 'xx/zzzz': file('') })).toString('latin1'), 'latin1')],
  ])('is not %s', async (name, bytes) => {
    if (name.includes('climbs')) climb(bytes);
    await expect(unpackTar(bytes, 'x')).rejects.toMatchObject({ code: 'busybox-source-invalid' });
  });
});

/** Turns the entry `xx/zzzz` into `../zzzz`, with its checksum. */
function climb(tar: Buffer): void {
  const at = tar.indexOf('xx/zzzz');
  tar.write('../zzzz', at);
  const header = tar.subarray(at, at + 512);
  header.fill(' ', 148, 156);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
}

describe('patchSource', () => {
  const source = treeOf({ Makefile: file('one\n') });
  const series = 'fix.patch -p1 # why\n\n# comment\n';
  it('applies the series', () => {
    const debian = treeOf({
      'debian/patches/series': file(series),
      'debian/patches/fix.patch': file('--- a/Makefile\n+++ b/Makefile\n@@ -1 +1 @@\n-one\n+\xe9\n'),
    });
    const made = patchSource(source, debian);
    expect(made.patches).toBe(1);
    const node = made.source.lookup('Makefile' as TreePath);
    expect(node?.kind === 'file' && node.content.sizeBytes).toBe(3);
  });
  it('says which patch is missing, and does without any', () => {
    expect(() => patchSource(source, treeOf({ 'debian/patches/series': file(series) }))).toThrow('fix.patch');
    expect(patchSource(source, new Tree())).toMatchObject({ patches: 0 });
  });
});

describe('sources of apt', () => {
  it('become sources of source packages', () => {
    expect(sourceLines('# x\ndeb [arch=amd64] http://a b main\ndeb-src http://a b main\n deb http://c d e\n')).toBe(
      'deb-src [arch=amd64] http://a b main\ndeb-src http://c d e\n',
    );
    expect(sourceStanzas('Types: deb deb-src\nURIs: x\n\ntypes: deb\n')).toBe(
      'Types: deb-src\nURIs: x\n\nTypes: deb-src\n',
    );
  });
  it('have checksums in the .dsc', () => {
    const hex = 'a'.repeat(64);
    const dsc = `Version: 1:1.35\nChecksums-Sha1:\n ${'b'.repeat(40)} 3 x.tar\nChecksums-Sha256:\n ${hex} 3 x.tar\n ${hex} 4 y.tar\nFiles:\n`;
    const { version, digests } = parseDsc(dsc);
    expect([version, [...digests.keys()]]).toEqual(['1:1.35', ['x.tar', 'y.tar']]);
    expect(() => checkDigest(Buffer.from('x'), digests.get('x.tar'), 'x.tar')).toThrow(
      expect.objectContaining({ code: 'busybox-checksum' }),
    );
  });
});
