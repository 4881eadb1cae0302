import { Bzip2Decoder } from './bzip2-decoder.ts';
import { codecError } from './codec-error.ts';

const IN_BYTES = 256 * 1024;
const OUT_BYTES = 256 * 1024;

/** Decodes bzip2: streams one after another, zeros after the last. */
export async function* bunzip2(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new Bzip2Decoder();
  let ended = false;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += IN_BYTES) {
      const part = chunk.subarray(at, at + IN_BYTES);
      if (ended) {
        checkRest(part);
        continue;
      }
      decoder.give(part);
      while (!ended && decoder.hasBlock) {
        ended = !decoder.readBlock();
        yield* blockBytes(decoder);
      }
      if (ended) checkRest(decoder.rest);
    }
  }
  decoder.endInput();
  while (!ended) {
    ended = !decoder.readBlock();
    yield* blockBytes(decoder);
    if (ended) checkRest(decoder.rest);
  }
}

/** Zeros may follow, as on tapes. */
function checkRest(rest: Uint8Array): void {
  if (rest.some((byte) => byte !== 0)) throw codecError('bzip2', 'corrupt', 'bytes follow the end of the stream');
}

function* blockBytes(decoder: Bzip2Decoder): Generator<Uint8Array> {
  for (;;) {
    const output = Buffer.allocUnsafeSlow(OUT_BYTES);
    const count = decoder.write(output);
    if (count > 0) yield output.subarray(0, count);
    if (count < OUT_BYTES) return;
  }
}
