import { createHash } from 'node:crypto';
import type { ByteString } from '../bytes/index.ts';

/**
 * What a file was when it was read, by the facts that change whenever it does. The same file with the same facts has
 * the same content, so it need not be read again; the idea of git's index.
 *
 * Layout, little endian: `PLSC`, version u32, count u32, bytes of all paths u32, first 8 bytes of the sha256 of all that
 * follows (loading zlib for a crc32 costs more); then by columns: dev, ino, size, mtimeNs, ctimeNs (5 × count × i64),
 * path ends (count × u32), ages (count × u8), fingerprints (count × 32 bytes), paths.
 */
const MAGIC = 0x43534c50;
const VERSION = 2;
const CHECKSUM_AT = 16;
const CHECKSUM_BYTES = 8;
const HEADER_BYTES = CHECKSUM_AT + CHECKSUM_BYTES;
const FACTS = 5;
const FINGERPRINT_BYTES = 32;
const ENTRY_BYTES = FACTS * 8 + 4 + 1 + FINGERPRINT_BYTES;
/** Entries that so many builds in a row did not meet are dropped. */
const AGE_LIMIT = 16;
/** Kernel timestamps advance in ticks: a change within one tick of a read may leave the same time behind. */
const TICK_NS = 20_000_000n;
/** The same for file systems that keep whole seconds (or two of them). */
const COARSE_TICK_NS = 2_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/** 32 raw bytes, as a byte string: the sha256 of what was read. */
export type Fingerprint = ByteString & { readonly __fingerprint: true };

/** The facts of lstat(2) that the cache goes by. */
export interface FileFacts {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

interface Entry {
  readonly facts: FileFacts;
  readonly fingerprint: Fingerprint;
  age: number;
}

/** Fingerprints of the files of one directory, by path and facts. */
export class StatCache {
  readonly #stored: StoredEntries;
  readonly #fresh = new Map<ByteString, Entry>();
  #changed = false;

  private constructor(stored: StoredEntries) {
    this.#stored = stored;
  }

  /** The cache that {@link encode} wrote; an empty one for bytes that are damaged, of another version, or absent. */
  static decode(bytes: Uint8Array | undefined): StatCache {
    return new StatCache(new StoredEntries(bytes));
  }

  /** Whether {@link encode} would write anything new. */
  get changed(): boolean {
    return this.#changed;
  }

  /** The fingerprint of the file at `path` if it still is what it was. */
  find(path: ByteString, facts: FileFacts): Fingerprint | undefined {
    const fresh = this.#fresh.get(path);
    if (fresh !== undefined) return equalFacts(fresh.facts, facts) ? fresh.fingerprint : undefined;
    return this.#stored.find(path, facts);
  }

  /**
   * Remembers the fingerprint of what was read after `facts` were taken at `takenNs`. A file changed so shortly before
   * that a further change might not show in its times is not remembered.
   */
  remember(
    path: ByteString,
    facts: FileFacts,
    { fingerprint, takenNs }: { fingerprint: Fingerprint; takenNs: bigint },
  ): void {
    const tick = facts.ctimeNs % SECOND_NS === 0n ? COARSE_TICK_NS : TICK_NS;
    if (facts.ctimeNs > takenNs - tick) return;
    this.#fresh.set(path, { facts, fingerprint, age: 0 });
    this.#changed = true;
  }

  /** The cache as bytes, with what this build met and, for some builds on, what it did not. */
  encode(): Buffer {
    const entries = [...this.#stored.survivors(this.#fresh), ...this.#fresh];
    return encodeEntries(entries);
  }
}

/** The entries as they were read; decoded one by one as they are asked for. */
class StoredEntries {
  readonly #index = new Map<ByteString, number>();
  readonly #facts: BigInt64Array;
  readonly #ages: Uint8Array;
  readonly #fingerprints: Buffer;
  readonly #met: Uint8Array;
  readonly #count: number;

  constructor(bytes: Uint8Array | undefined) {
    const body = bytes === undefined ? undefined : checkedBody(bytes);
    this.#count = body?.count ?? 0;
    const count = this.#count;
    this.#met = new Uint8Array(count);
    if (body === undefined) {
      this.#facts = new BigInt64Array(0);
      this.#ages = new Uint8Array(0);
      this.#fingerprints = Buffer.alloc(0);
      return;
    }
    // Copied, so that the column is aligned whatever the buffer's offset.
    this.#facts = new BigInt64Array(Uint8Array.from(body.bytes.subarray(0, count * FACTS * 8)).buffer);
    const ends = new Uint32Array(
      Uint8Array.from(body.bytes.subarray(count * FACTS * 8, count * (FACTS * 8 + 4))).buffer,
    );
    const agesAt = count * (FACTS * 8 + 4);
    this.#ages = body.bytes.subarray(agesAt, agesAt + count);
    this.#fingerprints = body.bytes.subarray(agesAt + count, agesAt + count + count * FINGERPRINT_BYTES);
    const paths = body.bytes.toString('latin1', count * ENTRY_BYTES);
    let start = 0;
    for (let at = 0; at < count; at++) {
      const end = ends[at] ?? start;
      this.#index.set(paths.slice(start, end) as ByteString, at);
      start = end;
    }
  }

