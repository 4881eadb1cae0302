import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chunksOf, collect, type TarPiece, tarOf } from '../../test/support/image-archive.ts';
import { digestHex, digestOf, encodeText } from '../bytes/index.ts';
import { MEDIA_TYPES } from '../oci/index.ts';
import { treePath } from '../tree/index.ts';
import {
  importTar,
  type LoadOptions,
  loadImages,
  openStore,
  type Store,
  saveDocker,
  saveOci,
  verifyStore,
} from './index.ts';

let directory: string;
let store: Store;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plinth-load-'));
  store = openStore(join(directory, 'store'));
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

const load = (bytes: Uint8Array, options?: LoadOptions): ReturnType<typeof loadImages> =>
  loadImages(store, { kind: 'archive', chunks: chunksOf(bytes) }, options);

/** Nothing but the directories of an empty store. */
function expectEmptyStore(): void {
  const { blobs, layers, tmp, cache } = store.paths;
  expect([blobs, layers, tmp, cache].flatMap((path) => readdirSync(path))).toEqual([]);
  expect(store.images.list()).toEqual([]);
}

const layerA = tarOf(['etc/a', 'A']);
const layerB = tarOf(['etc/b', 'B'], ['etc/.wh.a', '']);
const json = (value: unknown): string => JSON.stringify(value);
const configOf = (...layers: Uint8Array[]): string =>
  json({
    architecture: 'amd64',
    os: 'linux',
    docker_version: '20.10.0',
    config: { Cmd: ['/bin/sh'], Env: null },
    rootfs: { type: 'layers', diff_ids: layers.map(digestOf) },
  });
const config = configOf(layerA, layerB);
const hex = (bytes: Uint8Array | string): string => digestHex(digestOf(bytes));

/** As Docker 1.10 to 24 write it: a directory a layer, with files of an older format. */
const v1Pieces: TarPiece[] = [
  ['a1/', ''],
  ['a1/VERSION', '1.0'],
  ['a1/json', '{}'],
  ['a1/layer.tar', layerA],
  ['b2/VERSION', '1.0'],
  ['b2/json', '{}'],
  ['b2/layer.tar', layerB],
  [`${hex(config)}.json`, config],
  [
    'manifest.json',
    json([{ Config: `${hex(config)}.json`, RepoTags: ['app:1'], Layers: ['a1/layer.tar', 'b2/layer.tar'] }]),
  ],
  ['repositories', json({ app: { 1: 'b2' } })],
];

describe('loadImages of a docker archive', () => {
  it.each([
    ['plain', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => zstdCompressSync(bytes)],
  ])('reads layer directories, %s, and keeps the id', async (_name, pack) => {
    const [image] = await load(pack(tarOf(...v1Pieces)));
    expect(image?.names).toEqual(['app:1']);
    expect(image?.configDigest).toBe(digestOf(config));
    const tree = store.tree(image?.config.rootfs.diff_ids ?? []);
    expect(tree.lookup(treePath(encodeText('etc/b')) ?? expect.fail())?.kind).toBe('file');
    expect(tree.lookup(treePath(encodeText('etc/a')) ?? expect.fail())).toBeUndefined();
    expect(await verifyStore(store)).toEqual([]);
    expect(readdirSync(store.paths.tmp)).toEqual([]);
  });

  it('follows links between layers, and takes the same layer twice', async () => {
    const twice = configOf(layerA, layerA, layerA);
    const [image] = await load(
      tarOf(
        ['a1/layer.tar', layerA],
        ['b2/layer.tar', { link: '../a1/layer.tar' }],
        ['c3/layer.tar', { link: 'a1/layer.tar', hard: true }],
        ['c.json', twice],
        [
          'manifest.json',
          json([{ Config: 'c.json', RepoTags: null, Layers: ['a1/layer.tar', 'b2/layer.tar', 'c3/layer.tar'] }]),
        ],
      ),
    );
    expect(image?.names).toEqual([]);
    expect(image?.config.rootfs.diff_ids).toHaveLength(3);
    expect(await verifyStore(store)).toEqual([]);
  });

  it('reads compressed layers', async () => {
    const pieces = v1Pieces.map(
      ([path, content]): TarPiece => (content === layerB ? [path, gzipSync(layerB)] : [path, content]),
    );
    const [image] = await load(tarOf(...pieces));
    expect(image?.config.rootfs.diff_ids).toEqual([digestOf(layerA), digestOf(layerB)]);
  });

  it('takes the last entry of a name', async () => {
    const [image] = await load(tarOf(['a1/layer.tar', 'first'], ...v1Pieces));
    expect(image?.names).toEqual(['app:1']);
  });
});

