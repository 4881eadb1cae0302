/*
 * The stat cache as bytes, little endian:
 *
 *   "PLSC" │ version u32 │ count u32 │ bytes of all paths u32 │ first 8 bytes of the sha256 of all that follows
 *   facts 5 × i64 × count: dev, ino, size, mtimeNs, ctimeNs │ path ends u32 × count │ ages u8 × count
 *   fingerprints 32 × count │ paths
 *
 * Loading zlib for a crc32 costs more than the better checksum.
 */
import { createHash } from 'node:crypto';
import { emptyColumns, FACTS, FINGERPRINT_BYTES, pathStart, type StatColumns } from './stat-columns.ts';

const MAGIC = 0x43534c50;
const VERSION = 2;
const CHECKSUM_AT = 16;
const CHECKSUM_BYTES = 8;
const HEADER_BYTES = CHECKSUM_AT + CHECKSUM_BYTES;
const FACT_BYTES = FACTS * 8;
const END_BYTES = 4;
const ENTRY_BYTES = FACT_BYTES + END_BYTES + 1 + FINGERPRINT_BYTES;

/** Rows `from` up to, not including, `to` of `columns`. */
export interface StatRun {
  readonly columns: StatColumns;
  readonly from: number;
  readonly to: number;
}

/** The columns that {@link encodeStats} wrote; no rows for bytes that are damaged, of another version, or absent. */
export function decodeStats(bytes: Uint8Array | undefined): StatColumns {
  const buffer = bytes === undefined ? undefined : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer === undefined || !isIntact(buffer)) return emptyColumns(0, 0);
  const count = buffer.readUInt32LE(8);
  const { endsAt, agesAt, fingerprintsAt, pathsAt } = placesOf(count);
  const facts = alignedPart(buffer, HEADER_BYTES, endsAt);
  const ends = alignedPart(buffer, endsAt, agesAt);
  return {
    facts: new BigInt64Array(facts.buffer, facts.byteOffset, count * FACTS),
    pathEnds: new Uint32Array(ends.buffer, ends.byteOffset, count),
    ages: buffer.subarray(agesAt, fingerprintsAt),
    fingerprints: buffer.subarray(fingerprintsAt, pathsAt),
    paths: buffer.subarray(pathsAt),
  };
}

/** The rows of all runs as one table. */
export function encodeStats(runs: readonly StatRun[]): Buffer {
  const count = runs.reduce((sum, { from, to }) => sum + to - from, 0);
  const pathBytes = runs.reduce(
    (sum, run) => sum + pathStart(run.columns, run.to) - pathStart(run.columns, run.from),
    0,
  );
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + count * ENTRY_BYTES + pathBytes);
  let row = 0;
  let pathAt = 0;
  for (const run of runs) {
    copyRun(run, buffer, { count, row, pathAt });
    row += run.to - run.from;
    pathAt += pathStart(run.columns, run.to) - pathStart(run.columns, run.from);
  }
  buffer.writeUInt32LE(MAGIC, 0);
  buffer.writeUInt32LE(VERSION, 4);
  buffer.writeUInt32LE(count, 8);
  buffer.writeUInt32LE(pathBytes, 12);
  checksum(buffer).copy(buffer, CHECKSUM_AT);
  return buffer;
}

interface RunPlace {
  /** Of the whole table. */
  readonly count: number;
  readonly row: number;
  /** Among the paths. */
  readonly pathAt: number;
}

function copyRun({ columns, from, to }: StatRun, into: Buffer, { count, row, pathAt }: RunPlace): void {
  const { endsAt, agesAt, fingerprintsAt, pathsAt } = placesOf(count);
  const { facts, ages, fingerprints, paths, pathEnds } = columns;
  into.set(
    new Uint8Array(facts.buffer, facts.byteOffset).subarray(from * FACT_BYTES, to * FACT_BYTES),
    HEADER_BYTES + row * FACT_BYTES,
  );
  into.set(ages.subarray(from, to), agesAt + row);
  into.set(
    fingerprints.subarray(from * FINGERPRINT_BYTES, to * FINGERPRINT_BYTES),
    fingerprintsAt + row * FINGERPRINT_BYTES,
  );
  const start = pathStart(columns, from);
  into.set(paths.subarray(start, pathStart(columns, to)), pathsAt + pathAt);
  for (let at = from; at < to; at++) {
    into.writeUInt32LE((pathEnds[at] ?? 0) - start + pathAt, endsAt + (row + at - from) * END_BYTES);
  }
}

function placesOf(count: number) {
  const endsAt = HEADER_BYTES + count * FACT_BYTES;
  const agesAt = endsAt + count * END_BYTES;
  const fingerprintsAt = agesAt + count;
  return { endsAt, agesAt, fingerprintsAt, pathsAt: fingerprintsAt + count * FINGERPRINT_BYTES };
}

function isIntact(buffer: Buffer): boolean {
  if (buffer.length < HEADER_BYTES || buffer.readUInt32LE(0) !== MAGIC || buffer.readUInt32LE(4) !== VERSION)
    return false;
  if (buffer.length !== HEADER_BYTES + buffer.readUInt32LE(8) * ENTRY_BYTES + buffer.readUInt32LE(12)) return false;
  return checksum(buffer).equals(buffer.subarray(CHECKSUM_AT, HEADER_BYTES));
}

function checksum(buffer: Buffer): Buffer {
  return createHash('sha256').update(buffer.subarray(HEADER_BYTES)).digest().subarray(0, CHECKSUM_BYTES);
}

/** A part of `buffer` that wider numbers can lie in: itself where it is aligned, as in a record of the store, else a copy. */
function alignedPart(buffer: Buffer, from: number, to: number): Uint8Array {
  const part = buffer.subarray(from, to);
  return part.byteOffset % BigInt64Array.BYTES_PER_ELEMENT === 0 ? part : Uint8Array.from(part);
}
