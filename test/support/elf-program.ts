/** What an ELF program made for a test is like. */
export interface ElfProgramOptions {
  /** ET_EXEC (2) unless given. */
  readonly type?: number;
  /** EM_X86_64 (62) unless given. */
  readonly machine?: number;
  readonly wide?: boolean;
  readonly little?: boolean;
  readonly interpreter?: string;
  /** How many libraries its dynamic section names; without it there is no such section. */
  readonly needed?: number;
  /** Bytes after everything else. */
  readonly tail?: Buffer;
}

/** The headers of an ELF program, made by hand. */
export function elfProgram(options: ElfProgramOptions): Buffer {
  const { type = 2, machine = 62, wide = true, little = true, interpreter, needed, tail = Buffer.alloc(0) } = options;
  const sections: { type: number; bytes: Buffer }[] = [];
  const wordBytes = wide ? 8 : 4;
  const half = (value: number) => number(value, 2, little);
  const int = (value: number) => number(value, 4, little);
  const word = (value: number) => number(value, wordBytes, little);
  if (interpreter !== undefined) sections.push({ type: 3, bytes: Buffer.from(`${interpreter}\0`) });
  if (needed !== undefined) {
    const tags = [...Array.from({ length: needed }, () => 1), 5, 0, 1];
    sections.push({ type: 2, bytes: Buffer.concat(tags.map((tag) => Buffer.concat([word(tag), word(0)]))) });
  }
  const headerBytes = wide ? 64 : 52;
  const entryBytes = wide ? 56 : 32;
  let offset = headerBytes + entryBytes * sections.length;
  const entries = sections.map(({ type: kind, bytes }) => {
    const at = word(offset);
    offset += bytes.length;
    const size = word(bytes.length);
    const zero = word(0);
    return wide
      ? Buffer.concat([int(kind), int(4), at, zero, zero, size, size, zero])
      : Buffer.concat([int(kind), at, zero, zero, size, size, int(4), zero]);
  });
  const identity = Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const header = Buffer.concat([
    identity,
    half(type),
    half(machine),
    int(1),
    word(0),
    word(headerBytes),
    word(0),
    int(0),
    half(headerBytes),
    half(entryBytes),
    half(sections.length),
    half(0),
    half(0),
    half(0),
  ]);
  return Buffer.concat([header, ...entries, ...sections.map(({ bytes }) => bytes), tail]);
}

function number(value: number, sizeBytes: number, little: boolean): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  if (sizeBytes === 8) {
    if (little) bytes.writeBigUInt64LE(BigInt(value));
    else bytes.writeBigUInt64BE(BigInt(value));
  } else if (little) bytes.writeUIntLE(value, 0, sizeBytes);
  else bytes.writeUIntBE(value, 0, sizeBytes);
  return bytes;
}
