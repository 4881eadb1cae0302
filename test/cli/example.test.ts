import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { inDirectory, PLINTH } from '../support/plinth.ts';

it('examples/minios.ts makes a system, runs it and writes its disk', async () => {
  await inDirectory((directory) => {
    const example = resolve(import.meta.dirname, '../../examples/minios.ts');
    const { status, stdout, stderr } = spawnSync(PLINTH[0], [example, directory], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(
      /^context: .*, around .*\nstep 1\/2: ADD \.\/ \/\nstep 2\/2: RUN rm \/Dockerfile\nimage: sha256:/,
    );
    expect(stdout).toMatch(/\nlisted: minios:latest, \d+ bytes\nhello from inside\nexit status: 0\ndisk: /);
    expect(existsSync(join(directory, 'minios.ext4'))).toBe(true);
  });
});
