import { type ByteString, byteString } from '../../bytes/index.ts';
import { tarError } from '../archive-error.ts';
import { parseDecimal } from '../decimal.ts';
import { TAR_LIMITS } from './layout.ts';
import { parsePaxTime } from './time.ts';

const SPACE = 0x20;
const NEWLINE = 0x0a;
const EQUALS = 0x3d;
const LENGTH_DIGITS_MAX = 10;

const SCHILY_XATTR = 'SCHILY.xattr.';
const LIBARCHIVE_XATTR = 'LIBARCHIVE.xattr.';

/**
 * The extended header records that mean something to us (POSIX.1-2024 pax, "pax Extended Header"; GNU tar manual,
 * "Storing Sparse Files"). Undefined: not given. Null: given empty, which takes away what a global header said.
 */
export class PaxRecords {
  path: ByteString | null | undefined;
  linkPath: ByteString | null | undefined;
  sizeBytes: number | null | undefined;
  uid: number | null | undefined;
  gid: number | null | undefined;
  mtimeNs: bigint | null | undefined;
  major: number | null | undefined;
  minor: number | null | undefined;
  xattrs: Map<ByteString, Uint8Array> | undefined;
  sparse: PaxSparse | undefined;

  /** Puts `newer`, a later global header, over these. */
  update(newer: PaxRecords): void {
    for (const [key, value] of Object.entries(newer)) {
      if (value !== undefined && key !== 'sparse') Object.assign(this, { [key]: value });
    }
  }
}

/** The GNU.sparse.* records, as given; 0.0 and 0.1 hold the map, 1.0 says that it stands before the data. */
export interface PaxSparse {
  major?: number;
  minor?: number;
  name?: ByteString;
  realSizeBytes?: number;
  /** Offset and length in turn. */
  map?: number[];
}

/**
 * Reads the records of the extended header at `at`: each `LENGTH KEY=VALUE\n`, the length in decimal and of all of it.
 *
 * @param positionBytes where in the archive it lies, for errors
 * @throws PlinthError `tar-header-invalid`, `tar-limit-exceeded`
 */
export function decodePax(bytes: Buffer, at: number, length: number, positionBytes: number): PaxRecords {
  const records = new PaxRecords();
  const end = at + length;
  for (let i = at; i < end && bytes[i] !== 0; ) {
    let keyAt = i;
    let recordBytes = 0;
    for (; keyAt < end && bytes[keyAt] !== SPACE && keyAt - i < LENGTH_DIGITS_MAX; keyAt++) {
      recordBytes = recordBytes * 10 + ((bytes[keyAt] as number) - 0x30);
    }
    const next = i + recordBytes;
    const equals = bytes.indexOf(EQUALS, keyAt);
    if (
      bytes[keyAt] !== SPACE ||
      !(next > keyAt && next <= end) ||
      bytes[next - 1] !== NEWLINE ||
      equals < 0 ||
      equals >= next
    ) {
      throw tarError('tar-header-invalid', 'extended record is not LENGTH KEY=VALUE', positionBytes + i - at);
    }
    const reader = new RecordReader(bytes, equals + 1, next - 1, positionBytes + i - at);
    readRecord(records, byteString(bytes, keyAt + 1, equals), reader);
    i = next;
  }
  return records;
}

/** The value of one record, read as what its key asks for. */
class RecordReader {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;
  readonly #positionBytes: number;

  constructor(bytes: Buffer, start: number, end: number, positionBytes: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#positionBytes = positionBytes;
  }

  get empty(): boolean {
    return this.#start === this.#end;
  }

