import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeTarHeader, NO_TAR_XATTRS, TAR_END } from '../archive/index.ts';
import { type DiffId, digestHex, digestOf, encodeText } from '../bytes/index.ts';
import type { ImageConfig } from '../oci/index.ts';
import { readContent, treePath } from '../tree/index.ts';
import { imageHistory, inspectImage, openStore, removeImage, type Store, storeRoot, verifyStore } from './index.ts';

let directory: string;
let store: Store;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plinth-store-'));
  store = openStore(join(directory, 'store'));
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A layer of one file. */
function writeLayer(name: string, text: string): DiffId {
  using writer = store.layers.create();
  writer.write(
    encodeTarHeader({
      path: encodeText(name),
      kind: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtimeNs: 0n,
      linkTarget: encodeText(''),
      major: 0,
      minor: 0,
      xattrs: NO_TAR_XATTRS,
      sizeBytes: text.length,
    }),
  );
  writer.write(Buffer.from(text.padEnd(Math.ceil(text.length / 512) * 512, '\0')));
  writer.write(TAR_END);
  return writer.commit().diffId;
}

function config(...diffIds: DiffId[]): ImageConfig {
  return {
    created: '2024-01-01T00:00:00Z',
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: diffIds.map((_, index) => ({ created_by: `step ${index}` })),
  };
}

describe('openStore', () => {
  it('makes nothing before the first write', () => {
    expect(store.images.list()).toEqual([]);
    expect(store.cache.read('abcdef01')).toBeUndefined();
    expect(existsSync(store.paths.root)).toBe(false);
  });

  it('refuses a store of a newer version by name, with a hint', () => {
    store.blobs.put(Buffer.from('x'));
    writeFileSync(store.paths.versionFile, '2\n');
    expect(() => openStore(store.paths.root)).toThrow(
      expect.objectContaining({
        code: 'store-newer',
        message: expect.stringContaining(store.paths.root),
        hint: expect.any(String),
      }),
    );
  });

  it('refuses a version that is none', () => {
    store.blobs.put(Buffer.from('x'));
    writeFileSync(store.paths.versionFile, 'whatever');
    expect(() => openStore(store.paths.root)).toThrow(expect.objectContaining({ code: 'store-invalid' }));
  });

  it('is closed to other users', () => {
    store.blobs.put(Buffer.from('x'));
    expect(statSync(store.paths.root).mode & 0o777).toBe(0o700);
  });
});

describe('storeRoot', () => {
  it.each([
    [{ PLINTH_ROOT: '/x' }, 0, '/x'],
    [{}, 0, '/var/lib/plinth'],
    [{}, 1000, '/home/u/.local/share/plinth'],
    [{ XDG_DATA_HOME: '/data' }, 1000, '/data/plinth'],
    [{ XDG_DATA_HOME: 'data' }, 1000, '/home/u/.local/share/plinth'],
    [{ XDG_DATA_HOME: '/data' }, 0, '/var/lib/plinth'],
  ])('of %j and uid %i is %s', (env, uid, root) => {
    expect(storeRoot(env, uid, '/home/u')).toBe(root);
  });
});

