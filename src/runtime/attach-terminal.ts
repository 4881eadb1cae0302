import type { ReadStream, WriteStream } from 'node:tty';
import type { Container } from './container-process.ts';

/** Our side of a terminal: usually `process.stdin` and `process.stdout`. */
export interface LocalTerminal {
  readonly input: ReadStream;
  readonly output: WriteStream;
}

/** End of transmission, what ^D sends. */
const EOT = '\u0004';

/**
 * Connects our terminal with that of a container: keys go in raw, output comes out, and a new size is passed on.
 *
 * Everything is put back when the container's terminal closes, when the result is disposed of, or when this process
 * exits, whichever comes first.
 */
export function attachTerminal(container: Container, { input, output }: LocalTerminal): Disposable {
  const { terminal } = container;
  if (terminal === undefined) return { [Symbol.dispose]() {} };
  const onInput = (data: Buffer) => void terminal.write(data);
  const onInputEnd = () => void terminal.write(EOT);
  const onResize = () => void container.resize(output.rows, output.columns);
  const raw = input.isTTY === true && !input.isRaw;
  const restore = () => {
    if (raw) input.setRawMode(false);
    input.off('data', onInput).off('end', onInputEnd).pause();
    output.off('resize', onResize);
    terminal.unpipe(output);
    process.off('exit', restore);
  };
  if (raw) input.setRawMode(true);
  input.on('data', onInput).on('end', onInputEnd);
  output.on('resize', onResize);
  terminal.pipe(output, { end: false });
  terminal.once('close', restore);
  process.once('exit', restore);
  return { [Symbol.dispose]: restore };
}
