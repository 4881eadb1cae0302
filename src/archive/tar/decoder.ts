import { type ByteString, byteString } from '../../bytes/index.ts';
import { tarError } from '../archive-error.ts';
import { NO_TAR_XATTRS, type TarEntry, type TarKind } from './entry.ts';
import { checkId, HeaderBlock, isZeroBlock } from './header-block.ts';
import {
  BLOCK_BYTES,
  GNU_EXTENDED_AT,
  GNU_EXTENSION_EXTENDED_AT,
  GNU_EXTENSION_RUNS,
  GNU_REAL_SIZE_AT,
  GNU_SPARSE_AT,
  GNU_SPARSE_RUN_BYTES,
  GNU_SPARSE_RUNS,
  TAR_LIMITS,
  tarPaddingBytes,
  WIDE_BYTES,
} from './layout.ts';
import { decodeTarNumber } from './number.ts';
import { decodePax, type PaxRecords, type PaxSparse } from './pax.ts';
import { SparseMap, SparseMapText } from './sparse-map.ts';

/** An entry of a type that is no file system object, such as a volume label. Its data was passed over. */
export interface SkippedTarEntry {
  /** The type byte as a character. */
  readonly type: string;
  readonly path: ByteString;
  readonly offsetBytes: number;
}

export interface TarDecodeOptions {
  readonly onSkipped?: (entry: SkippedTarEntry) => void;
}

const KINDS: ReadonlyMap<number, TarKind> = new Map(
  Object.entries({
    '\0': 'file',
    '0': 'file',
    '7': 'file',
    S: 'file',
    '1': 'hardlink',
    '2': 'symlink',
    '3': 'character',
    '4': 'block',
    '5': 'directory',
    D: 'directory',
    '6': 'fifo',
  } as const).map(([type, kind]) => [type.charCodeAt(0), kind]),
);

const TYPE_SPARSE = 0x53;
const TYPE_DUMP_DIRECTORY = 0x44;
/** Headers whose data says something of the next entry, or (`g`) of all that follow. */
const META_TYPES: ReadonlyMap<number, 'pax' | 'global' | 'name' | 'link'> = new Map([
  [0x78, 'pax'],
  [0x58, 'pax'],
  [0x67, 'global'],
  [0x4c, 'name'],
  [0x4b, 'link'],
]);

type State = 'header' | 'gnu-sparse' | 'sparse-text' | 'pax' | 'global' | 'name' | 'link';
type Draft = { -readonly [Key in keyof TarEntry]: TarEntry[Key] };

/**
 * Makes entries out of the headers of an archive, whatever way they are read. It asks for the bytes that it wants to
 * see next ({@link wantAtBytes}, {@link wantBytes}); the driver gives them to {@link decode}. Data of files is never
 * asked for. What is wanted only moves forward.
 */
export class TarDecoder {
  /** Where in the archive the bytes lie that are wanted next. */
  wantAtBytes = 0;
  /** How many; at most {@link TAR_LIMITS.paxBytes}. */
  wantBytes: number = BLOCK_BYTES;
  /** The end of the archive was met: nothing more is wanted. */
  done = false;
  /** Where the data of the latest entry ends, without padding. */
  dataEndBytes = 0;

  readonly #options: TarDecodeOptions;
  readonly #block = new HeaderBlock();
  #state: State = 'header';
  #bodyBytes = 0;
  #global: PaxRecords | undefined;
  #local: PaxRecords | undefined;
  #longName: ByteString | undefined;
  #longLink: ByteString | undefined;
  #draft: Draft | undefined;
  #map: SparseMap | undefined;
  #mapText: SparseMapText | undefined;
  #entries = 0;

  constructor(options: TarDecodeOptions = {}) {
    this.#options = options;
  }