describe('loadImages of an OCI layout', () => {
  const gzipped = gzipSync(layerA);
  const blobs = (...all: (string | Uint8Array)[]): TarPiece[] =>
    all.map((bytes) => [`blobs/sha256/${hex(bytes)}`, bytes]);
  const descriptor = (mediaType: string, bytes: string | Uint8Array): object => ({
    mediaType,
    digest: digestOf(bytes),
    size: Buffer.byteLength(bytes),
  });
  const configA = configOf(layerA);
  const manifest = json({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: descriptor(MEDIA_TYPES.config, configA),
    layers: [descriptor(MEDIA_TYPES.layerGzip, gzipped)],
  });
  const layout: TarPiece = ['oci-layout', json({ imageLayoutVersion: '1.0.0' })];
  const index = (...manifests: object[]): TarPiece => ['index.json', json({ schemaVersion: 2, manifests })];
  const named = {
    ...descriptor(MEDIA_TYPES.manifest, manifest),
    annotations: { 'org.opencontainers.image.ref.name': 'app:1' },
  };

  it('keeps manifests and compressed layers as they are', async () => {
    const [image] = await load(tarOf(layout, index(named), ...blobs(manifest, configA, gzipped)));
    expect(image).toMatchObject({
      names: ['app:1'],
      manifestDigest: digestOf(manifest),
      configDigest: digestOf(configA),
    });
    expect(image?.sizeBytes).toBe(layerA.length);
    expect(store.blobs.has(digestOf(gzipped))).toBe(true);
    expect(store.tree(image?.config.rootfs.diff_ids ?? []).root.children.size).toBe(1);
    expect(await verifyStore(store)).toEqual([]);
    const again = openStore(join(directory, 'again'));
    const [copy] = await loadImages(again, { kind: 'archive', chunks: saveOci(store, ['app:1']) });
    expect(copy?.manifestDigest).toBe(digestOf(manifest));
  });

  it('reads a directory', async () => {
    for (const [path, content] of [layout, index(named), ...blobs(manifest, configA, gzipped)]) {
      mkdirSync(dirname(join(directory, 'layout', path)), { recursive: true });
      writeFileSync(join(directory, 'layout', path), content as Uint8Array);
    }
    const [image] = await loadImages(store, { kind: 'directory', path: join(directory, 'layout') });
    expect(image?.names).toEqual(['app:1']);
    expect(await verifyStore(store)).toEqual([]);
    expect(readdirSync(store.paths.tmp)).toEqual([]);
  });

  it('takes the platform of the machine from an index, and of the others what is there', async () => {
    const armConfig = configA.replace('amd64', 'arm64');
    const arm = manifest.replace(digestOf(configA), digestOf(armConfig));
    const children = json({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.index,
      manifests: [
        { ...descriptor(MEDIA_TYPES.manifest, arm), platform: { os: 'linux', architecture: 'arm64' } },
        { ...descriptor(MEDIA_TYPES.manifest, manifest), platform: { os: 'linux', architecture: 'amd64' } },
        { ...descriptor(MEDIA_TYPES.manifest, 'absent'), platform: { os: 'linux', architecture: 's390x' } },
      ],
    });
    const top = { ...descriptor(MEDIA_TYPES.index, children), annotations: named.annotations };
    await load(tarOf(layout, index(top), ...blobs(children, manifest, arm, configA, armConfig, gzipped)));
    const find = (architecture: string): string =>
      store.images.find('app:1', { platform: { os: 'linux', architecture } }).config.architecture;
    expect([find('amd64'), find('arm64')]).toEqual(['amd64', 'arm64']);
    expect(store.images.find('app:1').indexDigest).toBe(digestOf(children));
    expect(store.images.find(digestOf(children)).names).toEqual(['app:1']);
    expect(await verifyStore(store)).toEqual([]);
  });

  it.each<[string, TarPiece[], string]>([
    ['no index', [layout], 'image-archive-invalid'],
    ['an empty index', [layout, index()], 'image-archive-invalid'],
    ['a manifest missing', [layout, index(named)], 'image-archive-invalid'],
    ['a layer missing', [layout, index(named), ...blobs(manifest, configA)], 'image-archive-invalid'],
    [
      'a layer of other bytes',
      [layout, index(named), ...blobs(manifest, configA), [`blobs/sha256/${hex(gzipped)}`, layerA]],
      'blob-corrupt',
    ],
    [
      'a config of other bytes',
      [layout, index(named), ...blobs(manifest, gzipped), [`blobs/sha256/${hex(configA)}`, config]],
      'blob-corrupt',
    ],
    ['a wrong size', [layout, index({ ...named, size: 1 }), ...blobs(manifest, configA, gzipped)], 'blob-corrupt'],
    [
      'another kind of artifact',
      [layout, index({ ...named, mediaType: 'application/x' }), ...blobs(manifest)],
      'image-archive-invalid',
    ],
    [
      'a later layout version',
      [['oci-layout', json({ imageLayoutVersion: '2.0.0' })], index(named)],
      'document-invalid',
    ],
  ])('refuses %s and leaves nothing', async (_name, pieces, code) => {
    await expect(load(tarOf(...pieces))).rejects.toMatchObject({ code });
    expectEmptyStore();
  });
});

