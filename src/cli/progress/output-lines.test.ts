import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutputLines } from './output-lines.ts';

function lines(...pieces: (string | Uint8Array)[]): string[] {
  const output = new OutputLines();
  return [...pieces.flatMap((piece) => output.push(Buffer.from(piece))), ...output.finish()];
}

describe('OutputLines', () => {
  it.each([
    ['lines', ['a\nb', 'c\n'], ['a', 'bc']],
    ['colours', ['\x1b[1;32mok\x1b[0m\n'], ['ok']],
    ['a sequence cut in two', ['a\x1b[3', '2mb\n'], ['ab']],
    ['a title', ['\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\n'], ['ab']],
    ['cursor movement', ['\x1b[2Ka\x1b[1Ab\x1b(B\x1b7\x1b=c\n'], ['abc']],
    ['a carriage return', ['10%\r20%\r30%\n'], ['30%']],
    ['a return before the end of line', ['a\r\nb\r', '\n'], ['a', 'b']],
    ['a backspace', ['ab\bc\n'], ['ac']],
    ['tabs', ['a\tb\n', '日本\tc\n'], ['a       b', '日本    c']],
    ['other controls', ['a\x00\x07\x9bb\n'], ['ab']],
    ['empty lines', ['\n\n'], ['', '']],
  ])('reads %s', (_, pieces, expected) => expect(lines(...pieces)).toEqual(expected));

  it('joins characters that were cut', () => {
    const bytes = Buffer.from('日本\n');
    expect(lines(bytes.subarray(0, 1), bytes.subarray(1, 4), bytes.subarray(4))).toEqual(['日本']);
  });

  it('bounds a line without an end, and a sequence without an end', () => {
    const output = new OutputLines();
    for (let index = 0; index < 100; index++) output.push(Buffer.alloc(1000, 'x'));
    expect(output.unfinished.length).toBe(2000);
    for (let index = 0; index < 100; index++) output.push(Buffer.from(`\x1b]${'y'.repeat(1000)}`));
    expect(output.push(Buffer.from('\x07\n'))).toHaveLength(1);
  });

  it('never lets a control character through, wherever the pieces are cut', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom('\x1b[', '\x1b]', '\r', '31m', '\x07').map(Buffer.from),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
        expect(lines(...pieces).join('')).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
      }),
    );
  });
});
