import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { busyboxContext, manyFilesContext, rootFileSystem } from './inputs.ts';
import type { Command } from './measure.ts';
import { containersStorage, DOCKER, type DockerEngine, which } from './peers.ts';
import type { Contender, Workload } from './workload.ts';

const ROOT = resolve(import.meta.dirname, '..');
const NODE = join(ROOT, 'node_modules/node/bin/node');
const PLINTH = join(ROOT, 'bin/plinth.mjs');

/** What the workloads work with. */
export interface Bench {
  /** A directory of our own, on the disk to be measured. */
  readonly directory: string;
  readonly docker: DockerEngine | undefined;
}

/** How far a build has been done before: not at all, just so, or with one file then changed. */
type BuildState = 'cold' | 'cached' | 'changed';

/** Every piece of work, in the order of the tables. */
export function workloads(bench: Bench): Workload[] {
  const small = once(bench, 'busybox', (directory) => busyboxContext(directory, busybox()));
  const many = once(bench, 'many', (directory) => manyFilesContext(directory, 20_000));
  const states = ['cold', 'cached', 'changed'] as const;
  return [
    ...states.map((state) =>
      buildWorkload(bench, {
        id: `build-${state}`,
        title: `FROM scratch + ADD + RUN of a BusyBox tree, ${LABEL[state]}`,
        context: small,
        changed: 'etc/motd',
        state,
        rounds: 7,
      }),
    ),
    ...states.map((state) =>
      buildWorkload(bench, {
        id: `copy-${state}`,
        title: `COPY of 20,000 files, ${LABEL[state]}`,
        context: many,
        changed: 'app/p5/m5/file-5.js',
        state,
        rounds: 3,
      }),
    ),
    runWorkload(bench, small),
    diskWorkload(bench, {
      id: 'disk-170m',
      title: 'root file system → ext4, 170 MB and 8,700 files',
      files: 8700,
      megabytes: 170,
      rounds: 5,
    }),
    diskWorkload(bench, {
      id: 'disk-1g',
      title: 'root file system → ext4, 1 GB and 50,000 files',
      files: 50_000,
      megabytes: 1000,
      rounds: 3,
    }),
    saveWorkload(bench),
    gzipWorkload(bench),
  ];
}

const LABEL: Record<BuildState, string> = { cold: 'cold', cached: 'nothing changed', changed: 'one file changed' };

function busybox(): string {
  const path = which('busybox');
  if (path === undefined) throw new Error('no busybox: install the Debian package busybox-static');
  return path;
}

/** Makes an input the first time it is asked for. */
function once(bench: Bench, name: string, make: (directory: string) => void): () => string {
  let made = false;
  return () => {
    const directory = join(bench.directory, 'inputs', name);
    if (!made) {
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
      make(directory);
      made = true;
    }
    return directory;
  };
}

function plinth(store: string, ...args: string[]): Command {
  return { argv: [NODE, PLINTH, '--root', store, ...args] };
}

interface BuildCase {
  readonly id: string;
  readonly title: string;
  readonly context: () => string;
  readonly changed: string;
  readonly state: BuildState;
  readonly rounds: number;
}

function buildWorkload(bench: Bench, { id, title, context, changed, state, rounds }: BuildCase): Workload {
  const touch = (): void => {
    if (state === 'changed') appendFileSync(join(context(), changed), `// ${process.hrtime.bigint()}\n`);
  };
  const store = join(bench.directory, `store-${id}`);
  const ours: Contender = {
    name: 'plinth',
    before: () => {
      if (state === 'cold') rmSync(store, { recursive: true, force: true });
      touch();
    },
    command: () => plinth(store, 'build', '-q', '-t', 'bench', context()),
  };
  return {
    id,
    title,
    rounds,
    contenders: () => [
      ours,
      ...dockerBuilders(bench, context, touch, state),
      ...podmanBuilders(bench, id, context, touch, state),
    ],
  };
}

function dockerBuilders(
  { docker }: Bench,
  context: () => string,
  before: () => void,
  state: BuildState,
): (Contender | undefined)[] {
  if (docker === undefined) return [];
  const build = (name: string, buildkit: string): Contender => ({
    name,
    before,
    command: () => ({
      argv: [
        DOCKER ?? 'docker',
        'build',
        '-q',
        '--network',
        'none',
        ...(state === 'cold' ? ['--no-cache'] : []),
        '-t',
        `bench-${buildkit}`,
        context(),
      ],
      env: { ...docker.env, DOCKER_BUILDKIT: buildkit },
      servers: docker.servers,
    }),
  });
  return [build('docker (BuildKit)', '1'), build('docker (classic)', '0')];
}

