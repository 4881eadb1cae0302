import { execFileSync } from 'node:child_process';
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  importTar,
  loadImages,
  openStore,
  type Store,
  type StoredImage,
  saveDocker,
  saveOci,
  verifyStore,
} from '../../src/store/index.ts';
import { chunksOf, collect, tarOf } from '../support/image-archive.ts';

let directory: string;
let store: Store;
let image: StoredImage;
let layout: string;

/** What a tool printed on stdout; fails with what it printed on stderr. */
function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], cwd: directory });
}

/** Podman with a storage of its own; the runtime is named since crun refuses hybrid cgroups before anything is run. */
function podman(...args: readonly string[]): string {
  const storage = ['--root', join(directory, 'podman'), '--runroot', join(directory, 'podman-run')];
  return run(
    'podman',
    ...storage,
    '--storage-driver',
    'vfs',
    '--runtime',
    'runc',
    '--cgroup-manager',
    'cgroupfs',
    ...args,
  );
}

const path = (name: string): string => join(directory, name);
const load = (target: Store, file: string): Promise<StoredImage[]> =>
  loadImages(target, { kind: 'archive', chunks: createReadStream(path(file), { highWaterMark: 1 << 20 }) });

beforeAll(async () => {
  // Not mkdtemp's mixed case: podman makes a name of the path, and names are lower case.
  directory = join(tmpdir(), `plinth-interop-${process.pid}`);
  mkdirSync(directory);
  store = openStore(path('store'));
  layout = join(store.paths.oci);
  const tar = tarOf(['etc/', ''], ['etc/motd', 'hello\n'], ['etc/link', { link: 'motd' }]);
  image = await importTar(store, chunksOf(tar), {
    names: ['minios'],
    config: { Cmd: ['/bin/sh'], Labels: { a: 'b' } },
  });
  store.images.tag('minios', 'localhost/other:1.2');
  writeFileSync(path('docker.tar'), await collect(saveDocker(store, ['minios', 'localhost/other:1.2'])));
  writeFileSync(path('oci.tar'), await collect(saveOci(store, ['minios'])));
  writeFileSync(path('oci-gzip.tar'), await collect(saveOci(store, ['minios'], { compression: 'gzip' })));
  writeFileSync(path('oci-zstd.tar'), await collect(saveOci(store, ['minios'], { compression: 'zstd' })));
});
afterAll(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('the store as an image layout', () => {
  it.each(['minios:latest', 'localhost/other:1.2'])('is read by skopeo as %s', (name) => {
    const shown = JSON.parse(run('skopeo', 'inspect', `oci:${layout}:${name}`)) as { Digest: string; Labels: unknown };
    expect(shown).toMatchObject({ Digest: image.manifestDigest, Labels: { a: 'b' } });
  });

  it('is copied by skopeo with every blob', () => {
    mkdirSync(path('copied'));
    run('skopeo', 'copy', `oci:${layout}:minios:latest`, `dir:${path('copied')}`);
    const [diffId = ''] = image.config.rootfs.diff_ids;
    expect(readFileSync(join(path('copied'), diffId.slice(7)))).toEqual(
      readFileSync(store.blobs.path(diffId as never)),
    );
  });

  it('is listed and unpacked by umoci', () => {
    expect(run('umoci', 'ls', '--layout', layout).trim().split('\n')).toEqual(['minios:latest', 'localhost/other:1.2']);
    run('umoci', 'unpack', '--rootless', '--image', `${layout}:minios:latest`, path('bundle'));
    expect(readFileSync(join(path('bundle'), 'rootfs/etc/link'), 'utf8')).toBe('hello\n');
  });

  it('is pulled by podman', () => {
    expect(podman('pull', '-q', `oci:${layout}:minios:latest`).trim()).toBe(image.configDigest.slice(7));
  });

  it('takes what skopeo and umoci put into it', async () => {
    run('skopeo', 'copy', `docker-archive:${path('docker.tar')}:minios:latest`, `oci:${layout}:from-skopeo:1`);
    run('umoci', 'tag', '--image', `${layout}:minios:latest`, 'from-umoci');
    run('umoci', 'config', '--image', `${layout}:minios:latest`, '--tag', 'changed:2', '--config.user', 'nobody');
    expect(store.images.find('from-skopeo:1').config.rootfs).toEqual(image.config.rootfs);
    expect(store.images.find('from-umoci').manifestDigest).toBe(image.manifestDigest);
    expect(store.images.find('minios').manifestDigest).toBe(image.manifestDigest);
    expect(await verifyStore(store)).not.toContainEqual(expect.objectContaining({ kind: 'blob-corrupt' }));
  });
});

describe('our archives', () => {
  it.each([
    ['docker-archive:docker.tar', 'minios:latest'],
    ['docker-archive:docker.tar', 'localhost/other:1.2'],
    ['oci-archive:docker.tar', 'minios:latest'],
    ['oci-archive:oci.tar', 'minios:latest'],
    ['oci-archive:oci-gzip.tar', 'minios:latest'],
    ['oci-archive:oci-zstd.tar', 'minios:latest'],
  ])('are read by skopeo: %s:%s', (source, name) => {
    const [diffId] = image.config.rootfs.diff_ids;
    const shown = JSON.parse(run('skopeo', 'inspect', '--config', `${source}:${name}`)) as {
      rootfs: { diff_ids: string[] };
    };
    expect(shown.rootfs.diff_ids).toEqual([diffId]);
    mkdirSync(path('verified'));
    run('skopeo', 'copy', `${source}:${name}`, `dir:${path('verified')}`);
    rmSync(path('verified'), { recursive: true });
  });

  it.each(['docker.tar', 'oci.tar', 'oci-gzip.tar', 'oci-zstd.tar'])('are loaded by podman: %s', (file) => {
    podman('rmi', '--all', '--force');
    expect(podman('load', '-i', path(file))).toContain('/minios:latest');
    expect(podman('images', '-q', '--no-trunc').split('\n')).toContain(image.configDigest);
  });

  it('are unpacked by umoci', () => {
    mkdirSync(path('unpacked'));
    run('tar', '-xf', path('oci-gzip.tar'), '-C', path('unpacked'));
    run('umoci', 'unpack', '--rootless', '--image', `${path('unpacked')}:minios:latest`, path('bundle-gzip'));
    expect(readFileSync(join(path('bundle-gzip'), 'rootfs/etc/motd'), 'utf8')).toBe('hello\n');
  });
});

describe('the archives of others', () => {
  it.each([
    ['docker-archive', 'docker-archive:from.tar:app:1', 'app:1'],
    ['oci-archive', 'oci-archive:from.tar:app:1', 'app:1'],
    ['oci-archive without name', 'oci-archive:from.tar', undefined],
  ])('are loaded: %s of skopeo', async (_name, target, name) => {
    rmSync(path('from.tar'), { force: true });
    run('skopeo', 'copy', `oci:${layout}:minios:latest`, target);
    using other = openStore(mkdtempSync(path('other-')));
    const [loaded] = await load(other, 'from.tar');
    expect(loaded?.names).toEqual(name === undefined ? [] : [name]);
    expect(loaded?.config.rootfs).toEqual(image.config.rootfs);
    expect(await verifyStore(other)).toEqual([]);
  });

  it.each(['docker-archive', 'oci-archive', 'oci-dir'])('are loaded: %s of podman', async (format) => {
    podman('rmi', '--all', '--force');
    podman('load', '-i', path('oci.tar'));
    const target = path(`podman-${format}`);
    podman('save', '--format', format, '-o', target, 'docker.io/library/minios:latest');
    using other = openStore(mkdtempSync(path('other-')));
    const images =
      format === 'oci-dir'
        ? await loadImages(other, { kind: 'directory', path: target })
        : await load(other, `podman-${format}`);
    expect(images[0]?.names).toEqual(['minios:latest']);
    expect(images[0]?.config.rootfs).toEqual(image.config.rootfs);
    expect(await verifyStore(other)).toEqual([]);
  });

  it('are loaded: a layout of umoci, whole and packed with each tool', async () => {
    run('umoci', 'init', '--layout', path('umoci'));
    run('umoci', 'new', '--image', `${path('umoci')}:empty:1`);
    run('umoci', 'unpack', '--rootless', '--image', `${path('umoci')}:empty:1`, path('umoci-bundle'));
    writeFileSync(join(path('umoci-bundle'), 'rootfs/hello'), 'hi');
    run('umoci', 'repack', '--image', `${path('umoci')}:app:1`, path('umoci-bundle'));
    using whole = openStore(mkdtempSync(path('other-')));
    const images = await loadImages(whole, { kind: 'directory', path: path('umoci') });
    expect(images.map((entry) => entry.names)).toEqual([['empty:1'], ['app:1']]);
    expect(whole.tree(whole.images.find('app:1').config.rootfs.diff_ids).root.children.size).toBe(1);
    expect(await verifyStore(whole)).toEqual([]);
    for (const [option, suffix] of [
      ['z', 'gz'],
      ['J', 'xz'],
      ['j', 'bz2'],
      ['--zstd', 'zst'],
    ] as const) {
      const flags = option.startsWith('--') ? [option, '-cf'] : [`-c${option}f`];
      run('tar', ...flags, path(`umoci.tar.${suffix}`), '-C', path('umoci'), '.');
      using other = openStore(mkdtempSync(path('other-')));
      expect((await load(other, `umoci.tar.${suffix}`)).map((entry) => entry.manifestDigest)).toEqual(
        images.map((entry) => entry.manifestDigest),
      );
    }
  });
});
