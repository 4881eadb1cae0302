import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLINTH } from '../support/plinth.ts';

let scratch: string;
let socket: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'plinth-tty-test-'));
  socket = join(scratch, 'tmux');
});
afterAll(() => {
  tmux('kill-server');
  rmSync(scratch, { recursive: true, force: true });
});

function tmux(...args: string[]): string {
  return execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' });
}

/** What a terminal of 70 × 20 shows when `command` has ended. */
function screenAfter(command: string): string {
  const shell = `export PLINTH_ROOT=${scratch}/store; ${command}; tmux -S ${socket} wait-for -S done; sleep 60`;
  tmux('new-session', '-d', '-x', '70', '-y', '20', shell);
  tmux('wait-for', 'done');
  return tmux('capture-pane', '-p');
}

it('shows a build live on a real terminal, and leaves its steps', () => {
  writeFileSync(
    join(scratch, 'Dockerfile'),
    'FROM scratch AS base\nCOPY Dockerfile /\nFROM base\nCOPY Dockerfile /again\n',
  );
  // A checkout may lie in a directory with a space in its name.
  const command = PLINTH.map((word) => `'${word}'`).join(' ');
  const screen = screenAfter(`${command} build -t demo ${scratch}`);
  expect(screen).toMatch(/^\[\+\] Building \d+\.\ds \(\d\/\d\) FINISHED\n => /);
  expect(screen).toMatch(/COPY Dockerfile \/again.* {2}0\.\ds\n/);
  expect(screen).toMatch(/\nbuilt demo \(sha256:[0-9a-f]{12}\) in \d\.\ds\n/);
});
