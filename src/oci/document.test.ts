import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DiffId, digestOf } from '../bytes/index.ts';
import { isPlinthError } from '../errors/index.ts';
import { encodeCanonicalJson } from './canonical-json.ts';
import { parseDockerArchiveManifest } from './docker-archive.ts';
import { encodeImageConfig, type ImageConfig, parseImageConfig } from './image-config.ts';
import { checkLayoutFile, LAYOUT_FILE } from './layout.ts';
import { encodeIndex, encodeManifest, parseIndex, parseManifest } from './manifest.ts';
import { MEDIA_TYPES } from './media-type.ts';

const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const descriptor = { mediaType: MEDIA_TYPES.layer, digest: digestOf('x'), size: 1 };
const manifest = {
  schemaVersion: 2 as const,
  mediaType: MEDIA_TYPES.manifest,
  config: descriptor,
  layers: [descriptor],
};

const config: ImageConfig = {
  created: '2024-01-01T00:00:00Z',
  architecture: 'amd64',
  os: 'linux',
  config: {
    Env: ['PATH=/bin', '<&>=ü'],
    Cmd: ['/bin/sh'],
    Healthcheck: { Test: ['CMD', 'true'], Interval: 5_000_000_000 },
    Volumes: { '/data': {} },
    OnBuild: ['RUN x'],
    Labels: { b: '2', a: '1' },
    StopSignal: 'SIGTERM',
    Shell: ['/bin/sh', '-c'],
  },
  rootfs: { type: 'layers', diff_ids: [digestOf('layer') as DiffId] },
  history: [
    { created_by: 'ADD', created: '2024-01-01T00:00:00Z' },
    { created_by: 'CMD', empty_layer: true },
  ],
};

describe('image config', () => {
  it('reads what it wrote', () => {
    const { raw, ...read } = parseImageConfig(encodeImageConfig(config));
    expect(read).toEqual({ ...config, config: { ...config.config, Labels: { a: '1', b: '2' } } });
    expect(encodeImageConfig({ ...read, raw: { other: 1 } })).toEqual(encodeImageConfig(config));
    expect(raw?.architecture).toBe('amd64');
  });

  it('writes the same bytes whatever the order of members', () => {
    const turned = Object.fromEntries(Object.entries(config).reverse()) as unknown as ImageConfig;
    expect(encodeImageConfig(turned)).toEqual(encodeImageConfig(config));
  });

  it('takes the nulls and empty strings of Docker as absent and keeps the unknown in raw', () => {
    const read = parseImageConfig(
      bytes({
        ...config,
        config: { Cmd: null, Entrypoint: null, Labels: null, User: '' },
        docker_version: '20.10',
        variant: '',
      }),
    );
    expect(read.config).toEqual({});
    expect(read).not.toHaveProperty('variant');
    expect(read.raw?.docker_version).toBe('20.10');
  });

  it.each([
    ['no object', []],
    ['no os', { architecture: 'a', rootfs: { type: 'layers', diff_ids: [] } }],
    ['no rootfs', { architecture: 'a', os: 'l' }],
    ['diff ids that climb', { architecture: 'a', os: 'l', rootfs: { type: 'layers', diff_ids: ['sha256:../../x'] } }],
    ['Env of numbers', { ...config, config: { Env: [1] } }],
    ['Env as object', { ...config, config: { Env: { 0: 'a', length: 1 } } }],
    ['Labels of objects', { ...config, config: { Labels: { a: {} } } }],
    ['not JSON', '{'],
  ])('refuses %s', (_name, value) => {
    expect(() => parseImageConfig(bytes(value))).toThrow(expect.objectContaining({ name: 'PlinthError' }));
  });
});

describe('manifest and index', () => {
  it('read what they wrote', () => {
    const withNotes = { ...manifest, annotations: { z: '1', a: '2' } };
    expect(parseManifest(encodeManifest(withNotes))).toEqual(withNotes);
    const index = {
      schemaVersion: 2 as const,
      mediaType: MEDIA_TYPES.index,
      manifests: [
        { ...descriptor, platform: { architecture: 'arm', os: 'linux', variant: 'v7' }, annotations: { a: 'b' } },
      ],
    };
    expect(parseIndex(encodeIndex(index))).toEqual(index);
  });

  it.each([
    ['both kinds at once', { ...manifest, manifests: [] }],
    ['the type of an index', { ...manifest, mediaType: MEDIA_TYPES.index }],
    ['schema 1', { ...manifest, schemaVersion: 1 }],
    ['a negative size', { ...manifest, layers: [{ ...descriptor, size: -1 }] }],
    ['a fractional size', { ...manifest, layers: [{ ...descriptor, size: 1.5 }] }],
    ['another digest', { ...manifest, layers: [{ ...descriptor, digest: 'md5:00' }] }],
    ['no config', { ...manifest, config: null }],
    ['a thousand layers and one', { ...manifest, layers: Array(1001).fill(descriptor) }],
  ])('refuse %s', (_name, value) => {
    expect(() => parseManifest(bytes(value))).toThrow(expect.objectContaining({ name: 'PlinthError' }));
  });

  it('name the place of a fault', () => {
    expect(() => parseManifest(bytes({ ...manifest, layers: [descriptor, { ...descriptor, size: 'x' }] }))).toThrow(
      'read manifest: layers[1].size is "x", want a whole number',
    );
  });
});

describe('hostile documents', () => {
  it('are refused when nested deep or large', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(() => parseManifest(bytes(deep))).toThrow(expect.objectContaining({ code: 'document-too-large' }));
    expect(() => parseManifest(Buffer.alloc(5 << 20, 0x20))).toThrow(
      expect.objectContaining({ code: 'document-too-large' }),
    );
  });

  it('count no brackets within strings', () => {
    const label = `"${'['.repeat(1000)}\\"${'{'.repeat(1000)}`;
    const read = parseManifest(bytes({ ...manifest, annotations: { label } }));
    expect(read.annotations?.label).toBe(label);
  });

  it('give a value or a typed error, whatever the bytes', () => {
    const parsers = [parseManifest, parseIndex, parseImageConfig, parseDockerArchiveManifest, checkLayoutFile];
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc
            .jsonValue()
            .map((v) => JSON.stringify({ schemaVersion: 2, manifests: v, config: v, layers: v, rootfs: v })),
        ),
        fc.constantFrom(...parsers),
        (text, parse) => {
          try {
            parse(Buffer.from(text));
          } catch (error) {
            expect(isPlinthError(error)).toBe(true);
          }
        },
      ),
    );
  });
});

it('reads its own layout file and refuses another version', () => {
  expect(() => checkLayoutFile(LAYOUT_FILE)).not.toThrow();
  expect(() => checkLayoutFile(bytes({ imageLayoutVersion: '2.0' }))).toThrow();
});

it('encodes equal values as equal bytes', () => {
  expect(encodeCanonicalJson({ b: [{ d: 1, c: undefined }], a: 'ü' }).toString()).toBe('{"a":"ü","b":[{"d":1}]}');
});
