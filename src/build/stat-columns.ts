import type { ByteString } from '../bytes/index.ts';

/** 32 raw bytes, as a byte string: the sha256 of what was read. */
export type Fingerprint = ByteString & { readonly __fingerprint: true };
export const FINGERPRINT_BYTES = 32;

/** The facts of lstat(2) that the cache goes by. */
export interface FileFacts {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}
export const FACTS = 5;

/**
 * Files by their facts, one a row, in columns: as objects they take 300 bytes a file, so 80, and nothing of that is work
 * for the garbage collector.
 */
export interface StatColumns {
  /** dev, ino, size, mtimeNs, ctimeNs of each row. */
  readonly facts: BigInt64Array;
  /** Where the path of each row ends in `paths`; it begins where that of the row before ends. */
  readonly pathEnds: Uint32Array;
  readonly ages: Uint8Array;
  readonly fingerprints: Buffer;
  readonly paths: Buffer;
}

/** Columns with room for so many rows, none of them filled. */
export function emptyColumns(rows: number, pathBytes: number): StatColumns {
  return {
    facts: new BigInt64Array(rows * FACTS),
    pathEnds: new Uint32Array(rows),
    ages: new Uint8Array(rows),
    fingerprints: Buffer.allocUnsafe(rows * FINGERPRINT_BYTES),
    paths: Buffer.allocUnsafe(pathBytes),
  };
}

/** Where the path of `row` begins; of the row after the last: where all end. */
export function pathStart({ pathEnds }: StatColumns, row: number): number {
  return row === 0 ? 0 : (pathEnds[row - 1] ?? 0);
}

export function fileSize({ facts }: StatColumns, row: number): number {
  return Number(facts[row * FACTS + 2]);
}

export function modificationTime({ facts }: StatColumns, row: number): bigint {
  return facts[row * FACTS + 3] ?? 0n;
}

export function changeTime({ facts }: StatColumns, row: number): bigint {
  return facts[row * FACTS + 4] ?? 0n;
}

/** Whether a row holds these facts. The times come first: they tell most files that changed. */
export function hasFacts({ facts }: StatColumns, row: number, file: FileFacts): boolean {
  const at = row * FACTS;
  return (
    facts[at + 4] === file.ctimeNs &&
    facts[at + 3] === file.mtimeNs &&
    facts[at + 2] === file.size &&
    facts[at + 1] === file.ino &&
    facts[at] === file.dev
  );
}

export function fingerprintOf({ fingerprints }: StatColumns, row: number): Fingerprint {
  const at = row * FINGERPRINT_BYTES;
  return fingerprints.toString('latin1', at, at + FINGERPRINT_BYTES) as Fingerprint;
}
