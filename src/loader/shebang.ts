import type { ByteString } from '../bytes/index.ts';

/** The first line of a script as the kernel reads it (execve(2), "Interpreter scripts"). */
export interface Shebang {
  /** With a carriage return at its end, if the line has one. */
  readonly interpreter: ByteString;
  /** All that follows the interpreter is one argument. */
  readonly argument?: ByteString;
  /** Whether the argument goes on beyond what the kernel reads. */
  readonly isCut: boolean;
}

/** How much of a program the kernel reads to see what it is (BINPRM_BUF_SIZE). */
export const HEAD_BYTES = 256;

/** The first line of the file that begins with `head`; undefined if that is no line that the kernel can use. */
export function parseShebang(head: ByteString): Shebang | undefined {
  if (!head.startsWith('#!')) return undefined;
  const text = head.slice(2, HEAD_BYTES);
  const newline = text.indexOf('\n');
  const line = (newline < 0 ? text : text.slice(0, newline)).replace(/^[ \t]+/, '');
  const [interpreter = ''] = line.split(/[ \t\0]/, 1);
  if (interpreter === '') return undefined;
  const isCut = newline < 0 && head.length >= HEAD_BYTES;
  // Of an interpreter that is cut off the kernel does not know the rest.
  if (isCut && interpreter.length === line.length) return undefined;
  const argument = line
    .slice(interpreter.length)
    .replace(/\0.*$/s, '')
    .replace(/^[ \t]+|[ \t]+$/g, '');
  return {
    interpreter: interpreter as ByteString,
    ...(argument === '' ? {} : { argument: argument as ByteString }),
    isCut,
  };
}