describe('loadImages of what is not to be trusted', () => {
  const manifestOf = (entry: object): TarPiece => ['manifest.json', json([entry])];
  const image = { Config: `${hex(config)}.json`, RepoTags: ['app:1'], Layers: ['a1/layer.tar', 'b2/layer.tar'] };
  const without = (...paths: string[]): TarPiece[] => v1Pieces.filter(([path]) => !paths.includes(path));

  it.each<[string, TarPiece[], string]>([
    [
      'a config outside',
      [...without('manifest.json'), manifestOf({ ...image, Config: '../../etc/passwd' })],
      'image-archive-invalid',
    ],
    [
      'a config at an absolute path',
      [...without('manifest.json'), manifestOf({ ...image, Config: '/etc/passwd' })],
      'image-archive-invalid',
    ],
    [
      'a layer outside',
      [...without('manifest.json'), manifestOf({ ...image, Layers: ['../x', 'b2/layer.tar'] })],
      'image-archive-invalid',
    ],
    [
      'a link that climbs',
      [...without('a1/layer.tar'), ['a1/layer.tar', { link: '../../../../etc/passwd' }]],
      'image-archive-invalid',
    ],
    [
      'an absolute link',
      [...without('a1/layer.tar'), ['a1/layer.tar', { link: '/etc/passwd' }]],
      'image-archive-invalid',
    ],
    [
      'a hard link that climbs',
      [...without('a1/layer.tar'), ['a1/layer.tar', { link: '../etc/passwd', hard: true }]],
      'image-archive-invalid',
    ],
    [
      'a link to itself',
      [...without('a1/layer.tar'), ['a1/layer.tar', { link: 'layer.tar' }]],
      'image-archive-invalid',
    ],
    ['a file that climbs', [['../../etc/cron.d/x', 'x'], ...v1Pieces], 'image-archive-invalid'],
    ['a layer missing', without('a1/layer.tar'), 'image-archive-invalid'],
    ['a config missing', without(`${hex(config)}.json`), 'image-archive-invalid'],
    [
      'too few layers',
      [...without('manifest.json'), manifestOf({ ...image, Layers: ['a1/layer.tar'] })],
      'image-archive-invalid',
    ],
    ['a layer of other bytes', [...without('a1/layer.tar'), ['a1/layer.tar', layerB]], 'blob-corrupt'],
    [
      'a config of other bytes',
      [...without(`${hex(config)}.json`), [`${hex(config)}.json`, configOf(layerA)]],
      'image-archive-invalid',
    ],
    [
      'a name that is none',
      [...without('manifest.json'), manifestOf({ ...image, RepoTags: ['../x'] })],
      'reference-invalid',
    ],
    ['manifest.json that is no JSON', [...without('manifest.json'), ['manifest.json', '[{']], 'document-invalid'],
    ['an archive of before 1.10', without('manifest.json'), 'image-archive-invalid'],
    ['a root file system', [['etc/passwd', 'x']], 'image-archive-invalid'],
  ])('refuses %s and leaves nothing', async (_name, pieces, code) => {
    await expect(load(tarOf(...pieces))).rejects.toMatchObject({ code, message: expect.stringMatching(/^read /) });
    expectEmptyStore();
  });

  it('refuses a layer whose names climb', async () => {
    const layer = tarOf(['../../etc/passwd', 'x']);
    const text = configOf(layer);
    await expect(
      load(
        tarOf(['l.tar', layer], ['c.json', text], ['manifest.json', json([{ Config: 'c.json', Layers: ['l.tar'] }])]),
      ),
    ).rejects.toMatchObject({ code: 'layer-name-escapes' });
    expectEmptyStore();
  });

  it.each<[string, Uint8Array, LoadOptions['limits']]>([
    ['many files', tarOf(...Array.from({ length: 30 }, (_, i): TarPiece => [`f${i}`, ''])), { files: 20 }],
    ['many bytes', tarOf(...v1Pieces), { bytes: 4096 }],
    ['an archive that expands', gzipSync(tarOf(['x', Buffer.alloc(1 << 20)])), { freeBytes: 1 << 18 }],
  ])('refuses %s', async (_name, bytes, limits) => {
    await expect(load(bytes, limits === undefined ? {} : { limits })).rejects.toMatchObject({
      code: 'image-archive-too-large',
    });
    expectEmptyStore();
  });

  it('refuses a layer that expands', async () => {
    const bomb = tarOf(['zeros', Buffer.alloc(4 << 20)]);
    const text = configOf(bomb);
    const archive = tarOf(
      ['l.tar', gzipSync(bomb)],
      ['c.json', text],
      ['manifest.json', json([{ Config: 'c.json', Layers: ['l.tar'] }])],
    );
    await expect(load(archive, { limits: { freeBytes: 1 << 20 } })).rejects.toMatchObject({
      code: 'image-archive-too-large',
    });
    expectEmptyStore();
  });

  it('refuses an archive that is cut, wherever', async () => {
    const archive = tarOf(...without('repositories'));
    for (let length = 0; length < archive.length - 1024 - 512; length += 700) {
      await expect(load(archive.subarray(0, length))).rejects.toMatchObject({ name: 'PlinthError' });
    }
    expectEmptyStore();
  });

  it('takes an archive with changed bytes or refuses it with a typed error, and leaves nothing in tmp', async () => {
    const archive = tarOf(...v1Pieces);
    const change = fc.record({ at: fc.nat(archive.length - 1), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(archive);
        for (const { at, byte } of changes) bytes[at] = byte;
        try {
          await load(bytes);
        } catch (error) {
          expect(error).toMatchObject({ name: 'PlinthError' });
        }
        expect(readdirSync(store.paths.tmp)).toEqual([]);
      }),
      { numRuns: 60 },
    );
    expect(await verifyStore(store)).toEqual([]);
  });

  it('leaves nothing when it is aborted', async () => {
    const abort = new AbortController();
    const bytes = tarOf(...v1Pieces);
    await expect(load(bytes, { signal: abort.signal, onProgress: () => abort.abort() })).rejects.toThrow();
    expectEmptyStore();
  });
});

