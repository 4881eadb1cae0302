import { describe, expect, it } from 'vitest';
import { FakeTerminal } from '../../../test/support/fake-terminal.ts';
import type { BuildEvent } from '../../build/index.ts';
import { PlinthError } from '../../errors/index.ts';
import { createStyle } from '../render/style.ts';
import { createJsonProgress } from './json.ts';
import { createPlainProgress } from './plain.ts';
import type { ProgressPowers } from './progress.ts';
import { createQuietProgress } from './quiet.ts';
import { createTtyProgress } from './tty.ts';

class FakePowers implements ProgressPowers {
  readonly terminal = new FakeTerminal();
  readonly style = createStyle(false);
  readonly columns = { columns: 60, rows: 12 };
  written = '';
  clockMs = 0;
  tick: () => void = () => {};
  resize: () => void = () => {};

  readonly write = (text: string) => {
    this.written += text;
    this.terminal.write(text);
  };
  readonly nowMs = () => this.clockMs;
  readonly size = () => this.columns;
  readonly onResize = (listener: () => void) => {
    this.resize = listener;
    return () => {
      this.resize = () => {};
    };
  };
  readonly every = (_: number, tick: () => void) => {
    this.tick = tick;
    return () => {
      this.tick = () => {};
    };
  };
}

const started = (id: string, index: number, text: string, atMs: number): BuildEvent => ({
  kind: 'step-started',
  step: { id, stage: '0', index, total: 3, text },
  atMs,
});
const output = (id: string, text: string): BuildEvent => ({
  kind: 'step-output',
  id,
  stream: 'stdout',
  bytes: Buffer.from(text),
});

const FIRST: readonly BuildEvent[] = [
  { kind: 'build-started', steps: 3, stages: 1 },
  started('a', 1, 'FROM scratch', 0),
  { kind: 'step-finished', id: 'a', atMs: 0, cached: true },
  started('b', 2, 'ADD ./ /', 0),
  { kind: 'step-progress', id: 'b', label: 'reading', doneBytes: 1_000_000, totalBytes: 4_000_000 },
];
const SECOND: readonly BuildEvent[] = [
  { kind: 'step-finished', id: 'b', atMs: 400, cached: false, missReason: 'x has changed', layerBytes: 3_146_123 },
  started('c', 3, 'RUN make', 400),
  output('c', '1\n2\n3\n4\n5\n6\n7\n8'),
  { kind: 'warning', message: 'MAINTAINER is deprecated', line: 2 },
];
const FAILURE: readonly BuildEvent[] = [
  {
    kind: 'step-failed',
    id: 'c',
    atMs: 1500,
    error: new PlinthError('run make: it ended with status 2', { code: 'x' }),
  },
];
const SUCCESS: readonly BuildEvent[] = [
  { kind: 'step-finished', id: 'c', atMs: 1500, cached: false },
  { kind: 'output-started', id: 'o', text: 'writing disk.ext4', atMs: 1500 },
  { kind: 'output-finished', id: 'o', atMs: 1700, path: 'disk.ext4', sizeBytes: 5e7 },
  {
    kind: 'build-finished',
    atMs: 1700,
    manifestDigest: `sha256:${'1'.repeat(64)}`,
    imageId: `sha256:${'2'.repeat(64)}`,
    names: ['minios:latest'],
  },
];

function feed(progress: { observe(event: BuildEvent): void }, ...lists: (readonly BuildEvent[])[]): void {
  for (const event of lists.flat()) progress.observe(event);
}

