import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Container, startContainer } from '../../src/runtime/index.ts';
import { createTestRoot, type TestRoot, testSpec } from './runtime-root.ts';

// Needs root, Debian's busybox-static, and `script` of util-linux.

let test: TestRoot;
beforeAll(() => {
  test = createTestRoot();
});
afterAll(() => test[Symbol.dispose]());

/** A shell on a terminal, and what it has written so far. */
async function startShell(extra: Parameters<typeof testSpec>[2] = {}) {
  const spec = testSpec(test.root, ['sh'], { terminal: true, env: ['PATH=/bin', 'PS1=% '], ...extra });
  const container = await startContainer({
    spec,
    directory: test.run,
    stdio: 'inherit',
    user: 'root',
    terminalSize: { rows: 33, columns: 101 },
  });
  const { terminal } = container;
  if (terminal === undefined) throw new Error('the container has no terminal');
  let seen = '';
  terminal.on('data', (data: Buffer) => {
    // The shell asks where its cursor is; nobody answers.
    seen += data.toString().replaceAll('\r', '').replaceAll('\u001b[6n', '').replaceAll('\u001b[J', '');
  });
  const until = async (text: string) => {
    while (!seen.includes(text)) await once(terminal, 'data');
    const before = seen;
    seen = '';
    return before;
  };
  const type = (line: string) => terminal.write(line);
  await until('% ');
  return { container, terminal, until, type };
}

async function leave(container: Container, type: (line: string) => unknown) {
  type('exit 5\n');
  return await container.exited;
}

describe('a terminal', () => {
  it('has a name, a size and a console, and ends without an error', async () => {
    const { container, terminal, until, type } = await startShell();
    const closed = once(terminal, 'close');
    type('tty; stty size; readlink /proc/self/fd/1; stat -c %t:%T /dev/console /dev/pts/0; echo do""ne\n');
    expect((await until('done\n')).split('\n').slice(1, -1)).toEqual([
      '/dev/pts/0',
      '33 101',
      '/dev/pts/0',
      '88:0',
      '88:0',
      'done',
    ]);
    expect(await leave(container, type)).toEqual({ status: 5 });
    await closed;
  });

  it('passes on a new size', async () => {
    const script = 'trap "stty size; exit 3" WINCH; echo ready; while :; do sleep 0.05; done';
    const spec = testSpec(test.root, ['sh', '-c', script], { terminal: true });
    const container = await startContainer({ spec, directory: test.run, stdio: 'inherit', user: 'root' });
    const { terminal } = container;
    if (terminal === undefined) throw new Error('the container has no terminal');
    expect(String((await once(terminal, 'data'))[0])).toBe('ready\r\n');
    await container.resize(50, 120);
    expect(String((await once(terminal, 'data'))[0])).toBe('50 120\r\n');
    expect(await container.exited).toEqual({ status: 3 });
  });

  it('turns ^C into a signal for what runs in it', async () => {
    const { container, until, type } = await startShell();
    type('sleep 1000\n');
    await until('sleep 1000');
    // The shell hands the terminal to sleep at some moment after that.
    const again = setInterval(() => type('\u0003'), 50);
    await until('% ');
    clearInterval(again);
    type('echo "sta""tus $?"\n');
    expect(await until('status')).toContain('sta');
    expect(await leave(container, type)).toEqual({ status: 5 });
  });

  it('belongs to the user of the command', async () => {
    const { container, until, type } = await startShell({ user: { uid: 77, gid: 77 } });
    type('stat -c %u:%g /dev/pts/0; echo again > /dev/tty; echo do""ne\n');
    expect((await until('done\n')).split('\n').slice(1, -1)).toEqual(['77:5', 'again', 'done']);
    expect(await leave(container, type)).toEqual({ status: 5 });
  });

  it('carries three megabytes without loss', async () => {
    const spec = testSpec(test.root, ['sh', '-c', 'stty -opost; head -c 3000000 /dev/zero | tr "\\0" x'], {
      terminal: true,
    });
    const container = await startContainer({ spec, directory: test.run, stdio: 'inherit', user: 'root' });
    let sizeBytes = 0;
    container.terminal?.on('data', (data: Buffer) => {
      sizeBytes += data.length;
    });
    if (container.terminal !== undefined) await once(container.terminal, 'close');
    expect(sizeBytes).toBe(3_000_000);
    expect(await container.exited).toEqual({ status: 0 });
  });
});

describe('attachTerminal', () => {
  it('puts our terminal into raw mode and back', async () => {
    const script = join(import.meta.dirname, 'runtime-attach.ts');
    const command = `stty rows 44 cols 99; stty -a > ${test.directory}/before; ${process.execPath} ${script} ${test.root} ${test.run}; echo "ended $?"; stty -a > ${test.directory}/after; cmp ${test.directory}/before ${test.directory}/after && echo restored`;
    const outer = spawn('script', ['-qefc', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let seen = '';
    outer.stdout.on('data', (data: Buffer) => {
      seen += data.toString();
    });
    const until = async (text: string) => {
      while (!seen.includes(text)) await once(outer.stdout, 'data');
    };
    await until('% ');
    outer.stdin.write('stty size; echo in""side\n');
    await until('inside');
    outer.stdin.write('exit 6\n');
    await until('restored');
    outer.stdin.end();
    await once(outer, 'exit');
    expect(seen).toContain('44 99');
    expect(seen).toContain('ended 6');
  });
});
