import { type ByteString, decodeText } from '../bytes/index.ts';
import { MachineTable } from '../elf/index.ts';
import { DEFAULT_PATH, resolveProgram } from '../loader/index.ts';
import { normalizePlatform, type Platform } from '../oci/index.ts';
import type { Tree } from '../tree/index.ts';

/** The shells that a root file system may have, the most convenient first. */
const SHELLS = ['/bin/bash', '/bin/sh'] as ByteString[];

/** What a root file system can start, and for which platform it is. */
export interface RootFacts {
  readonly shell?: string;
  readonly platform?: Platform;
}

/** Looks for a shell in `tree` that would start. */
export function findShell(tree: Tree): RootFacts {
  for (const shell of SHELLS) {
    const { steps, problems } = resolveProgram(tree, [shell]);
    const elf = steps.find((step) => step.elf !== undefined)?.elf;
    if (elf === undefined || problems.length > 0) continue;
    const platform = normalizePlatform({ os: 'linux', ...new MachineTable().architecture(elf) });
    return { shell: decodeText(shell), platform };
  }
  return {};
}

/** The Dockerfile that makes a base image of the tar beside it. */
export function baseDockerfile(tar: string, { shell }: RootFacts): string {
  const start =
    shell === undefined
      ? ['# It has no shell that would start: say here what runs if no command is given.', '# CMD ["/program"]']
      : ['# What runs if no command is given.', `CMD ${JSON.stringify([shell])}`];
  return [
    `# A base image of the root file system in ${tar}, made by "plinth new base".`,
    '',
    '# Nothing is below it.',
    'FROM scratch',
    '',
    '# A tar is unpacked, in any compression, with the owners and modes that it says.',
    `ADD ${JSON.stringify([tar, '/'])}`,
    '',
    '# Where programs are looked for.',
    `ENV PATH=${decodeText(DEFAULT_PATH)}`,
    '',
    ...start,
    '',
  ].join('\n');
}