function podmanBuilders(
  bench: Bench,
  id: string,
  context: () => string,
  before: () => void,
  state: BuildState,
): (Contender | undefined)[] {
  const storage = containersStorage(join(bench.directory, `c-${id.slice(-6)}`));
  const cache = state === 'cold' ? ['--no-cache'] : ['--layers'];
  const common = [
    '-q',
    '--ulimit',
    'nofile=20000',
    '--runtime',
    which('runc') ?? 'runc',
    '--network',
    'none',
    ...cache,
  ];
  return [
    which('buildah') === undefined
      ? undefined
      : {
          name: 'buildah',
          before,
          command: () => ({ argv: ['buildah', ...storage, 'build', ...common, '-t', 'localhost/bench', context()] }),
        },
    which('podman') === undefined
      ? undefined
      : {
          name: 'podman',
          before,
          command: () => ({ argv: ['podman', ...storage, 'build', ...common, '-t', 'localhost/bench', context()] }),
        },
  ];
}

function runWorkload(bench: Bench, context: () => string): Workload {
  return {
    id: 'run',
    title: '`run --rm IMAGE true`',
    rounds: 15,
    contenders: () => {
      const store = join(bench.directory, 'store-run');
      execute(plinth(store, 'build', '-q', '-t', 'bench', context()));
      const node: Contender = { name: 'node alone', command: () => ({ argv: [NODE, '-e', '0'] }) };
      const ours: Contender = {
        name: 'plinth',
        command: () => plinth(store, 'run', '--rm', '--network', 'none', 'bench', 'true'),
      };
      return [ours, ...podmanRunners(bench, store), dockerRunner(bench, context), ...bareRuntimes(bench, store), node];
    },
  };
}

function podmanRunners(bench: Bench, store: string): (Contender | undefined)[] {
  if (which('podman') === undefined) return [];
  const storage = containersStorage(join(bench.directory, 'c-run'));
  const archive = join(bench.directory, 'run.tar');
  execute(plinth(store, 'save', '-o', archive, 'bench'));
  execute({ argv: ['podman', ...storage, 'load', '-q', '-i', archive] });
  const words = ['run', '--rm', '--network', 'none', '--ulimit', 'nofile=20000', '--ulimit', 'nproc=20000'];
  return ['crun', 'runc'].map((runtime) =>
    which(runtime) === undefined
      ? undefined
      : {
          name: `podman + ${runtime}`,
          command: () => ({
            argv: ['podman', ...storage, '--runtime', which(runtime) ?? runtime, ...words, 'bench', 'true'],
          }),
        },
  );
}

function dockerRunner({ docker }: Bench, context: () => string): Contender | undefined {
  if (docker === undefined) return undefined;
  execute({
    argv: [DOCKER ?? 'docker', 'build', '-q', '-t', 'bench', context()],
    env: { ...docker.env, DOCKER_BUILDKIT: '1' },
  });
  return {
    name: 'docker',
    command: () => ({
      argv: [DOCKER ?? 'docker', 'run', '--rm', '--network', 'none', 'bench', 'true'],
      env: docker.env,
      servers: docker.servers,
    }),
  };
}

/** The low-level runtimes alone, on a bundle that is ready. */
function bareRuntimes(bench: Bench, store: string): (Contender | undefined)[] {
  const bundle = join(bench.directory, 'bundle');
  rmSync(bundle, { recursive: true, force: true });
  mkdirSync(join(bundle, 'rootfs'), { recursive: true });
  const archive = join(bench.directory, 'bundle.tar');
  execute(plinth(store, 'run', '--name', 'bundle', 'bench', 'true'));
  execute(plinth(store, 'export', '-o', archive, 'bundle'));
  execute(plinth(store, 'rm', 'bundle'));
  execute({ argv: ['tar', '-xf', archive, '-C', join(bundle, 'rootfs')] });
  if (which('runc') === undefined) return [];
  execute({
    argv: [
      'sh',
      '-c',
      `cd ${bundle} && runc spec && sed -i 's/"terminal": true/"terminal": false/; s/"sh"$/"true"/' config.json`,
    ],
  });
  let serial = 0;
  return ['crun', 'runc'].map((runtime) =>
    which(runtime) === undefined
      ? undefined
      : {
          name: `${runtime} alone`,
          command: () => ({ argv: [runtime, 'run', '-b', bundle, `bench-${process.pid}-${serial++}`] }),
        },
  );
}

interface DiskCase {
  readonly id: string;
  readonly title: string;
  readonly files: number;
  readonly megabytes: number;
  readonly rounds: number;
}

