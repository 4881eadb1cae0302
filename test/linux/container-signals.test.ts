import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContainerPlace, makePlace, users } from './container-place.ts';

const SIGNALS = ['INT', 'TERM', 'HUP', 'QUIT', 'USR1', 'USR2', 'WINCH'] as const;

/** Says of each signal that it came; ends a while after the first. */
const TRAPS = [
  'left=-1',
  ...SIGNALS.map((name) => `trap 'echo got ${name}; left=10' ${name}`),
  'echo ready',
  'while [ $left != 0 ]; do sleep 0.05; [ $left = -1 ] || left=$((left - 1)); done',
  'exit 7',
].join('\n');

describe.each(users('plinth-signals'))('signals to a container of %s', (_, userName) => {
  let place: ContainerPlace;
  beforeAll(() => {
    place = makePlace(userName);
  });
  afterAll(() => place.remove());

  it.each(SIGNALS)('SIG%s arrives once when the whole foreground group gets it', async (name) => {
    const run = place.start(['run', '--rm', 'mini', 'sh', '-c', TRAPS]);
    await run.printed('ready');
    // As a terminal does.
    process.kill(-run.pid, `SIG${name}`);
    expect(await run.ended).toBe(7);
    expect(run.output()).toBe(`ready\ngot ${name}\n`);
  });

  it('arrive once when Plinth alone gets them', async () => {
    const run = place.start(['run', '--rm', 'mini', 'sh', '-c', TRAPS]);
    await run.printed('ready');
    process.kill(run.pid, 'SIGTERM');
    expect(await run.ended).toBe(7);
    expect(run.output()).toBe('ready\ngot TERM\n');
  });

  it('are ignored by a process 1 that does not ask for them, and Plinth waits', async () => {
    const run = place.start(['run', '--rm', 'mini', 'sh', '-c', 'echo ready; sleep 0.5; echo still here']);
    await run.printed('ready');
    for (let times = 0; times < 5; times++) process.kill(run.pid, 'SIGTERM');
    expect(await run.ended).toBe(0);
    expect(run.output()).toBe('ready\nstill here\n');
  });

  it('end a container by the number', async () => {
    const run = place.start([
      'run',
      '--rm',
      'mini',
      'sh',
      '-c',
      "trap 'exit 143' TERM; echo ready; while :; do sleep 0.05; done",
    ]);
    await run.printed('ready');
    process.kill(run.pid, 'SIGTERM');
    expect(await run.ended).toBe(143);
    const killed = place.plinth(['run', '--rm', 'mini', 'sh', '-c', 'sh -c "kill -SEGV \\$\\$"; exit $?']);
    expect(killed.status).toBe(139);
  });
});
