import { describe, expect, it } from 'vitest';
import type { Container } from '../runtime/index.ts';
import { SignalRelay } from './signal-relay.ts';

function foreground() {
  const passes: ((signal: NodeJS.Signals) => void)[] = [];
  let released = 0;
  const onStart = (pass: (signal: NodeJS.Signals) => void) => {
    passes.push(pass);
    return () => {
      released++;
    };
  };
  return { onStart, send: (signal: NodeJS.Signals) => passes.at(-1)?.(signal), released: () => released, passes };
}

function container(): { got: unknown[]; container: Container } {
  const got: unknown[] = [];
  const kill = (signal?: NodeJS.Signals | number) => got.push(signal) > 0;
  return {
    got,
    container: { pid: 1, exited: new Promise(() => {}), kill, resize: async () => {} },
  };
}

describe('SignalRelay', () => {
  it('listens before the start, and passes on in order what came while it started', async () => {
    const place = foreground();
    const { got, container: made } = container();
    using relay = new SignalRelay(place);
    const started = await relay.start(async () => {
      place.send('SIGTERM');
      place.send('SIGUSR1');
      return made;
    });
    expect(started).toBe(made);
    place.send('SIGHUP');
    expect(got).toEqual(['SIGTERM', 'SIGUSR1', 'SIGHUP']);
    expect(place.released()).toBe(0);
  });

  it('stops listening at the end, once', async () => {
    const place = foreground();
    const relay = new SignalRelay(place);
    await relay.start(async () => container().container);
    relay[Symbol.dispose]();
    relay[Symbol.dispose]();
    expect(place.released()).toBe(1);
  });

  it('stops listening when the start fails, and passes on what came when another succeeds', async () => {
    const place = foreground();
    const { got, container: made } = container();
    using relay = new SignalRelay(place);
    const failing = relay.start(async () => {
      place.send('SIGINT');
      throw new Error('no overlay');
    });
    await expect(failing).rejects.toThrow('no overlay');
    expect(place.released()).toBe(1);
    await relay.start(async () => made);
    expect(got).toEqual(['SIGINT']);
    expect(place.passes).toHaveLength(2);
  });
});
