import type { Transform } from 'node:stream';
import { SourceIteration } from './source-iteration.ts';

/**
 * Sends `chunks` through `transform` and gives what comes out.
 *
 * A chunk is asked for only when the one before is used up, so the source may use its memory again. The source is read
 * to its end even where the transform ends before, since a source that checks itself does so there. Ending early closes
 * both. Errors of the source come through as they are; those of the transform go through `wrap`.
 */
export async function* throughTransform(
  chunks: AsyncIterable<Uint8Array>,
  transform: Transform,
  wrap: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  const source = new SourceIteration(chunks);
  const feeding = feed(source, transform);
  // Awaited below, unless the consumer leaves before; then nobody asks for it.
  feeding.catch(() => transform.destroy());
  try {
    for await (const chunk of transform) yield chunk as Uint8Array;
    await feeding;
  } catch (error) {
    throw source.failed ? source.error : wrap(error);
  } finally {
    transform.destroy();
    await source.close();
  }
}

async function feed(source: SourceIteration, transform: Transform): Promise<void> {
  for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
    if (!transform.destroyed && !transform.readableEnded) await write(transform, chunk);
  }
  transform.end();
}

/** Settles when the chunk is used up, or when the transform takes no more. */
function write(transform: Transform, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      transform.off('close', done);
      resolve();
    };
    // On an error in the middle of a chunk Node calls no one back.
    transform.on('close', done);
    transform.write(chunk, done);
  });
}