describe('blobs', () => {
  it('are put once and read back verified', () => {
    const digest = store.blobs.put(Buffer.from('hello'));
    expect(store.blobs.put(Buffer.from('hello'))).toBe(digest);
    expect(store.blobs.readAll(digest).toString()).toBe('hello');
    expect(store.blobs.sizeOf(digest)).toBe(5);
    expect(readdirSync(store.paths.tmp)).toEqual([]);
  });

  it('are read at random', () => {
    using blob = store.blobs.open(store.blobs.put(Buffer.from('0123456789')));
    const into = Buffer.alloc(4);
    expect([blob.read(into, 3), into.toString()]).toEqual([4, '3456']);
    expect(blob.read(into, 8)).toBe(2);
    expect(blob.read(into, 20)).toBe(0);
  });

  it('are written in pieces of any size', () => {
    using writer = store.blobs.create();
    const pieces = [1, 300_000, 7, 2_000_000, 0, 600_000, 900_000].map((size, index) => Buffer.alloc(size, index));
    for (const piece of pieces) writer.write(piece);
    const all = Buffer.concat(pieces);
    expect(writer.commit()).toEqual({ digest: digestOf(all), sizeBytes: all.length });
    expect(store.blobs.readAll(digestOf(all)).equals(all)).toBe(true);
  });

  it('that are damaged are not given out', () => {
    const digest = store.blobs.put(Buffer.from('hello'));
    chmodSync(store.blobs.path(digest), 0o644);
    writeFileSync(store.blobs.path(digest), 'jello');
    expect(() => store.blobs.readAll(digest)).toThrow(expect.objectContaining({ code: 'blob-corrupt' }));
  });

  it('that are missing are named', () => {
    const digest = digestOf('nothing');
    for (const act of [
      () => store.blobs.readAll(digest),
      () => store.blobs.open(digest),
      () => store.blobs.sizeOf(digest),
    ]) {
      expect(act).toThrow(expect.objectContaining({ code: 'blob-missing' }));
    }
  });

  it.each([
    ['digest', { digest: digestOf('other') }],
    ['size', { sizeBytes: 4 }],
  ])('of another %s than expected leave nothing', (_name, expected) => {
    using writer = store.blobs.create();
    writer.write(Buffer.from('hello'));
    expect(() => writer.commit(expected)).toThrow(expect.objectContaining({ code: 'blob-corrupt' }));
    expect(readdirSync(store.paths.tmp)).toEqual([]);
    expect(store.blobs.has(digestOf('hello'))).toBe(false);
  });

  it('that are given up leave nothing', () => {
    const writer = store.blobs.create();
    writer.write(Buffer.alloc(2_000_000));
    writer.abort();
    writer.abort();
    expect(readdirSync(store.paths.tmp)).toEqual([]);
  });
});

describe('cache', () => {
  it('gives back what it was given, also nothing', () => {
    store.cache.write('abcdef01', Buffer.from('value'));
    store.cache.write('abcdef02', Buffer.alloc(0));
    expect(store.cache.read('abcdef01')).toEqual(Buffer.from('value'));
    expect(store.cache.read('abcdef02')).toEqual(Buffer.alloc(0));
  });

  it.each([
    ['cut short', (b: Buffer) => b.subarray(0, -1)],
    ['empty', () => Buffer.alloc(0)],
    ['changed', (b: Buffer) => Buffer.concat([b.subarray(0, -1), Buffer.from('!')])],
  ])('takes a record that is %s as none', (_name, damage) => {
    store.cache.write('abcdef01', Buffer.from('value'));
    const path = join(store.paths.cache, 'abcdef01');
    writeFileSync(path, damage(readFileSync(path)));
    expect(store.cache.read('abcdef01')).toBeUndefined();
  });

  it.each(['../x', '', 'ABCDEF01', 'abc'])('has no key %j', (key) => {
    expect(() => store.cache.read(key)).toThrow(RangeError);
  });
});