describe('saveDocker and saveOci', () => {
  it('write the same bytes for the same images, from another store too', async () => {
    await load(tarOf(...v1Pieces));
    store.images.tag('app:1', 'localhost/other:2');
    const archive = await collect(saveDocker(store, ['app:1', 'localhost/other:2']));
    expect(await collect(saveDocker(store, ['app:1', 'localhost/other:2']))).toEqual(archive);
    const other = openStore(join(directory, 'other'));
    const images = await loadImages(other, { kind: 'archive', chunks: chunksOf(archive) });
    expect(images.map((image) => image.names)).toEqual([['app:1', 'localhost/other:2']]);
    expect(images[0]?.configDigest).toBe(digestOf(config));
    expect(await collect(saveDocker(other, ['app:1', 'localhost/other:2']))).toEqual(archive);
  });

  it.each(['gzip', 'zstd'] as const)('compress layers with %s, the same each time', async (compression) => {
    await load(tarOf(...v1Pieces));
    const archive = await collect(saveOci(store, ['app:1'], { compression }));
    expect(await collect(saveOci(store, ['app:1'], { compression }))).toEqual(archive);
    const other = openStore(join(directory, 'other'));
    const [image] = await loadImages(other, { kind: 'archive', chunks: chunksOf(archive) });
    expect(image?.configDigest).toBe(digestOf(config));
    expect(image?.manifest.layers[0]?.mediaType).toContain(compression);
    expect(await verifyStore(other)).toEqual([]);
    expect(readdirSync(store.paths.tmp)).toEqual([]);
  });
});

describe('importTar', () => {
  it('makes an image of one layer', async () => {
    const image = await importTar(store, chunksOf(gzipSync(layerA)), {
      names: ['base'],
      config: { Cmd: ['/bin/sh'] },
      message: 'from a tar',
    });
    expect(image).toMatchObject({
      names: ['base:latest'],
      config: {
        created: '1970-01-01T00:00:00.000Z',
        config: { Cmd: ['/bin/sh'] },
        rootfs: { diff_ids: [digestOf(layerA)] },
        history: [{ comment: 'from a tar' }],
      },
    });
    expect(await verifyStore(store)).toEqual([]);
  });

  it.each([
    ['no tar', Buffer.alloc(4096, 'x')],
    ['a name that climbs', tarOf(['../x', 'x'])],
  ])('refuses %s and leaves nothing', async (_name, bytes) => {
    await expect(importTar(store, chunksOf(bytes))).rejects.toMatchObject({ name: 'PlinthError' });
    expectEmptyStore();
  });
});