  /**
   * Takes the bytes wanted, which begin at `at` of `bytes`. Returns an entry when that made one whole.
   *
   * @throws PlinthError `tar-not-a-tar`, `tar-corrupt`, `tar-header-invalid`, `tar-limit-exceeded`
   */
  decode(bytes: Buffer, at: number): TarEntry | undefined {
    switch (this.#state) {
      case 'header':
        return this.#header(bytes, at);
      case 'gnu-sparse':
        return this.#gnuSparse(bytes, at);
      case 'sparse-text':
        return this.#sparseText(bytes, at);
      default:
        this.#meta(this.#state, bytes, at);
        return undefined;
    }
  }

  /**
   * Tells that the archive ends although bytes are wanted; `rest` is what there is of them. Fine between entries: an
   * archive without its end blocks is whole.
   *
   * @throws PlinthError `tar-truncated`, `tar-not-a-tar`
   */
  end(sizeBytes: number, rest: Buffer): void {
    if (sizeBytes < this.dataEndBytes) {
      throw tarError('tar-truncated', `data should go on to ${this.dataEndBytes}: archive ends`, sizeBytes);
    }
    if (this.#state !== 'header' || !isZeroBlock(rest, 0)) {
      throw tarError(this.wantAtBytes === 0 ? 'tar-not-a-tar' : 'tar-truncated', 'archive ends in a header', sizeBytes);
    }
    this.done = true;
  }

