import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipWorkload, saveWorkload } from './archive-workloads.ts';
import { type Bench, once } from './bench.ts';
import { type BuildState, buildWorkload } from './build-workload.ts';
import { diskWorkload } from './disk-workload.ts';
import { busyboxContext, commitContext, manyFilesContext, xzContext } from './inputs.ts';
import { which } from './peers.ts';
import { runWorkload } from './run-workload.ts';
import type { Workload } from './workload.ts';

const LABEL: Record<BuildState, string> = { cold: 'cold', cached: 'nothing changed', changed: 'one file changed' };

/** Every piece of work, in the order of the tables. */
export function workloads(bench: Bench): Workload[] {
  const small = once(bench, 'busybox', (directory) => busyboxContext(directory, busybox()));
  return [
    ...builds(bench, {
      id: 'build',
      title: 'FROM scratch + ADD + RUN of a BusyBox tree',
      context: small,
      changed: 'etc/motd',
      rounds: 7,
    }),
    ...builds(bench, {
      id: 'copy',
      title: 'COPY of 20,000 files',
      context: once(bench, 'many', (directory) => manyFilesContext(directory, 20_000)),
      changed: 'app/p5/m5/file-5.js',
      rounds: 3,
    }),
    ...xzBuilds(bench),
    commitBuild(bench),
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

interface Builds {
  readonly id: string;
  readonly title: string;
  readonly context: () => string;
  /** The file that changes. */
  readonly changed: string;
  readonly rounds: number;
}

/** The same build in all three states. */
function builds(bench: Bench, { id, title, context, changed, rounds }: Builds): Workload[] {
  const change = (): void => appendFileSync(join(context(), changed), `// ${process.hrtime.bigint()}\n`);
  return (['cold', 'cached', 'changed'] as const).map((state) =>
    buildWorkload(bench, {
      id: `${id}-${state}`,
      title: `${title}, ${LABEL[state]}`,
      context,
      change,
      state,
      rounds,
    }),
  );
}

function xzBuilds(bench: Bench): Workload[] {
  const context = once(bench, 'xz', (directory) => xzContext(directory, 8700, 170));
  const decoder = {
    name: 'xz -dc alone',
    command: () => ({ argv: ['sh', '-c', `xz -dc ${join(context(), 'rootfs.tar.xz')} > /dev/null`] }),
  };
  return (['cold', 'cached'] as const).map((state) =>
    buildWorkload(bench, {
      id: `add-xz-${state}`,
      title: `FROM scratch + ADD of a 170 MB rootfs.tar.xz, ${LABEL[state]}`,
      context,
      change: () => undefined,
      state,
      rounds: 3,
      dockerOnly: true,
      more: state === 'cold' ? [decoder] : [],
    }),
  );
}

/** All is cached up to a step that writes much, so that what counts is running it and making its layer. */
function commitBuild(bench: Bench): Workload {
  const context = once(bench, 'commit', (directory) => commitContext(directory, busybox(), 2000, 100));
  return buildWorkload(bench, {
    id: 'run-commit',
    title: 'RUN that writes 100 MB in 2,000 files',
    context,
    change: () =>
      writeFileSync(
        join(context(), 'Dockerfile'),
        `FROM scratch\nADD root /\nRUN tar -xf /data.tar && echo ${process.hrtime.bigint()}\n`,
      ),
    state: 'changed',
    rounds: 5,
  });
}

function busybox(): string {
  const path = which('busybox');
  if (path === undefined) throw new Error('no busybox: install the Debian package busybox-static');
  return path;
}
