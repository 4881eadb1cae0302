import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, execute, once, plinth } from './bench.ts';
import { rootFileSystem } from './inputs.ts';
import { which } from './peers.ts';
import type { Workload } from './workload.ts';

interface DiskCase {
  readonly id: string;
  readonly title: string;
  readonly files: number;
  readonly megabytes: number;
  readonly rounds: number;
}

/** Our ext4 writer beside mke2fs and what else can make a disk. */
export function diskWorkload(bench: Bench, { id, title, files, megabytes, rounds }: DiskCase): Workload {
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
        { name: 'plinth (image)', before, command: () => plinth(store, 'disk', 'bench:latest', disk) },
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
