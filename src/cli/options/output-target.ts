import { resolve } from 'node:path';
import type { BuildOutput } from '../../sdk/index.ts';
import type { Cli } from '../cli.ts';
import type { OutputSpec } from './output-spec.ts';

/** What an `--output` means here: paths from the working directory, `-` for standard output. */
export function buildOutput(output: OutputSpec, cli: Pick<Cli, 'cwd' | 'stdout'>): BuildOutput {
  switch (output.type) {
    case 'image':
      return { kind: 'image' };
    case 'local':
      return { kind: 'local', path: resolve(cli.cwd, output.dest) };
    case 'ext4': {
      const { dest, sizeBytes, freeBytes, journal, label } = output;
      return { kind: 'ext4', path: resolve(cli.cwd, dest), sizeBytes, freeBytes, journal, label };
    }
    default:
      return {
        kind: output.type,
        target: output.dest === '-' ? (chunk) => cli.stdout.write(chunk) : resolve(cli.cwd, output.dest),
      };
  }
}
