import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { verifyStore } from '../../src/sdk/index.ts';
import { inDirectory, plinth, plinthOk, startPlinth } from '../support/plinth.ts';

const KILLS = 200;

/** Numbers from 0 to 1 that are the same in every run: what failed once fails again. */
function* pseudoRandom(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe('a build that is killed', () => {
  it(`leaves a store that is whole, and a next build that succeeds, at ${KILLS} moments`, {
    timeout: 600_000,
  }, async () => {
    await inDirectory(async (directory) => {
      const context = join(directory, 'context');
      const root = join(directory, 'store');
      const disk = join(directory, 'disk.ext4');
      plinthOk(['new', 'minios', context]);
      const build = ['--root', root, 'build', '-t', 'minios', '-o', `type=ext4,dest=${disk}`, context];
      const begin = performance.now();
      plinthOk(build);
      const wholeMs = (performance.now() - begin) * 1.5;
      const random = pseudoRandom(20_240_229);
      for (let kill = 0; kill < KILLS; kill++) {
        // Every build has something new to do, in the step with files and in the one with a command.
        writeFileSync(join(context, 'etc/motd'), `build ${kill}\n`);
        const child = startPlinth(build);
        const ended = once(child, 'exit');
        await Promise.race([ended, sleep(wholeMs * (random.next().value as number))]);
        child.kill('SIGKILL');
        await ended;
        if (kill % 10 !== 9) continue;
        expect(await verifyStore({ root }), `after kill ${kill}`).toEqual([]);
      }
      expect(await verifyStore({ root })).toEqual([]);
      plinthOk(build);
      expect(plinthOk(['--root', root, 'run', '--rm', 'minios', 'cat', '/etc/motd'])).toBe(`build ${KILLS - 1}\n`);
      expect(readdirSync(directory).sort()).toContain('disk.ext4');
      expect(mountsBelow(root)).toEqual([]);

      plinthOk(['--root', root, 'prune']);
      expect(readdirSync(join(root, 'tmp'))).toEqual([]);
      expect(await verifyStore({ root })).toEqual([]);
      expect(plinthOk(['--root', root, 'run', '--rm', 'minios', 'echo', 'still here'])).toBe('still here\n');
    });
  });
});

describe('a container whose command line is killed', () => {
  it('ends, and leaves no mount', async () => {
    await inDirectory(async (directory) => {
      const context = join(directory, 'context');
      const root = join(directory, 'store');
      plinthOk(['new', 'minios', context]);
      plinthOk(['--root', root, 'build', '-t', 'minios', context]);
      const others = new Set(sleepers());
      const ours = (): string[] => sleepers().filter((pid) => !others.has(pid));
      const child = startPlinth([
        '--root',
        root,
        'run',
        '--name',
        'victim',
        'minios',
        'sh',
        '-c',
        'echo $$; exec sleep 1000',
      ]);
      await once(child.stdout ?? child, 'data');
      // The shell has said its pid, and becomes the sleeper only after that.
      for (let tries = 0; tries < 100 && ours().length === 0; tries++) await sleep(20);
      expect(ours()).toHaveLength(1);
      child.kill('SIGKILL');
      await once(child, 'exit');
      for (let tries = 0; tries < 100 && ours().length > 0; tries++) await sleep(20);
      expect(ours()).toEqual([]);
      expect(mountsBelow(root)).toEqual([]);
      expect(plinthOk(['--root', root, 'ps', '-a'])).toMatch(/victim/);
      expect(plinthOk(['--root', root, 'ps', '-a'])).toMatch(/Exited \(137\)/);
      plinthOk(['--root', root, 'rm', 'victim']);
      expect(plinth(['--root', root, 'rm', 'victim']).status).toBe(1);
    });
  });
});

function sleepers(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    const path = `/proc/${pid}/cmdline`;
    try {
      return existsSync(path) && readFileSync(path, 'latin1').startsWith('sleep\x001000');
    } catch {
      return false;
    }
  });
}

function mountsBelow(directory: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(directory));
}