describe('layers', () => {
  it('are read back as entries and as a tree', () => {
    const low = writeLayer('a', 'low');
    const high = writeLayer('b', 'high');
    expect(store.layers.has(low)).toBe(true);
    expect(store.layers.entries(low).map((entry) => entry.path)).toEqual(['a']);
    const tree = store.tree([low, high]);
    const node = tree.lookup(treePath(encodeText('b')) ?? expect.fail());
    expect(node?.kind === 'file' && readContent(node.content).toString()).toBe('high');
    expect(store.tree([low, high])).toBe(tree);
    expect(tree.root.children.get(encodeText('a'))).toBe(store.tree([low]).root.children.get(encodeText('a')));
  });

  it.each([
    ['lost', (path: string) => rmSync(path)],
    ['damaged', (path: string) => writeFileSync(path, 'x')],
    ['empty', (path: string) => writeFileSync(path, '')],
  ])('have their index made again when it is %s', (_name, damage) => {
    const diffId = writeLayer('a', 'text');
    const path = store.layers.indexPath(diffId);
    const before = readFileSync(path);
    damage(path);
    expect(store.layers.entries(diffId)).toHaveLength(1);
    expect(readFileSync(path)).toEqual(before);
  });

  it('that are no tar are refused and leave nothing', () => {
    using writer = store.layers.create();
    writer.write(Buffer.alloc(2048, 'x'));
    expect(() => writer.commit()).toThrow(expect.objectContaining({ name: 'PlinthError' }));
    expect([
      ...readdirSync(store.paths.tmp),
      ...readdirSync(store.paths.blobs),
      ...readdirSync(store.paths.layers),
    ]).toEqual([]);
  });
});

