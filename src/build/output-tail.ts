/** More than this of an output is not kept. */
const LIMIT_BYTES = 16 * 1024;
const LIMIT_LINES = 20;

/** The end of what a command printed. */
export class OutputTail {
  #chunks: Buffer[] = [];
  #sizeBytes = 0;

  push(bytes: Uint8Array): void {
    // Copied: the chunk is the stream's.
    this.#chunks.push(Buffer.from(bytes.subarray(Math.max(0, bytes.length - LIMIT_BYTES))));
    this.#sizeBytes += Math.min(bytes.length, LIMIT_BYTES);
    while (this.#sizeBytes - (this.#chunks[0]?.length ?? 0) >= LIMIT_BYTES) {
      this.#sizeBytes -= this.#chunks.shift()?.length ?? 0;
    }
  }

  /** The last lines, at most 20. */
  lines(): string[] {
    const text = Buffer.concat(this.#chunks).toString();
    return text.replace(/\n$/, '').split('\n').slice(-LIMIT_LINES);
  }
}