  find(path: ByteString, facts: FileFacts): Fingerprint | undefined {
    const at = this.#index.get(path);
    if (at === undefined) return undefined;
    const stored = this.#facts;
    const base = at * FACTS;
    if (
      stored[base + 4] !== facts.ctimeNs ||
      stored[base + 3] !== facts.mtimeNs ||
      stored[base + 2] !== facts.size ||
      stored[base + 1] !== facts.ino ||
      stored[base] !== facts.dev
    ) {
      return undefined;
    }
    this.#met[at] = 1;
    return this.#fingerprint(at);
  }

  *survivors(replaced: ReadonlyMap<ByteString, unknown>): Generator<[ByteString, Entry]> {
    for (const [path, at] of this.#index) {
      const age = this.#met[at] === 1 ? 0 : (this.#ages[at] ?? 0) + 1;
      if (age > AGE_LIMIT || replaced.has(path)) continue;
      const [dev = 0n, ino = 0n, size = 0n, mtimeNs = 0n, ctimeNs = 0n] = this.#facts.subarray(
        at * FACTS,
        (at + 1) * FACTS,
      );
      yield [path, { facts: { dev, ino, size, mtimeNs, ctimeNs }, fingerprint: this.#fingerprint(at), age }];
    }
  }

  #fingerprint(at: number): Fingerprint {
    return this.#fingerprints.toString('latin1', at * FINGERPRINT_BYTES, (at + 1) * FINGERPRINT_BYTES) as Fingerprint;
  }
}

function checkedBody(bytes: Uint8Array): { readonly bytes: Buffer; readonly count: number } | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < HEADER_BYTES || buffer.readUInt32LE(0) !== MAGIC || buffer.readUInt32LE(4) !== VERSION)
    return undefined;
  const count = buffer.readUInt32LE(8);
  const body = buffer.subarray(HEADER_BYTES);
  if (body.length !== count * ENTRY_BYTES + buffer.readUInt32LE(12)) return undefined;
  return checksum(body).equals(buffer.subarray(CHECKSUM_AT, HEADER_BYTES)) ? { bytes: body, count } : undefined;
}

function checksum(body: Buffer): Buffer {
  return createHash('sha256').update(body).digest().subarray(0, CHECKSUM_BYTES);
}

function encodeEntries(entries: readonly (readonly [ByteString, Entry])[]): Buffer {
  const count = entries.length;
  const paths = entries.map(([path]) => path).join('');
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + count * ENTRY_BYTES + paths.length);
  const agesAt = HEADER_BYTES + count * (FACTS * 8 + 4);
  let pathEnd = 0;
  for (const [at, [path, { facts, fingerprint, age }]] of entries.entries()) {
    const factsAt = HEADER_BYTES + at * FACTS * 8;
    buffer.writeBigInt64LE(BigInt.asIntN(64, facts.dev), factsAt);
    buffer.writeBigInt64LE(BigInt.asIntN(64, facts.ino), factsAt + 8);
    buffer.writeBigInt64LE(BigInt.asIntN(64, facts.size), factsAt + 16);
    buffer.writeBigInt64LE(facts.mtimeNs, factsAt + 24);
    buffer.writeBigInt64LE(facts.ctimeNs, factsAt + 32);
    pathEnd += path.length;
    buffer.writeUInt32LE(pathEnd, HEADER_BYTES + count * FACTS * 8 + at * 4);
    buffer[agesAt + at] = age;
    buffer.write(fingerprint, agesAt + count + at * FINGERPRINT_BYTES, 'latin1');
  }
  buffer.write(paths, HEADER_BYTES + count * ENTRY_BYTES, 'latin1');
  buffer.writeUInt32LE(MAGIC, 0);
  buffer.writeUInt32LE(VERSION, 4);
  buffer.writeUInt32LE(count, 8);
  buffer.writeUInt32LE(paths.length, 12);
  checksum(buffer.subarray(HEADER_BYTES)).copy(buffer, CHECKSUM_AT);
  return buffer;
}

function equalFacts(left: FileFacts, right: FileFacts): boolean {
  return (
    left.ctimeNs === right.ctimeNs &&
    left.mtimeNs === right.mtimeNs &&
    left.size === right.size &&
    left.ino === right.ino &&
    left.dev === right.dev
  );
}
