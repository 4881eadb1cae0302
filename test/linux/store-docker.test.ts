import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  importTar,
  loadImages,
  openStore,
  type Store,
  type StoredImage,
  saveDocker,
  verifyStore,
} from '../../src/store/index.ts';
import { chunksOf, collect, tarOf } from '../support/image-archive.ts';

let directory: string;
let daemon: ChildProcess;
let store: Store;
let image: StoredImage;

const path = (name: string): string => join(directory, name);

function docker(...args: readonly string[]): string {
  return execFileSync('docker', ['-H', `unix://${path('socket')}`, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
  });
}

async function startDaemon(): Promise<void> {
  const directories = ['--data-root', path('data'), '--exec-root', path('exec'), '-p', path('pid')];
  const plain = ['--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver', 'vfs'];
  daemon = spawn('dockerd', [...plain, ...directories, '-H', `unix://${path('socket')}`], {
    stdio: 'ignore',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  for (let attempt = 0; attempt < 300; attempt++) {
    try {
      docker('version');
      return;
    } catch {
      if (daemon.exitCode !== null) break;
      await sleep(100);
    }
  }
  throw new Error('dockerd did not start; this test needs the package docker.io and root');
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'plinth-docker-'));
  await startDaemon();
  store = openStore(path('store'));
  const tar = tarOf(['etc/', ''], ['etc/motd', 'hello\n']);
  image = await importTar(store, chunksOf(tar), { names: ['minios'], config: { Cmd: ['/bin/sh'] } });
  store.images.tag('minios', 'localhost/other:1.2');
});
afterAll(async () => {
  store?.close();
  const ended = once(daemon, 'exit');
  if (daemon.exitCode === null) daemon.kill('SIGTERM');
  if (daemon.exitCode === null) await ended;
  rmSync(directory, { recursive: true, force: true });
});

describe('docker', () => {
  it('loads our archive, with its names and the same id', async () => {
    writeFileSync(path('ours.tar'), await collect(saveDocker(store, ['minios', 'localhost/other:1.2'])));
    docker('load', '-i', path('ours.tar'));
    for (const name of ['minios', 'localhost/other:1.2']) {
      expect(docker('image', 'inspect', '--format', '{{.Id}}', name).trim()).toBe(image.configDigest);
    }
  });

  it('saves archives that we load, with the layers that it links', async () => {
    mkdirSync(path('context'));
    writeFileSync(join(path('context'), 'a'), 'a');
    writeFileSync(join(path('context'), 'Dockerfile'), 'FROM minios\nCOPY a /a\nCOPY a /b\nCOPY a /a\nLABEL x=y\n');
    docker('build', '-q', '--network', 'none', '-t', 'built:1', path('context'));
    docker('save', '-o', path('theirs.tar'), 'built:1', 'minios');
    expect(readFileSync(path('theirs.tar'), 'latin1')).toContain('/VERSION');
    using other = openStore(path('other'));
    const images = await loadImages(other, { kind: 'archive', chunks: createReadStream(path('theirs.tar')) });
    expect(images.map(({ names }) => names[0]).sort()).toEqual(['built:1', 'minios:latest']);
    const built = other.images.find('built:1');
    expect(built.configDigest).toBe(docker('image', 'inspect', '--format', '{{.Id}}', 'built:1').trim());
    expect(other.tree(built.config.rootfs.diff_ids).root.children.size).toBe(3);
    expect(other.images.find('minios').configDigest).toBe(image.configDigest);
    expect(await verifyStore(other)).toEqual([]);
  });
});
