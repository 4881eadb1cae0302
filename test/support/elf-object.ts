/** What a dynamic ELF file made for a test says. */
export interface ElfObjectOptions {
  /** EM_X86_64 (62) unless given. */
  readonly machine?: number;
  readonly wide?: boolean;
  readonly little?: boolean;
  /** ET_DYN (3) unless given. */
  readonly type?: number;
  readonly flags?: number;
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly soname?: string;
  readonly rpath?: string;
  readonly runpath?: string;
  readonly flags1?: number;
  readonly auxiliary?: readonly string[];
  /** Versions by file. */
  readonly versionsNeeded?: Readonly<Record<string, readonly string[]>>;
  /** The needed versions of this list are weak. */
  readonly weak?: readonly string[];
  readonly versionsDefined?: readonly string[];
  /** Undefined symbols. */
  readonly symbols?: readonly string[];
  readonly notes?: readonly { readonly name: string; readonly type: number; readonly text: Buffer }[];
  /** Bytes after everything else, where a loader has its own tables. */
  readonly tail?: Buffer;
}

/** A file with headers and a dynamic section, of any class and byte order, with no code. */
export function elfObject(options: ElfObjectOptions = {}): Buffer {
  const { machine = 62, wide = true, little = true, type = 3, flags = 0, tail = Buffer.alloc(0) } = options;
  const number = (value: number, sizeBytes: number): Buffer => encodeNumber(value, sizeBytes, little);
  const half = (value: number) => number(value, 2);
  const int = (value: number) => number(value, 4);
  const word = (value: number) => number(value, wide ? 8 : 4);
  const strings = new Strings();
  const dynamic: [tag: number, value: number][] = [];
  for (const name of options.needed ?? []) dynamic.push([1, strings.at(name)]);
  for (const name of options.auxiliary ?? []) dynamic.push([0x7ffffffd, strings.at(name)]);
  if (options.soname !== undefined) dynamic.push([14, strings.at(options.soname)]);
  if (options.rpath !== undefined) dynamic.push([15, strings.at(options.rpath)]);
  if (options.runpath !== undefined) dynamic.push([29, strings.at(options.runpath)]);
  if (options.flags1 !== undefined) dynamic.push([0x6ffffffb, options.flags1]);
  const symbols = encodeSymbols(options.symbols ?? [], { strings, wide, half, int, word });
  const needed = encodeVersionsNeeded(options, { strings, half, int });
  const defined = encodeVersionsDefined(options.versionsDefined ?? [], { strings, half, int });
  const notes = Buffer.concat(
    (options.notes ?? []).map(({ name, type: kind, text }) => {
      const title = padded(Buffer.from(`${name}\0`));
      return Buffer.concat([int(name.length + 1), int(text.length), int(kind), title, padded(text)]);
    }),
  );
  const symbolCount = (options.symbols ?? []).length + 1;
  // One empty bucket: no symbol is defined.
  const hash = Buffer.concat([int(1), int(symbolCount), int(1), int(0), word(0), int(0)]);

  const [headerBytes, entryBytes] = wide ? [64, 56] : [52, 32];
  const interpreter = options.interpreter === undefined ? undefined : Buffer.from(`${options.interpreter}\0`);
  const segmentCount = 2 + (interpreter === undefined ? 0 : 1) + (notes.length === 0 ? 0 : 1);
  let end = headerBytes + entryBytes * segmentCount;
  const parts: Buffer[] = [];
  const place = (bytes: Buffer): number => {
    const at = end;
    parts.push(padded(bytes, 8));
    end += parts.at(-1)?.length ?? 0;
    return at;
  };
  end += (8 - (end % 8)) % 8;
  const startPadding = end - headerBytes - entryBytes * segmentCount;
  const interpreterAt = interpreter === undefined ? 0 : place(interpreter);
  const notesAt = place(notes);
  dynamic.push([6, place(symbols)], [0x6ffffef5, place(hash)]);
  if (needed.count > 0) dynamic.push([0x6ffffffe, place(needed.bytes)], [0x6fffffff, needed.count]);
  if (defined.count > 0) dynamic.push([0x6ffffffc, place(defined.bytes)], [0x6ffffffd, defined.count]);
  dynamic.push([5, place(strings.bytes())], [10, strings.bytes().length], [0, 0]);
  const table = Buffer.concat(dynamic.map(([tag, value]) => Buffer.concat([word(tag), word(value)])));
  const dynamicAt = place(table);
  place(tail);

  const segment = (kind: number, at: number, size: number): Buffer =>
    wide
      ? Buffer.concat([int(kind), int(4), word(at), word(at), word(at), word(size), word(size), word(4)])
      : Buffer.concat([int(kind), word(at), word(at), word(at), word(size), word(size), int(4), word(4)]);
  const segments = [segment(1, 0, end), segment(2, dynamicAt, table.length)];
  if (interpreter !== undefined) segments.unshift(segment(3, interpreterAt, interpreter.length));
  if (notes.length > 0) segments.push(segment(4, notesAt, notes.length));
  const identity = Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const header = [
    half(type),
    half(machine),
    int(1),
    word(0),
    word(headerBytes),
    word(0),
    int(flags),
    half(headerBytes),
  ];
  const counts = [half(entryBytes), half(segmentCount), half(0), half(0), half(0)];
  return Buffer.concat([identity, ...header, ...counts, ...segments, Buffer.alloc(startPadding), ...parts]);
}

