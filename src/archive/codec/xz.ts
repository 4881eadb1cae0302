import { codecError } from './codec-error.ts';
import { type Liblzma, loadLiblzma } from './liblzma.ts';
import { readAhead } from './read-ahead.ts';
import { SourceIteration } from './source-iteration.ts';

/** Memory that a stream may make the decoder take: that of `xz -9` is 65 MiB. */
export const XZ_MEMORY_LIMIT_BYTES: number = 256 * 1024 * 1024;

/**
 * Decodes xz: streams one after another, with padding. The .xz file format 1.1.0.
 *
 * With the system's liblzma where there is one, twice as fast as the WebAssembly decoder that stands in for it and away
 * from the event loop's thread.
 */
export async function* unxz(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const liblzma = await loadLiblzma();
  yield* liblzma === undefined ? unxzWasm(chunks) : readAhead(unxzNative(liblzma, chunks));
}

/** What liblzma says (lzma/base.h, `lzma_ret`) that ends a stream. */
const FAULTS: ReadonlyMap<number, ['corrupt' | 'truncated' | 'unsupported', string]> = new Map([
  [3, ['unsupported', 'kind of integrity check is not known']],
  [5, ['unsupported', 'memory is exhausted']],
  [6, ['unsupported', `needs more memory than ${XZ_MEMORY_LIMIT_BYTES} bytes`]],
  [7, ['corrupt', 'not the xz format']],
  [8, ['unsupported', 'options are not known']],
  [9, ['corrupt', 'data is damaged']],
  [10, ['truncated', 'data ends too early']],
]);

async function* unxzNative(liblzma: Liblzma, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = liblzma.createDecoder(XZ_MEMORY_LIMIT_BYTES);
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        at += decoder.give(chunk, at);
        yield* drain(decoder, false);
      }
    }
    yield* drain(decoder, true);
  } finally {
    decoder.close();
  }
}

async function* drain(decoder: ReturnType<Liblzma['createDecoder']>, finish: boolean): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { status, output, wantsInput } = await decoder.run(finish);
    const fault = FAULTS.get(status);
    if (fault !== undefined) throw codecError('xz', ...fault);
    if (output.length > 0) yield output;
    if (finish ? status === 1 : wantsInput) return;
  }
}

/** What xz-embedded says (`enum xz_ret`). */
const WASM_FAULTS: ReadonlyMap<string, ['corrupt' | 'truncated' | 'unsupported', string]> = new Map([
  ['2', ['unsupported', 'kind of integrity check is not known']],
  ['3', ['unsupported', 'memory is exhausted']],
  ['4', ['unsupported', 'needs more than 64 MiB of memory']],
  ['5', ['corrupt', 'not the xz format']],
  ['6', ['unsupported', 'options are not known']],
  ['7', ['corrupt', 'data is damaged']],
  ['8', ['truncated', 'data ends too early']],
]);

/**
 * The decoder where there is no liblzma. It decodes one stream at a time: a second one waits for the first to end, so
 * two must not be read in turns.
 */
export async function* unxzWasm(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { XzReadableStream } = (await import('xz-decompress')).default;
  const source = new SourceIteration(chunks);
  try {
    const first = await source.next();
    if (first === undefined) throw codecError('xz', 'truncated', 'data ends too early');
    for await (const chunk of new XzReadableStream(ReadableStream.from(source.rest(first)))) {
      if (chunk.length > 0) yield chunk;
    }
  } catch (error) {
    if (source.failed) throw source.error;
    const fault = WASM_FAULTS.get(/error code (\d)/.exec(error instanceof Error ? error.message : '')?.[1] ?? '');
    throw fault === undefined ? error : codecError('xz', ...fault, error);
  } finally {
    await source.close();
  }
}
