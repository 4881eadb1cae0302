import { describe, expect, it } from 'vitest';
import { createPacer, runPaced, runSteps } from './index.ts';

/** Counts to `count`, one step each, keeping busy for `ms` in each. */
function* count(upTo: number, ms = 0, onEnd: () => void = () => {}): Generator<void, number> {
  try {
    for (let step = 0; step < upTo; step++) {
      const end = performance.now() + ms;
      while (performance.now() < end);
      yield;
    }
    return upTo;
  } finally {
    onEnd();
  }
}

describe('createPacer', () => {
  it('is due after its interval, and again only after another', async () => {
    const pacer = createPacer(5);
    expect(pacer.due()).toBe(false);
    runSteps(count(1, 6));
    expect(pacer.due()).toBe(true);
    await pacer.pause();
    expect(pacer.due()).toBe(false);
  });
});

describe('runPaced', () => {
  it('gives timers their turn', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    expect(await runPaced(count(30, 10))).toBe(30);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  it('ends the steps with the reason of the signal', async () => {
    let ended = false;
    const controller = new AbortController();
    const steps = count(1000, 10, () => {
      ended = true;
    });
    setTimeout(() => controller.abort(new Error('enough')), 1);
    await expect(runPaced(steps, controller.signal)).rejects.toThrowError('enough');
    expect(ended).toBe(true);
  });

  it('passes on what a step throws', async () => {
    const steps = (function* (): Generator<void> {
      yield;
      throw new Error('broken');
    })();
    await expect(runPaced(steps)).rejects.toThrowError('broken');
  });
});
