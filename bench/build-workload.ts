import { join } from 'node:path';
import { type Bench, plinth } from './bench.ts';
import { containersStorage, DOCKER, which } from './peers.ts';
import type { Contender, Workload } from './workload.ts';

/** How far a build has been done before: not at all, just so, or with one file then changed. */
export type BuildState = 'cold' | 'cached' | 'changed';

interface BuildCase {
  readonly id: string;
  readonly title: string;
  readonly context: () => string;
  /** Makes the change that the state `changed` is about. */
  readonly change: () => void;
  /** Leaves out buildah and podman, where they need many times as long as all others. */
  readonly dockerOnly?: boolean;
  /** Others than builders, for comparison. */
  readonly more?: readonly Contender[];
  readonly state: BuildState;
  readonly rounds: number;
}

/** A build of ours beside those of the peers. */
export function buildWorkload(
  bench: Bench,
  { id, title, context, change, state, rounds, dockerOnly = false, more = [] }: BuildCase,
): Workload {
  const touch = (): void => {
    if (state === 'changed') change();
  };
  // Each cold build has a store of its own: ext4 is slow to give inodes away again that have just become free.
  let round = 0;
  const store = (): string => join(bench.directory, `store-${id}-${state === 'cold' ? round : 0}`);
  const ours: Contender = {
    name: 'plinth',
    before: () => {
      round += 1;
      touch();
    },
    command: () => plinth(store(), 'build', '-q', '-t', 'bench', context()),
  };
  return {
    id,
    title,
    rounds,
    contenders: () => [
      ours,
      ...dockerBuilders(bench, context, touch, state),
      ...(dockerOnly ? [] : podmanBuilders(bench, id, context, touch, state)),
      ...more,
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