describe('images', () => {
  it('are found by name, id, and the begin of an id', () => {
    const image = store.images.write(config(writeLayer('a', 'x')), { names: ['minios', 'localhost:5000/m:1'] });
    expect(image.names).toEqual(['minios:latest', 'localhost:5000/m:1']);
    const hex = digestHex(image.configDigest);
    for (const text of [
      'minios',
      'minios:latest',
      'docker.io/library/minios',
      'localhost:5000/m:1',
      image.configDigest,
      image.manifestDigest,
      hex,
      hex.slice(0, 12),
      `sha256:${hex.slice(0, 5)}`,
      `minios@${image.manifestDigest}`,
    ]) {
      expect(store.images.find(text).manifestDigest).toBe(image.manifestDigest);
    }
    expect(store.images.list()).toHaveLength(1);
    expect(store.images.list()[0]?.names).toEqual(image.names);
  });

  it.each([
    ['minos', 'minios:latest'],
    ['minios:2', 'minios:latest'],
    ['team/minios', 'minios:latest'],
  ])('that are not there are named with a near miss: %s', (wanted, near) => {
    store.images.write(config(writeLayer('a', 'x')), { names: ['minios'] });
    expect(() => store.images.find(wanted)).toThrow(
      expect.objectContaining({ code: 'image-not-found', hint: `Did you mean ${near}?` }),
    );
  });

  it('with ids that begin alike are ambiguous', () => {
    for (let i = 0; i < 17; i++) store.images.write(config(writeLayer('a', `${i}`)));
    const hexes = store.images
      .list()
      .flatMap((image) => [image.configDigest, image.manifestDigest].map((d) => d[7] ?? ''));
    const twice = hexes.find((hex, index) => hexes.indexOf(hex) !== index) ?? '';
    expect(() => store.images.find(twice)).toThrow(expect.objectContaining({ code: 'image-ambiguous' }));
  });

  it('written again change no file', () => {
    const image = config(writeLayer('a', 'x'));
    store.images.write(image, { names: ['minios'] });
    const before = statSync(store.paths.indexFile, { bigint: true });
    store.images.write(image, { names: ['minios'] });
    store.images.write(image);
    const after = statSync(store.paths.indexFile, { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
  });

  it('keep living without a name when it moves to another', () => {
    const old = store.images.write(config(writeLayer('a', '1')), { names: ['minios'] });
    const fresh = store.images.write(config(writeLayer('a', '2')), { names: ['minios'] });
    expect(store.images.find('minios').manifestDigest).toBe(fresh.manifestDigest);
    expect(store.images.find(old.configDigest).names).toEqual([]);
    store.images.write(config(writeLayer('a', '1')), { names: ['old'] });
    expect(store.images.find(old.configDigest).names).toEqual(['old:latest']);
    expect(store.images.list()).toHaveLength(2);
  });

  it('are not written without their layers', () => {
    expect(() => store.images.write(config(digestOf('none') as DiffId))).toThrow(
      expect.objectContaining({ code: 'blob-missing' }),
    );
    expect(store.images.list()).toEqual([]);
  });

  it('cannot be named with a digest', () => {
    const diffId = writeLayer('a', 'x');
    expect(() => store.images.write(config(diffId), { names: [`a@${digestOf('x')}`] })).toThrow(
      expect.objectContaining({ code: 'image-name-digest' }),
    );
  });

  it('get and lose names', () => {
    const image = store.images.write(config(writeLayer('a', 'x')), { names: ['minios'] });
    expect(store.images.tag('minios', 'other:1').names).toEqual(['minios:latest', 'other:1']);
    store.images.untag('minios');
    store.images.untag('other:1');
    expect(store.images.find(image.configDigest).names).toEqual([]);
    expect(() => store.images.untag('other:1')).toThrow(expect.objectContaining({ code: 'image-not-found' }));
  });

  it('are shown as Docker shows them', () => {
    const diffId = writeLayer('a', 'x');
    const image = store.images.write({ ...config(diffId), author: 'me' }, { names: ['minios'] });
    expect(inspectImage(store, image)).toMatchObject({
      Id: image.configDigest,
      RepoTags: ['minios:latest'],
      RepoDigests: [`minios@${image.manifestDigest}`],
      Author: 'me',
      Architecture: 'amd64',
      Os: 'linux',
      Config: { Cmd: ['/bin/sh'] },
      Size: 2048,
      RootFS: { Type: 'layers', Layers: [diffId] },
    });
    expect(imageHistory(store, image)).toEqual([{ created_by: 'step 0', diffId, sizeBytes: 2048 }]);
  });
});

describe('removeImage', () => {
  it('takes a name, and with the last one the image and its space', () => {
    const diffId = writeLayer('a', 'x');
    const image = store.images.write(config(diffId), { names: ['a', 'b'] });
    expect(removeImage(store, 'a')).toEqual({ untagged: ['a:latest'], freedBytes: 0 });
    const report = removeImage(store, 'b');
    expect(report).toMatchObject({ untagged: ['b:latest'], deleted: image.configDigest });
    expect(report.freedBytes).toBeGreaterThan(2048);
    expect(readdirSync(store.paths.blobs)).toEqual([]);
    expect(readdirSync(store.paths.layers)).toEqual([]);
  });

  it('keeps what other images need', async () => {
    const shared = writeLayer('a', 'x');
    store.images.write(config(shared), { names: ['a'] });
    store.images.write(config(shared, writeLayer('b', 'y')), { names: ['b'] });
    removeImage(store, 'b');
    expect(store.layers.has(shared)).toBe(true);
    expect(await verifyStore(store)).toEqual([]);
  });

  it('asks for force when an id has several names', () => {
    const image = store.images.write(config(writeLayer('a', 'x')), { names: ['a', 'b'] });
    expect(() => removeImage(store, image.configDigest)).toThrow(
      expect.objectContaining({ code: 'image-several-names' }),
    );
    expect(removeImage(store, image.configDigest, { force: true }).untagged).toEqual(['a:latest', 'b:latest']);
  });

  it.each(['a', 'manifest'])('removes a damaged image by its %s', (what) => {
    const diffId = writeLayer('a', 'x');
    const image = store.images.write(config(diffId), { names: ['a'] });
    rmSync(store.blobs.path(diffId));
    expect(() => store.images.find('a')).toThrow(expect.objectContaining({ code: 'blob-missing' }));
    expect(removeImage(store, what === 'a' ? 'a' : image.manifestDigest).deleted).toBe(image.configDigest);
    expect(readdirSync(store.paths.blobs)).toEqual([]);
  });

  it('frees nothing while someone writes', async () => {
    store.images.write(config(writeLayer('a', 'x')), { names: ['a'] });
    using _held = await store.hold();
    expect(removeImage(store, 'a').freedBytes).toBe(0);
    expect(readdirSync(store.paths.blobs)).toHaveLength(3);
  });
});