describe('tty progress', () => {
  it('redraws in place and leaves the steps', () => {
    const powers = new FakePowers();
    const progress = createTtyProgress(powers);
    feed(progress, FIRST);
    powers.clockMs = 200;
    powers.tick();
    expect(powers.terminal.screen).toEqual([
      '[+] Building 0.2s (1/3)',
      ' => CACHED [1/3] FROM scratch                           0.0s',
      ' => [2/3] ADD ./ / (reading 1MB / 4MB)                  0.2s',
    ]);
    feed(progress, SECOND);
    powers.clockMs = 1000;
    powers.tick();
    expect(powers.terminal.screen).toEqual([
      '[+] Building 1.0s (2/3)',
      ' => CACHED [1/3] FROM scratch                           0.0s',
      ' => [2/3] ADD ./ / (x has changed)                      0.4s',
      ' => [3/3] RUN make                                      0.6s',
      ...['3', '4', '5', '6', '7', '8'].map((line) => ` => => # ${line}`),
    ]);
    feed(progress, SUCCESS);
    progress.close();
    progress.close();
    expect(powers.terminal.screen).toEqual([
      '[+] Building 1.7s (4/4) FINISHED',
      ' => CACHED [1/3] FROM scratch                           0.0s',
      ' => [2/3] ADD ./ / (x has changed)                      0.4s',
      ' => [3/3] RUN make                                      1.1s',
      ' => writing disk.ext4 (50MB)                            0.2s',
      'WARNING: MAINTAINER is deprecated (line 2)',
      'built minios:latest (sha256:222222222222) in 1.7s',
    ]);
  });

  it('shows the whole recent output of a step that failed', () => {
    const powers = new FakePowers();
    const progress = createTtyProgress(powers);
    feed(progress, FIRST, SECOND, FAILURE);
    progress.close();
    expect(powers.terminal.screen.slice(3)).toEqual([
      ' => ERROR [3/3] RUN make                                1.1s',
      '------',
      ' > [3/3] RUN make:',
      ...['1', '2', '3', '4', '5', '6', '7', '8'],
      '------',
      'WARNING: MAINTAINER is deprecated (line 2)',
    ]);
  });

  it('fits into few rows: finished steps go first, the oldest first', () => {
    const powers = new FakePowers();
    const progress = createTtyProgress(powers);
    feed(progress, [{ kind: 'build-started', steps: 30, stages: 1 }]);
    for (let index = 0; index < 20; index++) {
      feed(progress, [
        started(`s${index}`, index, 'COPY', 0),
        { kind: 'step-finished', id: `s${index}`, atMs: 0, cached: true },
      ]);
    }
    feed(progress, [started('c', 21, 'RUN make', 0), output('c', '1\n2\n3\n4\n5\n6\n7\n8\n')]);
    powers.clockMs = 100;
    powers.tick();
    expect(powers.terminal.screen).toHaveLength(11);
    expect(powers.terminal.screen.slice(0, 4)).toEqual([
      '[+] Building 0.1s (20/30)',
      ' => … 18 steps above',
      ' => CACHED [18/3] COPY                                  0.0s',
      ' => CACHED [19/3] COPY                                  0.0s',
    ]);
  });

  it('counts the rows that a narrower terminal has made of the old lines', () => {
    const powers = new FakePowers();
    const progress = createTtyProgress(powers);
    feed(progress, FIRST);
    powers.clockMs = 200;
    powers.tick();
    powers.columns.columns = 30;
    powers.written = '';
    powers.resize();
    expect(powers.written.startsWith('\x1b[5A\r')).toBe(true);
    expect(powers.written).toContain('\n => [2/3] ADD ./ /        0.2s\x1b[K\n');
  });

  it('draws at events when timers cannot run, but not at every one', () => {
    const powers = new FakePowers();
    const progress = createTtyProgress(powers);
    feed(progress, FIRST);
    expect(powers.written.match(/Building/g)).toHaveLength(1);
    powers.clockMs = 150;
    feed(progress, SECOND);
    expect(powers.written.match(/Building/g)).toHaveLength(2);
  });

  it('cannot be moved by what a Dockerfile or a program prints', () => {
    const powers = new FakePowers();
    const progress = createTtyProgress(powers);
    feed(progress, [started('a', 1, 'RUN \x1b[2J', 0), output('a', '\x1b[9Ax\x9b2Jy'), ...FAILURE]);
    progress.close();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences of a redraw itself
    expect(powers.written.replace(/\x1b\[(\d+A|[KJ])|[\r\n]/g, '')).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
  });
});

describe('plain progress', () => {
  it('prints lines that stay', () => {
    const powers = new FakePowers();
    const progress = createPlainProgress(powers);
    feed(progress, FIRST);
    powers.clockMs = 523;
    feed(progress, SECOND, SUCCESS);
    expect(powers.written.split('\n')).toEqual([
      '#1 [1/3] FROM scratch',
      '#1 CACHED',
      '',
      '#2 [2/3] ADD ./ /',
      '#2 not cached: x has changed',
      '#2 DONE 0.4s, 3.15MB',
      '',
      '#3 [3/3] RUN make',
      ...['1', '2', '3', '4', '5', '6', '7'].map((line) => `#3 0.123 ${line}`),
      'WARNING: MAINTAINER is deprecated (line 2)',
      '#3 1.100 8',
      '#3 DONE 1.1s',
      '',
      '#4 writing disk.ext4',
      '#4 DONE 0.2s, 50MB, disk.ext4',
      '',
      'built minios:latest (sha256:222222222222) in 1.7s',
      '',
    ]);
  });

  it('says which step failed', () => {
    const powers = new FakePowers();
    feed(createPlainProgress(powers), FIRST, SECOND, FAILURE);
    expect(powers.written).toContain('#3 1.100 8\n#3 ERROR: run make: it ended with status 2\n');
  });

  it('names stages where there are several', () => {
    const powers = new FakePowers();
    const step = (id: string, stage: string | undefined): BuildEvent => ({
      kind: 'step-started',
      step: { id, stage, index: 1, total: 2, text: 'FROM scratch' },
      atMs: 0,
    });
    feed(createPlainProgress(powers), [
      { kind: 'build-started', steps: 3, stages: 2 },
      step('a', 'base'),
      step('b', '1'),
      step('c', undefined),
    ]);
    expect(powers.written).toBe('#1 [base 1/2] FROM scratch\n#2 [stage-1 1/2] FROM scratch\n#3 FROM scratch\n');
  });
});

describe('json progress', () => {
  it('prints every event as an object on its line', () => {
    const powers = new FakePowers();
    const binary: BuildEvent = { kind: 'step-output', id: 'c', stream: 'stderr', bytes: new Uint8Array([0xff, 0xfe]) };
    feed(createJsonProgress(powers), [output('c', 'a\n'), binary, ...FAILURE]);
    expect(
      powers.written
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { kind: 'step-output', id: 'c', stream: 'stdout', text: 'a\n' },
      { kind: 'step-output', id: 'c', stream: 'stderr', base64: '//4=' },
      { kind: 'step-failed', id: 'c', atMs: 1500, error: { code: 'x', message: 'run make: it ended with status 2' } },
    ]);
  });
});

describe('quiet progress', () => {
  it('shows only the output of a step that failed', () => {
    const powers = new FakePowers();
    const progress = createQuietProgress(powers);
    feed(progress, FIRST, SECOND);
    expect(powers.written).toBe('');
    feed(progress, FAILURE);
    expect(powers.written).toBe('------\n > [3/3] RUN make:\n1\n2\n3\n4\n5\n6\n7\n8\n------\n');
  });
});