  name(key: string): ByteString {
    const nul = this.#bytes.indexOf(0, this.#start);
    if (nul >= 0 && nul < this.#end) throw this.invalid(key, 'holds NUL');
    if (this.#end - this.#start > TAR_LIMITS.nameBytes) {
      throw tarError('tar-limit-exceeded', `${key} is over ${TAR_LIMITS.nameBytes} bytes`, this.#positionBytes);
    }
    return byteString(this.#bytes, this.#start, this.#end);
  }

  text(): string {
    return this.#bytes.toString('latin1', this.#start, this.#end);
  }

  copy(): Uint8Array {
    // Not Buffer.from: a slice of its shared pool would keep the whole pool alive.
    return new Uint8Array(this.#bytes.subarray(this.#start, this.#end));
  }

  /** Numbers with commas between. */
  numbers(key: string): number[] {
    const text = this.text();
    const numbers: number[] = [];
    for (let start = 0; start < text.length; ) {
      const comma = text.indexOf(',', start);
      const end = comma < 0 ? text.length : comma;
      numbers.push(this.number(key, text.slice(start, end)));
      if (numbers.length > 2 * TAR_LIMITS.sparseRuns) {
        throw tarError('tar-limit-exceeded', `${key} has over ${TAR_LIMITS.sparseRuns} runs`, this.#positionBytes);
      }
      start = end + 1;
    }
    return numbers;
  }

  number(key: string, text: string = this.text()): number {
    const value = parseDecimal(text);
    if (Number.isNaN(value)) throw this.invalid(key, `is not a number: ${JSON.stringify(text.slice(0, 40))}`);
    if (value === Number.POSITIVE_INFINITY) {
      throw tarError('tar-limit-exceeded', `${key} is over 2^53`, this.#positionBytes);
    }
    return value;
  }

  time(key: string): bigint {
    const text = this.text();
    const value = parsePaxTime(text);
    if (value === 'invalid') throw this.invalid(key, `is not a time: ${JSON.stringify(text.slice(0, 40))}`);
    if (value === 'out of range') {
      throw tarError('tar-limit-exceeded', `${key} is outside 1678 to 2262`, this.#positionBytes);
    }
    return value;
  }

  invalid(key: string, fact: string): Error {
    return tarError('tar-header-invalid', `extended record ${key} ${fact}`, this.#positionBytes, { key });
  }
}

function readRecord(records: PaxRecords, key: string, value: RecordReader): void {
  switch (key) {
    case 'mtime':
      records.mtimeNs = value.empty ? null : value.time(key);
      return;
    case 'path':
      records.path = value.empty ? null : value.name(key);
      return;
    case 'linkpath':
      records.linkPath = value.empty ? null : value.name(key);
      return;
    case 'size':
      records.sizeBytes = value.empty ? null : value.number(key);
      return;
    case 'uid':
      records.uid = value.empty ? null : value.number(key);
      return;
    case 'gid':
      records.gid = value.empty ? null : value.number(key);
      return;
    case 'SCHILY.devmajor':
      records.major = value.empty ? null : value.number(key);
      return;
    case 'SCHILY.devminor':
      records.minor = value.empty ? null : value.number(key);
      return;
    default:
      if (key.startsWith('GNU.sparse.')) readSparse(records, key, value);
      else if (key.startsWith(SCHILY_XATTR)) readSchilyXattr(records, key, value);
      else if (key.startsWith(LIBARCHIVE_XATTR)) readLibarchiveXattr(records, key, value);
  }
}

/** GNU tar writes `=` and `%` of an attribute's name as %3D and %25. */
function readSchilyXattr(records: PaxRecords, key: string, value: RecordReader): void {
  const name = key.slice(SCHILY_XATTR.length).replaceAll('%3D', '=').replaceAll('%25', '%') as ByteString;
  records.xattrs ??= new Map();
  records.xattrs.set(name, value.copy());
}

/** Libarchive writes the name with %xx and the value in base64; and the same again as SCHILY.xattr, which is exact. */
function readLibarchiveXattr(records: PaxRecords, key: string, value: RecordReader): void {
  const name = key
    .slice(LIBARCHIVE_XATTR.length)
    .replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) as ByteString;
  records.xattrs ??= new Map();
  if (!records.xattrs.has(name)) records.xattrs.set(name, new Uint8Array(Buffer.from(value.text(), 'base64')));
}

function readSparse(records: PaxRecords, key: string, value: RecordReader): void {
  records.sparse ??= {};
  const sparse = records.sparse;
  switch (key) {
    case 'GNU.sparse.major':
      sparse.major = value.number(key);
      return;
    case 'GNU.sparse.minor':
      sparse.minor = value.number(key);
      return;
    case 'GNU.sparse.name':
      sparse.name = value.name(key);
      return;
    case 'GNU.sparse.realsize':
    case 'GNU.sparse.size':
      sparse.realSizeBytes = value.number(key);
      return;
    case 'GNU.sparse.map':
      sparse.map = value.numbers(key);
      return;
    case 'GNU.sparse.offset':
      sparse.map ??= [];
      if (sparse.map.length % 2 === 1) throw value.invalid(key, 'follows another offset');
      sparse.map.push(value.number(key));
      return;
    case 'GNU.sparse.numbytes':
      sparse.map ??= [];
      if (sparse.map.length % 2 === 0) throw value.invalid(key, 'follows no offset');
      sparse.map.push(value.number(key));
  }
}
