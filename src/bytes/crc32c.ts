/** The polynomial of Castagnoli, bit-reversed (RFC 3720, section 12.1). */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;

/** One table for each of eight bytes taken at once: 1.0 GB/s here, against 0.3 with a single table. Made on first use. */
let tables: Tables | undefined;

/**
 * CRC-32C of `bytes` from `start` to `end`, continuing from `state`, with no inversion before or after: what the
 * kernel calls `crc32c`. The checksum of RFC 3720 is `~crc32c(0xffffffff, bytes) >>> 0`.
 */
export function crc32c(state: number, bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  tables ??= makeTables();
  const [T0, T1, T2, T3, T4, T5, T6, T7] = tables;
  let crc = state;
  let i = start;
  for (const last = end - SLICES; i <= last; i += SLICES) {
    crc ^= byte(bytes, i) | (byte(bytes, i + 1) << 8) | (byte(bytes, i + 2) << 16) | (byte(bytes, i + 3) << 24);
    crc =
      word(T7, crc & 0xff) ^
      word(T6, (crc >>> 8) & 0xff) ^
      word(T5, (crc >>> 16) & 0xff) ^
      word(T4, crc >>> 24) ^
      word(T3, byte(bytes, i + 4)) ^
      word(T2, byte(bytes, i + 5)) ^
      word(T1, byte(bytes, i + 6)) ^
      word(T0, byte(bytes, i + 7));
  }
  for (; i < end; i++) crc = word(T0, (crc ^ byte(bytes, i)) & 0xff) ^ (crc >>> 8);
  return crc >>> 0;
}

function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

function word(table: Uint32Array, index: number): number {
  return table[index] as number;
}

type Tables = readonly [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];

/** Table k maps a byte to its effect on the state once k further bytes have passed. */
function makeTables(): Tables {
  const tables = Array.from({ length: SLICES }, () => new Uint32Array(256));
  for (let value = 0; value < 256; value++) {
    let crc = value;
    for (const table of tables) {
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
      table[value] = crc;
    }
  }
  return tables as unknown as Tables;
}
