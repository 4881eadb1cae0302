import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Bench, execute, NODE, plinth } from './bench.ts';
import { containersStorage, DOCKER, which } from './peers.ts';
import type { Workload } from './workload.ts';

/** `save` beside those of the peers; after the disk of 170 MB, whose image it takes. */
export function saveWorkload(bench: Bench): Workload {
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

/** Our gzip beside gzip and pigz. */
export function gzipWorkload(bench: Bench): Workload {
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