/** A number of 1 to 8 bytes in one of the byte orders. */
export function encodeNumber(value: number, sizeBytes: number, little: boolean): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  if (sizeBytes === 8) {
    if (little) bytes.writeBigUInt64LE(BigInt(value));
    else bytes.writeBigUInt64BE(BigInt(value));
  } else if (little) bytes.writeUIntLE(value, 0, sizeBytes);
  else bytes.writeUIntBE(value, 0, sizeBytes);
  return bytes;
}

type Encode = (value: number) => Buffer;

class Strings {
  #text = '\0';

  at(text: string): number {
    const at = this.#text.length;
    this.#text += `${text}\0`;
    return at;
  }

  bytes(): Buffer {
    return Buffer.from(this.#text, 'latin1');
  }
}

function padded(bytes: Buffer, alignment = 4): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((alignment - (bytes.length % alignment)) % alignment)]);
}

interface SymbolWords {
  readonly strings: Strings;
  readonly wide: boolean;
  readonly half: Encode;
  readonly int: Encode;
  readonly word: Encode;
}

function encodeSymbols(names: readonly string[], { strings, wide, half, int, word }: SymbolWords): Buffer {
  const symbol = (name: number): Buffer =>
    wide
      ? Buffer.concat([int(name), Buffer.from([0x12, 0]), half(0), word(0), word(0)])
      : Buffer.concat([int(name), word(0), word(0), Buffer.from([0x12, 0]), half(0)]);
  return Buffer.concat([symbol(0), ...names.map((name) => symbol(strings.at(name)))]);
}

interface Records {
  readonly bytes: Buffer;
  readonly count: number;
}
interface VersionWords {
  readonly strings: Strings;
  readonly half: Encode;
  readonly int: Encode;
}

function encodeVersionsNeeded(
  { versionsNeeded = {}, weak = [] }: ElfObjectOptions,
  { strings, half, int }: VersionWords,
): Records {
  const files = Object.entries(versionsNeeded);
  const records = files.map(([file, versions], index) => {
    const next = index === files.length - 1 ? 0 : 16 + versions.length * 16;
    const head = Buffer.concat([half(1), half(versions.length), int(strings.at(file)), int(16), int(next)]);
    const names = versions.map((name, place) => {
      const flags = weak.includes(name) ? 2 : 0;
      const step = place === versions.length - 1 ? 0 : 16;
      return Buffer.concat([int(0), half(flags), half(place + 2), int(strings.at(name)), int(step)]);
    });
    return Buffer.concat([head, ...names]);
  });
  return { bytes: Buffer.concat(records), count: files.length };
}

function encodeVersionsDefined(versions: readonly string[], { strings, half, int }: VersionWords): Records {
  const all = versions.length === 0 ? [] : ['base', ...versions];
  const records = all.map((name, index) => {
    const next = index === all.length - 1 ? 0 : 28;
    const head = [half(1), half(index === 0 ? 1 : 0), half(index + 1), half(1), int(0), int(20), int(next)];
    return Buffer.concat([...head, int(strings.at(name)), int(0)]);
  });
  return { bytes: Buffer.concat(records), count: all.length };
}
