import { archiveError, tarError } from '../archive-error.ts';
import type { TarExtent } from './entry.ts';
import { BLOCK_BYTES, GNU_SPARSE_RUN_BYTES, TAR_LIMITS, WIDE_BYTES } from './layout.ts';
import { decodeTarNumber } from './number.ts';

/** Collects and checks the runs of data of one sparse file, in the order given. */
export class SparseMap {
  readonly extents: TarExtent[] = [];
  readonly #positionBytes: number;
  #endBytes = 0;
  #storedBytes = 0;

  /** @param positionBytes of the header in the archive, for errors */
  constructor(positionBytes: number) {
    this.#positionBytes = positionBytes;
  }

  /** @throws PlinthError `tar-header-invalid`, `tar-limit-exceeded` */
  add(offsetBytes: number, lengthBytes: number): void {
    const endBytes = offsetBytes + lengthBytes;
    if (!(offsetBytes >= this.#endBytes && lengthBytes >= 0 && Number.isSafeInteger(endBytes))) {
      throw tarError(
        'tar-header-invalid',
        `sparse run ${offsetBytes}+${lengthBytes} is out of order`,
        this.#positionBytes,
      );
    }
    this.#endBytes = endBytes;
    // An empty run only marks where the file ends.
    if (lengthBytes === 0) return;
    if (this.extents.length === TAR_LIMITS.sparseRuns) {
      throw tarError('tar-limit-exceeded', `sparse map has over ${TAR_LIMITS.sparseRuns} runs`, this.#positionBytes);
    }
    this.#storedBytes += lengthBytes;
    this.extents.push({ offsetBytes, lengthBytes });
  }

  /** Adds offsets and lengths in turn. */
  addAll(numbers: readonly number[]): void {
    if (numbers.length % 2 === 1) {
      throw tarError('tar-header-invalid', 'sparse map ends in an offset', this.#positionBytes);
    }
    for (let i = 0; i < numbers.length; i += 2) this.add(numbers[i] as number, numbers[i + 1] as number);
  }

  /**
   * The runs, when they fit the file's size and the bytes stored.
   *
   * @throws PlinthError `tar-header-invalid`
   */
  finish(sizeBytes: number, storedBytes: number): readonly TarExtent[] {
    if (this.#endBytes > sizeBytes) {
      throw tarError(
        'tar-header-invalid',
        `sparse map ends at ${this.#endBytes} of ${sizeBytes} bytes`,
        this.#positionBytes,
      );
    }
    if (this.#storedBytes > storedBytes) {
      throw tarError(
        'tar-header-invalid',
        `sparse map has ${this.#storedBytes} bytes of data, stored are ${storedBytes}`,
        this.#positionBytes,
      );
    }
    return this.extents;
  }
}

/** Adds the runs of a GNU sparse header, or of a block that extends it: offsets and lengths, up to an empty field. */
export function addGnuRuns(map: SparseMap, bytes: Buffer, at: number, runs: number): void {
  for (let run = at; run < at + runs * GNU_SPARSE_RUN_BYTES; run += GNU_SPARSE_RUN_BYTES) {
    if (bytes[run + WIDE_BYTES] === 0) return;
    map.add(decodeTarNumber(bytes, run, WIDE_BYTES), decodeTarNumber(bytes, run + WIDE_BYTES, WIDE_BYTES));
  }
}

/**
 * `extents` widened to what a tar can hold: GNU tar stores each run in whole blocks, so every run must begin at a
 * multiple of 512 bytes and end at one or at the end of the file. Give the result to `encodeTarHeader`, and write its
 * runs as the data, holes in them as zeros.
 */
export function tarExtents(extents: readonly TarExtent[], sizeBytes: number): TarExtent[] {
  const runs: { offsetBytes: number; lengthBytes: number }[] = [];
  for (const extent of extents) {
    if (extent.lengthBytes === 0) continue;
    const offsetBytes = Math.floor(extent.offsetBytes / BLOCK_BYTES) * BLOCK_BYTES;
    const end = Math.ceil((extent.offsetBytes + extent.lengthBytes) / BLOCK_BYTES) * BLOCK_BYTES;
    const endBytes = Math.min(end, sizeBytes);
    const last = runs.at(-1);
    if (last !== undefined && last.offsetBytes + last.lengthBytes >= offsetBytes) {
      last.lengthBytes = Math.max(last.lengthBytes, endBytes - last.offsetBytes);
    } else {
      runs.push({ offsetBytes, lengthBytes: endBytes - offsetBytes });
    }
  }
  return runs;
}

/** @throws PlinthError `tar-entry-unencodable` unless `extents` are as {@link tarExtents} makes them */
export function checkTarExtents(extents: readonly TarExtent[], sizeBytes: number): void {
  let endBytes = 0;
  for (const { offsetBytes, lengthBytes } of extents) {
    const end = offsetBytes + lengthBytes;
    const aligned = offsetBytes % BLOCK_BYTES === 0 && (end % BLOCK_BYTES === 0 || end === sizeBytes);
    if (!aligned || offsetBytes < endBytes || lengthBytes <= 0 || end > sizeBytes) {
      throw archiveError(
        'tar-entry-unencodable',
        `write tar: sparse run ${offsetBytes}+${lengthBytes} of ${sizeBytes} bytes is not in whole blocks`,
      );
    }
    endBytes = end;
  }
}
