import type { ByteString } from '../bytes/index.ts';
import type { ByteOrder } from '../elf/index.ts';

/** A library for {@link encodeLoaderCache}. */
export interface CachedLibrary {
  readonly name: ByteString;
  readonly path: ByteString;
  /** As in the cache that it comes from: kind of library and architecture. */
  readonly flags: number;
}

const HEADER_BYTES = 48;
const ENTRY_BYTES = 24;
const ORDER_FLAGS = { little: 2, big: 3 } as const;

/** An ld.so.cache in the new format, without subdirectories for processors; see `ld-cache.ts` for its bytes. */
export function encodeLoaderCache(libraries: readonly CachedLibrary[], byteOrder: ByteOrder): Buffer {
  const little = byteOrder === 'little';
  const sorted = [...libraries].sort((left, right) => compareNames(right.name, left.name));
  const texts: Buffer[] = [];
  let textsEnd = HEADER_BYTES + sorted.length * ENTRY_BYTES;
  const place = (text: ByteString): number => {
    const at = textsEnd;
    const bytes = Buffer.from(`${text}\0`, 'latin1');
    texts.push(bytes);
    textsEnd += bytes.length;
    return at;
  };
  const head = Buffer.alloc(textsEnd);
  const word = (value: number, at: number) => (little ? head.writeUInt32LE(value, at) : head.writeUInt32BE(value, at));
  head.write('glibc-ld.so.cache1.1', 'latin1');
  word(sorted.length, 20);
  head[28] = ORDER_FLAGS[byteOrder];
  for (const [index, { name, path, flags }] of sorted.entries()) {
    const at = HEADER_BYTES + index * ENTRY_BYTES;
    word(flags, at);
    word(place(name), at + 4);
    word(place(path), at + 8);
  }
  word(textsEnd - HEADER_BYTES - sorted.length * ENTRY_BYTES, 24);
  return Buffer.concat([head, ...texts]);
}

/**
 * The order of the cache, in which the loader searches by halves: digits count as numbers and come after all else, so
 * that `libc.so.10` stands before `libc.so.6` (entries descend).
 */
function compareNames(left: ByteString, right: ByteString): number {
  const [one, other] = [namePartsOf(left), namePartsOf(right)];
  for (let index = 0; index < Math.min(one.length, other.length); index++) {
    const order = compareParts(one[index] ?? '', other[index] ?? '');
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

function namePartsOf(name: ByteString): readonly string[] {
  return name.match(/\d+|\D/g) ?? [];
}

function compareParts(left: string, right: string): number {
  const [isNumber, isOtherNumber] = [/^\d/.test(left), /^\d/.test(right)];
  if (isNumber && isOtherNumber) return Number(left) - Number(right);
  if (isNumber !== isOtherNumber) return isNumber ? 1 : -1;
  return left.charCodeAt(0) - right.charCodeAt(0);
}
