// Runs a program with one line that says what is going on; its output is shown only if it fails.
import { spawn } from 'node:child_process';
import { CHECKOUT } from './checkout.mjs';

const REDRAW_MS = 200;
const REMIND_MS = 15_000;
const SHOWN_LOG_LINES = 100;

/** A task that failed; its output has been shown. */
export class TaskFailed extends Error {}

/** Runs `file` in the checkout and waits for it; throws {@link TaskFailed} if it fails. */
export async function runTask(title, file, args, options = {}) {
  const startedMs = Date.now();
  const progress = startProgress(title, startedMs);
  const chunks = [];
  const child = spawn(file, args, { cwd: CHECKOUT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const failure = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status, signal) =>
      resolve(status === 0 ? undefined : `ended with ${signal ?? `status ${status}`}`),
    );
  });
  progress.finish(failure === undefined ? 'done' : 'failed');
  if (failure === undefined) return;
  const log = Buffer.concat(chunks).toString().trimEnd().split('\n').slice(-SHOWN_LOG_LINES).join('\n');
  process.stderr.write(`${log}\nerror: ${title}: ${file} ${failure}\n`);
  throw new TaskFailed(title);
}

function startProgress(title, startedMs) {
  const elapsed = () => `${((Date.now() - startedMs) / 1000).toFixed(1)}s`;
  const live = process.stderr.isTTY === true;
  const show = () => process.stderr.write(live ? `\r\x1b[K${title} … ${elapsed()}` : `${title} … ${elapsed()}\n`);
  if (live) show();
  else process.stderr.write(`${title} …\n`);
  const timer = setInterval(show, live ? REDRAW_MS : REMIND_MS);
  return {
    finish(word) {
      clearInterval(timer);
      process.stderr.write(`${live ? '\r\x1b[K' : ''}${title}: ${word} in ${elapsed()}\n`);
    },
  };
}
