import { FINGERPRINT_BYTES, type Fingerprint } from './stat-columns.ts';

const FIRST_ROWS = 256;

/** Digests by row number, of which many rows may have none. */
export class DigestColumn {
  #digests: Buffer = Buffer.alloc(0);
  #isKnown: Uint8Array = new Uint8Array(0);

  get(row: number): Fingerprint | undefined {
    if (this.#isKnown[row] !== 1) return undefined;
    const at = row * FINGERPRINT_BYTES;
    return this.#digests.toString('latin1', at, at + FINGERPRINT_BYTES) as Fingerprint;
  }

  set(row: number, digest: Fingerprint | undefined): void {
    if (digest === undefined) {
      if (row < this.#isKnown.length) this.#isKnown[row] = 0;
      return;
    }
    if (row >= this.#isKnown.length) this.#grow(Math.max(FIRST_ROWS, 2 * (row + 1)));
    this.#isKnown[row] = 1;
    this.#digests.write(digest, row * FINGERPRINT_BYTES, 'latin1');
  }

  #grow(rows: number): void {
    const [digests, isKnown] = [Buffer.allocUnsafe(rows * FINGERPRINT_BYTES), new Uint8Array(rows)];
    digests.set(this.#digests);
    isKnown.set(this.#isKnown);
    this.#digests = digests;
    this.#isKnown = isKnown;
  }
}
