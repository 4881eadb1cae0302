import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorFact } from '../../errors/index.ts';
import { recipesError } from '../error.ts';
import { SCRATCH } from './build-shell.ts';

const POLL_MS = 100;
const CHUNK_BYTES = 64 * 1024;

/** What the programs of a build print: kept in a file of its own, and passed on while it grows. */
export class BuildLog implements Disposable {
  readonly path: string;
  readonly #output: number;
  readonly #kept: number;
  #readBytes = 0;

  /** @throws PlinthError `busybox-build-failed` if the log cannot be written at `path` */
  constructor(scratch: string, path: string) {
    this.path = path;
    try {
      mkdirSync(dirname(path), { recursive: true });
      this.#kept = openSync(path, 'w', 0o644);
    } catch (error) {
      throw recipesError('busybox-build-failed', `write log ${path}: ${errorFact(error)}`, {
        hint: 'Give another place with --log FILE.',
        cause: error,
      });
    }
    this.#output = openSync(join(scratch, SCRATCH.output), 'a+', 0o600);
  }

  /** Writes a line of our own. */
  note(line: string): void {
    writeSync(this.#kept, `# ${line}\n`);
  }

  /** Passes on what is printed while `work` runs; past `limitBytes`, `onLimit` is called once. */
  async follow<T>(
    work: () => Promise<T>,
    { limitBytes, onLimit, onOutput }: { limitBytes: number; onLimit: () => void; onOutput?: (bytes: Buffer) => void },
  ): Promise<{ readonly result: T; readonly output: string }> {
    const start = this.#readBytes;
    const kept: Buffer[] = [];
    let isOver = false;
    const poll = () => {
      for (const bytes of this.#news()) {
        if (this.#readBytes - start > limitBytes) {
          if (!isOver) onLimit();
          isOver = true;
          continue;
        }
        writeSync(this.#kept, bytes);
        kept.push(bytes);
        onOutput?.(bytes);
      }
    };
    const timer = setInterval(poll, POLL_MS);
    try {
      const result = await work();
      poll();
      return { result, output: Buffer.concat(kept).toString() };
    } finally {
      clearInterval(timer);
    }
  }

  *#news(): Generator<Buffer> {
    const { size } = fstatSync(this.#output);
    while (this.#readBytes < size) {
      const bytes = Buffer.alloc(Math.min(CHUNK_BYTES, size - this.#readBytes));
      const count = readSync(this.#output, bytes, 0, bytes.length, this.#readBytes);
      if (count === 0) return;
      this.#readBytes += count;
      yield bytes.subarray(0, count);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#output);
    closeSync(this.#kept);
  }
}
