import { type ByteString, byteString } from '../../bytes/index.ts';
import { tarError } from '../archive-error.ts';
import {
  BLOCK_BYTES,
  CHECKSUM_AT,
  CHECKSUM_BYTES,
  GID_AT,
  ID_BYTES,
  LINK_AT,
  LINK_BYTES,
  MAGIC_AT,
  MAJOR_AT,
  MINOR_AT,
  MODE_AT,
  MTIME_AT,
  NAME_AT,
  NAME_BYTES,
  PREFIX_AT,
  PREFIX_BYTES,
  SIZE_AT,
  STAR_MAGIC_AT,
  STAR_PREFIX_BYTES,
  TYPE_AT,
  UID_AT,
  WIDE_BYTES,
} from './layout.ts';
import { decodeTarNumber } from './number.ts';
import { secondsToNs } from './time.ts';

const ID_MAX = 0xffff_ffff;
const BLANK = 0x20;

/** Whether the block at `at` is all zeros. */
export function isZeroBlock(bytes: Buffer, at: number): boolean {
  const end = Math.min(at + BLOCK_BYTES, bytes.length);
  for (let i = at; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Whether the sum of the bytes, the checksum's own counted as blanks, is the one given. */
function checksumHolds(bytes: Buffer, at: number): boolean {
  const want = decodeTarNumber(bytes, at + CHECKSUM_AT, CHECKSUM_BYTES);
  let sum = CHECKSUM_BYTES * BLANK;
  for (let i = at, end = at + BLOCK_BYTES; i < end; i++) sum += bytes[i] as number;
  for (let i = at + CHECKSUM_AT; i < at + CHECKSUM_AT + CHECKSUM_BYTES; i++) sum -= bytes[i] as number;
  return want === sum || want === signedSum(bytes, at);
}

/** Some old tars sum signed bytes. */
function signedSum(bytes: Buffer, at: number): number {
  let sum = CHECKSUM_BYTES * BLANK;
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const inChecksum = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES;
    if (!inChecksum) sum += bytes.readInt8(at + i);
  }
  return sum;
}

/** One header block, read field by field: a view that is moved from block to block. */
export class HeaderBlock {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #positionBytes = 0;
  #mtimeSeconds = 0;
  #mtimeNs = 0n;

  /**
   * Looks at the block at `at` of `bytes`, which lies at `positionBytes` of the archive.
   *
   * @throws PlinthError `tar-not-a-tar`, `tar-corrupt` when the checksum does not hold
   */
  moveTo(bytes: Buffer, at: number, positionBytes: number): void {
    if (!checksumHolds(bytes, at)) {
      const code = positionBytes === 0 ? 'tar-not-a-tar' : 'tar-corrupt';
      throw tarError(code, 'header checksum does not match', positionBytes);
    }
    this.#bytes = bytes;
    this.#at = at;
    this.#positionBytes = positionBytes;
  }

  get type(): number {
    return this.#bytes[this.#at + TYPE_AT] as number;
  }

  get mode(): number {
    return this.number('mode', MODE_AT, ID_BYTES) & 0o7777;
  }

  get uid(): number {
    return this.#id('uid', UID_AT);
  }

  get gid(): number {
    return this.#id('gid', GID_AT);
  }

  get major(): number {
    return this.#natural('device major', MAJOR_AT, ID_BYTES);
  }

  get minor(): number {
    return this.#natural('device minor', MINOR_AT, ID_BYTES);
  }

  get sizeBytes(): number {
    return this.#natural('size', SIZE_AT, WIDE_BYTES);
  }

  get mtimeNs(): bigint {
    const seconds = this.number('mtime', MTIME_AT, WIDE_BYTES);
    // Neighbours often share their time, and bigint arithmetic is the slowest part of a header.
    if (seconds === this.#mtimeSeconds) return this.#mtimeNs;
    const ns = secondsToNs(seconds);
    if (ns === undefined) throw tarError('tar-limit-exceeded', 'mtime is outside 1678 to 2262', this.#positionBytes);
    this.#mtimeSeconds = seconds;
    this.#mtimeNs = ns;
    return ns;
  }

  get name(): ByteString {
    const name = this.#text(NAME_AT, NAME_BYTES);
    if (this.#bytes[this.#at + PREFIX_AT] === 0 || !this.#isUstar()) return name;
    const isStar = this.#bytes.toString('latin1', this.#at + STAR_MAGIC_AT, this.#at + BLOCK_BYTES) === 'tar\0';
    return `${this.#text(PREFIX_AT, isStar ? STAR_PREFIX_BYTES : PREFIX_BYTES)}/${name}` as ByteString;
  }

  get linkTarget(): ByteString {
    return this.#text(LINK_AT, LINK_BYTES);
  }

  /** The number in a field, which may be negative. */
  number(field: string, at: number, length: number): number {
    const value = decodeTarNumber(this.#bytes, this.#at + at, length);
    if (Number.isNaN(value)) {
      throw tarError('tar-header-invalid', `${field} is not a number`, this.#positionBytes, { field });
    }
    if (!Number.isFinite(value)) {
      throw tarError('tar-limit-exceeded', `${field} is over 2^53`, this.#positionBytes, { field });
    }
    return value;
  }

  #natural(field: string, at: number, length: number): number {
    const value = this.number(field, at, length);
    if (value < 0) throw tarError('tar-header-invalid', `${field} is negative`, this.#positionBytes, { field });
    return value;
  }

  /** Some systems write the id 65534 (nobody) as -2: negative ids are what 32 bits make of them. */
  #id(field: string, at: number): number {
    const value = this.number(field, at, ID_BYTES);
    const id = value < 0 && value >= -0x8000_0000 ? value >>> 0 : value;
    return checkId(id, field, this.#positionBytes);
  }

  /** `ustar` and NUL: POSIX. GNU's old magic has a blank there, and other things than a prefix after it. */
  #isUstar(): boolean {
    return this.#bytes.toString('latin1', this.#at + MAGIC_AT, this.#at + MAGIC_AT + 6) === 'ustar\0';
  }

  #text(at: number, length: number): ByteString {
    const start = this.#at + at;
    let end = start;
    while (end < start + length && this.#bytes[end] !== 0) end++;
    return start === end ? ('' as ByteString) : byteString(this.#bytes, start, end);
  }
}

/** @throws PlinthError `tar-limit-exceeded` unless `id` fits 32 bits */
export function checkId(id: number, field: string, positionBytes: number): number {
  if (id >= 0 && id <= ID_MAX) return id;
  throw tarError('tar-limit-exceeded', `${field} ${id} does not fit 32 bits`, positionBytes, { field });
}