function diskWorkload(bench: Bench, { id, title, files, megabytes, rounds }: DiskCase): Workload {
  return {
    id,
    title,
    rounds,
    contenders: () => {
      const source = once(bench, id, (directory) => rootFileSystem(directory, files, megabytes))();
      const archive = join(bench.directory, `${id}.tar`);
      execute({ argv: ['tar', '--sort=name', '--owner=0', '--group=0', '-cf', archive, '-C', source, '.'] });
      const store = join(bench.directory, `store-${id}`);
      execute(plinth(store, 'import', archive, 'bench'));
      const disk = join(bench.directory, 'out.ext4');
      const before = (): void => rmSync(disk, { force: true });
      const sizeMiB = Math.ceil((statSync(archive).size * 1.25) / 2 ** 20) + 64;
      return [
        { name: 'plinth (image)', before, command: () => plinth(store, 'disk', 'bench', disk) },
        { name: 'plinth (directory)', before, command: () => plinth(store, 'disk', source, disk) },
        {
          name: 'mke2fs -d (directory)',
          before,
          command: () => ({
            argv: [which('mke2fs') ?? 'mke2fs', '-q', '-t', 'ext4', '-d', source, disk, `${sizeMiB}M`],
          }),
        },
        {
          name: 'unpack the tar + mke2fs -d',
          before: () => {
            before();
            rmSync(join(bench.directory, 'unpacked'), { recursive: true, force: true });
          },
          command: () => ({
            argv: [
              'sh',
              '-c',
              `mkdir unpacked && tar -xf ${archive} -C unpacked && /sbin/mke2fs -q -t ext4 -d unpacked ${disk} ${sizeMiB}M`,
            ],
            cwd: bench.directory,
          }),
        },
        which('genext2fs') === undefined
          ? undefined
          : {
              name: 'genext2fs (directory)',
              before,
              command: () => ({
                argv: ['genext2fs', '-B', '4096', '-b', `${sizeMiB * 256}`, '-N', `${files * 2}`, '-d', source, disk],
              }),
            },
        { name: 'cp of the tar', before, command: () => ({ argv: ['cp', archive, disk] }) },
      ];
    },
  };
}

function saveWorkload(bench: Bench): Workload {
  return {
    id: 'save',
    title: 'save of a 170 MB image as a docker archive',
    rounds: 3,
    contenders: () => {
      const store = join(bench.directory, 'store-disk-170m');
      const archive = join(bench.directory, 'save.tar');
      const input = join(bench.directory, 'disk-170m.tar');
      execute(plinth(store, 'import', input, 'bench'));
      const before = (): void => rmSync(archive, { force: true });
      const storage = containersStorage(join(bench.directory, 'c-save'));
      if (which('podman') !== undefined)
        execute({ argv: ['podman', ...storage, 'import', '-q', input, 'localhost/bench'] });
      const { docker } = bench;
      if (docker !== undefined) execute({ argv: [DOCKER ?? 'docker', 'import', input, 'saved'], env: docker.env });
      return [
        { name: 'plinth', before, command: () => plinth(store, 'save', '-o', archive, 'bench') },
        docker === undefined
          ? undefined
          : {
              name: 'docker',
              before,
              command: () => ({
                argv: [DOCKER ?? 'docker', 'save', '-o', archive, 'saved'],
                env: docker.env,
                servers: docker.servers,
              }),
            },
        which('podman') === undefined
          ? undefined
          : {
              name: 'podman',
              before,
              command: () => ({ argv: ['podman', ...storage, 'save', '-q', '-o', archive, 'localhost/bench'] }),
            },
      ];
    },
  };
}

function gzipWorkload(bench: Bench): Workload {
  return {
    id: 'gzip',
    title: 'gzip of 170 MB',
    rounds: 3,
    contenders: () => {
      const input = join(bench.directory, 'disk-170m.tar');
      const output = join(bench.directory, 'out.gz');
      return [
        { name: 'plinth', command: () => ({ argv: [NODE, join(import.meta.dirname, 'gzip-file.ts'), input, output] }) },
        { name: 'gzip', command: () => ({ argv: ['sh', '-c', `gzip -6 -n -c ${input} > ${output}`] }) },
        which('pigz') === undefined
          ? undefined
          : {
              name: `pigz -p ${availableParallelism()}`,
              command: () => ({ argv: ['sh', '-c', `pigz -6 -n -c ${input} > ${output}`] }),
            },
      ];
    },
  };
}

/** Does preparation that is not measured. */
function execute({ argv: [file = '', ...args], cwd, env }: Command): void {
  execFileSync(file, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
}