  #header(bytes: Buffer, at: number): TarEntry | undefined {
    // The first block of zeros is the end, as for GNU tar, which warns when it stands alone.
    if (bytes[at] === 0 && isZeroBlock(bytes, at)) {
      this.done = true;
      return undefined;
    }
    const block = this.#block;
    block.moveTo(bytes, at, this.wantAtBytes);
    const { type } = block;
    const meta = META_TYPES.get(type);
    if (meta !== undefined) {
      this.#startMeta(meta);
      return undefined;
    }
    if (++this.#entries > TAR_LIMITS.entries) {
      throw tarError('tar-limit-exceeded', `archive has over ${TAR_LIMITS.entries} entries`, this.wantAtBytes);
    }
    const kind = KINDS.get(type);
    if (kind === undefined) {
      this.#skip(type);
      return undefined;
    }
    const draft = this.#newDraft(kind, type);
    if (type === TYPE_SPARSE) return this.#startGnuSparse(draft, bytes, at);
    const sparse = this.#local?.sparse;
    if (sparse !== undefined && kind === 'file') return this.#startPaxSparse(draft, sparse);
    return this.#finish(draft);
  }

  #newDraft(kind: TarKind, type: number): Draft {
    const block = this.#block;
    const path = this.#value('path') ?? this.#longName ?? block.name;
    const hasData = kind === 'file' || type === TYPE_DUMP_DIRECTORY;
    const isLink = kind === 'symlink' || kind === 'hardlink';
    const isDevice = kind === 'character' || kind === 'block';
    // POSIX leaves the size of the others open; none has data, whatever it says.
    const storedBytes = hasData ? (this.#value('sizeBytes') ?? block.sizeBytes) : 0;
    const at = this.wantAtBytes;
    return {
      path,
      kind: kind === 'file' && path.endsWith('/') ? 'directory' : kind,
      mode: block.mode,
      uid: this.#id('uid'),
      gid: this.#id('gid'),
      mtimeNs: this.#value('mtimeNs') ?? block.mtimeNs,
      linkTarget: isLink ? (this.#value('linkPath') ?? this.#longLink ?? block.linkTarget) : ('' as ByteString),
      major: isDevice ? (this.#value('major') ?? block.major) : 0,
      minor: isDevice ? (this.#value('minor') ?? block.minor) : 0,
      xattrs: this.#xattrs(),
      sizeBytes: storedBytes,
      storedBytes,
      dataOffsetBytes: at + BLOCK_BYTES,
    };
  }

  /** What the extended headers say of a field; undefined to use the header block's own. */
  #value<Key extends 'path' | 'linkPath' | 'sizeBytes' | 'mtimeNs' | 'uid' | 'gid' | 'major' | 'minor'>(
    key: Key,
  ): NonNullable<PaxRecords[Key]> | undefined {
    const own = this.#local?.[key];
    if (own === null) return undefined;
    return (own ?? this.#global?.[key] ?? undefined) as NonNullable<PaxRecords[Key]> | undefined;
  }

  #id(key: 'uid' | 'gid'): number {
    const id = this.#value(key);
    return id === undefined ? this.#block[key] : checkId(id, key, this.wantAtBytes);
  }

  #xattrs(): ReadonlyMap<ByteString, Uint8Array> {
    const own = this.#local?.xattrs;
    const shared = this.#global?.xattrs;
    if (shared === undefined) return own ?? NO_TAR_XATTRS;
    return own === undefined ? shared : new Map([...shared, ...own]);
  }

  #finish(draft: Draft): TarEntry {
    this.#draft = undefined;
    this.#map = undefined;
    this.#mapText = undefined;
    this.#passData(draft.dataOffsetBytes, draft.storedBytes);
    if (draft.kind !== 'directory') return draft;
    const { extents: _, ...directory } = draft;
    return { ...directory, sizeBytes: 0, storedBytes: 0 };
  }

  /** Goes to the header after `storedBytes` of data. */
  #passData(dataOffsetBytes: number, storedBytes: number): void {
    this.dataEndBytes = dataOffsetBytes + storedBytes;
    if (this.dataEndBytes > Number.MAX_SAFE_INTEGER - BLOCK_BYTES) {
      throw tarError('tar-limit-exceeded', `data of ${storedBytes} bytes ends over 2^53`, this.wantAtBytes);
    }
    this.#local = undefined;
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#want('header', this.dataEndBytes + tarPaddingBytes(storedBytes), BLOCK_BYTES);
  }

  #want(state: State, atBytes: number, bytes: number): void {
    this.#state = state;
    this.wantAtBytes = atBytes;
    this.wantBytes = bytes;
  }

  #skip(type: number): void {
    const path = this.#value('path') ?? this.#longName ?? this.#block.name;
    this.#options.onSkipped?.({ type: String.fromCharCode(type), path, offsetBytes: this.wantAtBytes });
    this.#passData(this.wantAtBytes + BLOCK_BYTES, this.#value('sizeBytes') ?? this.#block.sizeBytes);
  }

  #startMeta(state: 'pax' | 'global' | 'name' | 'link'): void {
    const { sizeBytes } = this.#block;
    // A long name ends with a NUL, which is not part of it.
    const limit = state === 'pax' || state === 'global' ? TAR_LIMITS.paxBytes : TAR_LIMITS.nameBytes + 1;
    if (sizeBytes > limit) {
      throw tarError(
        'tar-limit-exceeded',
        `extended header has ${sizeBytes} bytes, allowed are ${limit}`,
        this.wantAtBytes,
      );
    }
    this.#bodyBytes = sizeBytes;
    this.#want(state, this.wantAtBytes + BLOCK_BYTES, sizeBytes + tarPaddingBytes(sizeBytes));
  }

  #meta(state: 'pax' | 'global' | 'name' | 'link', bytes: Buffer, at: number): void {
    if (state === 'pax' || state === 'global') {
      const records = decodePax(bytes, at, this.#bodyBytes, this.wantAtBytes);
      if (state === 'pax') this.#local = records;
      else if (this.#global === undefined) this.#global = records;
      else this.#global.update(records);
    } else {
      const nul = bytes.indexOf(0, at);
      const end = nul < 0 ? at + this.#bodyBytes : Math.min(nul, at + this.#bodyBytes);
      const name = byteString(bytes, at, end);
      if (state === 'name') this.#longName = name;
      else this.#longLink = name;
    }
    this.#want('header', this.wantAtBytes + this.wantBytes, BLOCK_BYTES);
  }

  #startGnuSparse(draft: Draft, bytes: Buffer, at: number): TarEntry | undefined {
    draft.sizeBytes = this.#block.number('real size', GNU_REAL_SIZE_AT, WIDE_BYTES);
    this.#map = new SparseMap(this.wantAtBytes);
    this.#draft = draft;
    this.#addGnuRuns(this.#map, bytes, at + GNU_SPARSE_AT, GNU_SPARSE_RUNS);
    return this.#nextGnuSparse(draft, this.#map, bytes[at + GNU_EXTENDED_AT] !== 0);
  }

  #gnuSparse(bytes: Buffer, at: number): TarEntry | undefined {
    const { draft, map } = this.#sparseDraft();
    draft.dataOffsetBytes += BLOCK_BYTES;
    this.#addGnuRuns(map, bytes, at, GNU_EXTENSION_RUNS);
    return this.#nextGnuSparse(draft, map, bytes[at + GNU_EXTENSION_EXTENDED_AT] !== 0);
  }

  #nextGnuSparse(draft: Draft, map: SparseMap, extended: boolean): TarEntry | undefined {
    if (extended) {
      this.#want('gnu-sparse', this.wantAtBytes + BLOCK_BYTES, BLOCK_BYTES);
      return undefined;
    }
    draft.extents = map.finish(draft.sizeBytes, draft.storedBytes);
    return this.#finish(draft);
  }

  #addGnuRuns(map: SparseMap, bytes: Buffer, at: number, runs: number): void {
    for (let i = 0; i < runs; i++) {
      const run = at + i * GNU_SPARSE_RUN_BYTES;
      if (bytes[run + WIDE_BYTES] === 0) return;
      map.add(decodeTarNumber(bytes, run, WIDE_BYTES), decodeTarNumber(bytes, run + WIDE_BYTES, WIDE_BYTES));
    }
  }

  #startPaxSparse(draft: Draft, sparse: PaxSparse): TarEntry | undefined {
    const at = this.wantAtBytes;
    draft.path = sparse.name ?? draft.path;
    draft.sizeBytes = sparse.realSizeBytes ?? draft.storedBytes;
    const map = new SparseMap(at);
    if (sparse.major === undefined || sparse.major === 0) {
      if (sparse.map === undefined) throw tarError('tar-header-invalid', 'sparse file has no map', at);
      map.addAll(sparse.map);
      draft.extents = map.finish(draft.sizeBytes, draft.storedBytes);
      return this.#finish(draft);
    }
    if (sparse.major !== 1 || (sparse.minor ?? 0) !== 0) {
      throw tarError('tar-header-invalid', `sparse format ${sparse.major}.${sparse.minor ?? 0} is not known`, at);
    }
    this.#draft = draft;
    this.#map = map;
    this.#mapText = new SparseMapText(map, at);
    this.#wantMapBlock(draft, at);
    return undefined;
  }

  #wantMapBlock(draft: Draft, headerAtBytes: number): void {
    if (draft.storedBytes < BLOCK_BYTES) throw tarError('tar-header-invalid', 'sparse map does not end', headerAtBytes);
    this.#want('sparse-text', draft.dataOffsetBytes, BLOCK_BYTES);
  }

  /** The map is part of what the header counts as data, in whole blocks. */
  #sparseText(bytes: Buffer, at: number): TarEntry | undefined {
    const { draft, map } = this.#sparseDraft();
    draft.dataOffsetBytes += BLOCK_BYTES;
    draft.storedBytes -= BLOCK_BYTES;
    if (this.#mapText?.readBlock(bytes, at) !== true) {
      this.#wantMapBlock(draft, this.wantAtBytes);
      return undefined;
    }
    draft.extents = map.finish(draft.sizeBytes, draft.storedBytes);
    return this.#finish(draft);
  }

  #sparseDraft(): { draft: Draft; map: SparseMap } {
    if (this.#draft === undefined || this.#map === undefined) throw new Error('sparse state without a draft');
    return { draft: this.#draft, map: this.#map };
  }
}
