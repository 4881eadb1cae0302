/** An iteration over a source that knows whether it failed and whether it waits, and can be closed at any time. */
export class SourceIteration {
  /** Whether the source threw {@link error}. */
  failed = false;
  error: unknown;
  readonly #iterator: AsyncIterator<Uint8Array>;
  #waiting = false;
  #done = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** The next chunk that is not empty; undefined at the end, and once closed. */
  async next(): Promise<Uint8Array | undefined> {
    this.#waiting = true;
    try {
      while (!this.#done) {
        const { done, value } = await this.#iterator.next();
        if (done === true) this.#done = true;
        else if (value.length > 0) return value;
      }
      return undefined;
    } catch (error) {
      this.#done = true;
      this.failed = true;
      this.error = error;
      throw error;
    } finally {
      this.#waiting = false;
    }
  }

  /** Tells the source that no more is wanted. May be called again. */
  async close(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    const closing = this.#iterator.return?.();
    // A source that waits for its next bytes may do so for ever: it is told, not waited for.
    if (this.#waiting) closing?.catch(() => undefined);
    else await closing;
  }

  /** What is left, after `first`. Whoever made this closes it. */
  async *rest(first: Uint8Array): AsyncGenerator<Uint8Array> {
    if (first.length > 0) yield first;
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) yield chunk;
  }
}
