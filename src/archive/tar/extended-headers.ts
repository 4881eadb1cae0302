import { type ByteString, byteString } from '../../bytes/index.ts';
import { NO_TAR_XATTRS } from './entry.ts';
import { decodePax, type PaxRecords, type PaxSparse } from './pax.ts';

/** Headers whose data says something of the next entry, or (`global`) of all that follow. */
export type ExtendedKind = 'pax' | 'global' | 'name' | 'link';

const TYPES: ReadonlyMap<number, ExtendedKind> = new Map(
  Object.entries({ x: 'pax', X: 'pax', g: 'global', L: 'name', K: 'link' } as const).map(([type, kind]) => [
    type.charCodeAt(0),
    kind,
  ]),
);

/** The kind of extended header that a type byte stands for. */
export function extendedKind(type: number): ExtendedKind | undefined {
  return TYPES.get(type);
}

type ValueKey = 'path' | 'linkPath' | 'sizeBytes' | 'mtimeNs' | 'uid' | 'gid' | 'major' | 'minor';

/** What the extended headers before an entry say of it. */
export class ExtendedHeaders {
  #global: PaxRecords | undefined;
  #local: PaxRecords | undefined;
  #longName: ByteString | undefined;
  #longLink: ByteString | undefined;

  /**
   * Takes the data of one header: `length` bytes at `at`, which lie at `positionBytes` of the archive.
   *
   * @throws PlinthError `tar-header-invalid`, `tar-limit-exceeded`
   */
  add(kind: ExtendedKind, bytes: Buffer, at: number, length: number, positionBytes: number): void {
    if (kind === 'pax') this.#local = decodePax(bytes, at, length, positionBytes);
    else if (kind === 'global') this.#addGlobal(decodePax(bytes, at, length, positionBytes));
    else if (kind === 'name') this.#longName = untilNul(bytes, at, length);
    else this.#longLink = untilNul(bytes, at, length);
  }

  /** The entry that all but the global headers were for is done. */
  next(): void {
    this.#local = undefined;
    this.#longName = undefined;
    this.#longLink = undefined;
  }

  get path(): ByteString | undefined {
    return this.value('path') ?? this.#longName;
  }

  get linkTarget(): ByteString | undefined {
    return this.value('linkPath') ?? this.#longLink;
  }

  /** Sparse files are never a global matter. */
  get sparse(): PaxSparse | undefined {
    return this.#local?.sparse;
  }

  get xattrs(): ReadonlyMap<ByteString, Uint8Array> {
    const own = this.#local?.xattrs;
    const shared = this.#global?.xattrs;
    if (shared === undefined) return own ?? NO_TAR_XATTRS;
    return own === undefined ? shared : new Map([...shared, ...own]);
  }

  /** Undefined: the header block's own field holds. */
  value<Key extends ValueKey>(key: Key): NonNullable<PaxRecords[Key]> | undefined {
    const own = this.#local?.[key];
    if (own === null) return undefined;
    return (own ?? this.#global?.[key] ?? undefined) as NonNullable<PaxRecords[Key]> | undefined;
  }

  #addGlobal(records: PaxRecords): void {
    if (this.#global === undefined) this.#global = records;
    else this.#global.update(records);
  }
}

function untilNul(bytes: Buffer, at: number, length: number): ByteString {
  const nul = bytes.subarray(at, at + length).indexOf(0);
  return byteString(bytes, at, at + (nul < 0 ? length : nul));
}
