import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, execute, NODE, plinth } from './bench.ts';
import { containersStorage, DOCKER, which } from './peers.ts';
import type { Contender, Workload } from './workload.ts';

/** `run` of ours beside those of the peers, low-level runtimes alone and Node alone. */
export function runWorkload(bench: Bench, context: () => string): Workload {
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
    argv: [DOCKER ?? 'docker', 'build', '-q', '--network', 'none', '-t', 'bench', context()],
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
