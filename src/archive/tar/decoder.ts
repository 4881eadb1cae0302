import type { ByteString } from '../../bytes/index.ts';
import { tarError } from '../archive-error.ts';
import { dataBytes, draftEntry, finishDraft, type TarDraft, tarKind } from './draft.ts';
import type { TarEntry } from './entry.ts';
import { ExtendedHeaders, type ExtendedKind, extendedKind } from './extended-headers.ts';
import { HeaderBlock, isZeroBlock } from './header-block.ts';
import {
  BLOCK_BYTES,
  GNU_EXTENDED_AT,
  GNU_EXTENSION_EXTENDED_AT,
  GNU_EXTENSION_RUNS,
  GNU_REAL_SIZE_AT,
  GNU_SPARSE_AT,
  GNU_SPARSE_RUNS,
  TAR_LIMITS,
  tarPaddingBytes,
  WIDE_BYTES,
} from './layout.ts';
import type { PaxSparse } from './pax.ts';
import { addGnuRuns, SparseMap } from './sparse-map.ts';
import { SparseMapText } from './sparse-map-text.ts';

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

const TYPE_GNU_SPARSE = 'S'.charCodeAt(0);

type State = 'header' | 'gnu-sparse' | 'sparse-text' | ExtendedKind;

/** A sparse file whose map is being read. */
interface SparseDraft {
  readonly draft: TarDraft;
  readonly map: SparseMap;
  readonly text: SparseMapText;
}

/**
 * Makes entries out of the headers of an archive, whatever way they are read. It asks for the bytes that it wants to
 * see next ({@link wantAtBytes}, {@link wantBytes}); the driver gives them to {@link decode}. Data of files is never
 * asked for. What is wanted only moves forward.
 */
export class TarDecoder {
  /** Where in the archive the bytes lie that are wanted next. */
  wantAtBytes = 0;
  /** How many; at most {@link TAR_LIMITS.paxBytes} and its padding. */
  wantBytes: number = BLOCK_BYTES;
  /** The end of the archive was met: nothing more is wanted. */
  done = false;
  /** Where the data of the latest entry ends, without padding. */
  dataEndBytes = 0;

  readonly #options: TarDecodeOptions;
  readonly #block = new HeaderBlock();
  readonly #extended = new ExtendedHeaders();
  #state: State = 'header';
  #extendedBytes = 0;
  #sparse: SparseDraft | undefined;
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
    const state = this.#state;
    if (state === 'header') return this.#header(bytes, at);
    if (this.#sparse !== undefined) {
      return state === 'gnu-sparse'
        ? this.#gnuSparse(this.#sparse, bytes, at)
        : this.#sparseText(this.#sparse, bytes, at);
    }
    this.#extended.add(state as ExtendedKind, bytes, at, this.#extendedBytes, this.wantAtBytes);
    this.#want('header', this.wantAtBytes + this.wantBytes, BLOCK_BYTES);
    return undefined;
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
    const extension = extendedKind(block.type);
    if (extension !== undefined) {
      this.#wantExtended(extension);
      return undefined;
    }
    if (++this.#entries > TAR_LIMITS.entries) throw this.#limit(`archive has over ${TAR_LIMITS.entries} entries`);
    const kind = tarKind(block.type);
    if (kind === undefined) {
      this.#skip();
      return undefined;
    }
    const draft = draftEntry(kind, block, this.#extended, this.wantAtBytes);
    if (block.type === TYPE_GNU_SPARSE) return this.#startGnuSparse(draft, bytes, at);
    const { sparse } = this.#extended;
    return sparse !== undefined && kind === 'file' ? this.#startPaxSparse(draft, sparse) : this.#finish(draft);
  }

  #finish(draft: TarDraft): TarEntry {
    this.#sparse = undefined;
    this.#passData(draft.dataOffsetBytes, draft.storedBytes);
    return finishDraft(draft);
  }

  #skip(): void {
    const { type } = this.#block;
    const path = this.#extended.path ?? this.#block.name;
    this.#options.onSkipped?.({ type: String.fromCharCode(type), path, offsetBytes: this.wantAtBytes });
    this.#passData(this.wantAtBytes + BLOCK_BYTES, dataBytes(this.#block, this.#extended));
  }

  /** Goes to the header after `storedBytes` of data. */
  #passData(dataOffsetBytes: number, storedBytes: number): void {
    const endBytes = dataOffsetBytes + storedBytes;
    if (endBytes > Number.MAX_SAFE_INTEGER - BLOCK_BYTES) {
      throw this.#limit(`data of ${storedBytes} bytes ends over 2^53`);
    }
    this.dataEndBytes = endBytes;
    this.#extended.next();
    this.#want('header', endBytes + tarPaddingBytes(storedBytes), BLOCK_BYTES);
  }

  #want(state: State, atBytes: number, bytes: number): void {
    this.#state = state;
    this.wantAtBytes = atBytes;
    this.wantBytes = bytes;
  }

  #wantExtended(kind: ExtendedKind): void {
    const { sizeBytes } = this.#block;
    // A long name ends with a NUL, which is not part of it.
    const limit = kind === 'pax' || kind === 'global' ? TAR_LIMITS.paxBytes : TAR_LIMITS.nameBytes + 1;
    if (sizeBytes > limit) throw this.#limit(`extended header has ${sizeBytes} bytes, allowed are ${limit}`);
    this.#extendedBytes = sizeBytes;
    this.#want(kind, this.wantAtBytes + BLOCK_BYTES, sizeBytes + tarPaddingBytes(sizeBytes));
  }

  #startGnuSparse(draft: TarDraft, bytes: Buffer, at: number): TarEntry | undefined {
    draft.sizeBytes = this.#block.number('real size', GNU_REAL_SIZE_AT, WIDE_BYTES);
    const sparse = this.#newSparse(draft);
    addGnuRuns(sparse.map, bytes, at + GNU_SPARSE_AT, GNU_SPARSE_RUNS);
    return this.#nextGnuSparse(sparse, bytes[at + GNU_EXTENDED_AT] !== 0);
  }

  #gnuSparse(sparse: SparseDraft, bytes: Buffer, at: number): TarEntry | undefined {
    sparse.draft.dataOffsetBytes += BLOCK_BYTES;
    addGnuRuns(sparse.map, bytes, at, GNU_EXTENSION_RUNS);
    return this.#nextGnuSparse(sparse, bytes[at + GNU_EXTENSION_EXTENDED_AT] !== 0);
  }

  #nextGnuSparse(sparse: SparseDraft, extended: boolean): TarEntry | undefined {
    if (!extended) return this.#finishSparse(sparse);
    this.#sparse = sparse;
    this.#want('gnu-sparse', this.wantAtBytes + BLOCK_BYTES, BLOCK_BYTES);
    return undefined;
  }

  #startPaxSparse(draft: TarDraft, records: PaxSparse): TarEntry | undefined {
    const { major = 0, minor = 0, map: numbers } = records;
    draft.path = records.name ?? draft.path;
    draft.sizeBytes = records.realSizeBytes ?? draft.storedBytes;
    const sparse = this.#newSparse(draft);
    if (major === 0) {
      if (numbers === undefined) throw this.#invalid('sparse file has no map');
      sparse.map.addAll(numbers);
      return this.#finishSparse(sparse);
    }
    if (major !== 1 || minor !== 0) throw this.#invalid(`sparse format ${major}.${minor} is not known`);
    this.#wantMapBlock(sparse);
    return undefined;
  }

  #wantMapBlock(sparse: SparseDraft): void {
    if (sparse.draft.storedBytes < BLOCK_BYTES) throw this.#invalid('sparse map does not end');
    this.#sparse = sparse;
    this.#want('sparse-text', sparse.draft.dataOffsetBytes, BLOCK_BYTES);
  }

  /** The map is part of what the header counts as data, in whole blocks. */
  #sparseText(sparse: SparseDraft, bytes: Buffer, at: number): TarEntry | undefined {
    const { draft, text } = sparse;
    draft.dataOffsetBytes += BLOCK_BYTES;
    draft.storedBytes -= BLOCK_BYTES;
    if (text.readBlock(bytes, at)) return this.#finishSparse(sparse);
    this.#wantMapBlock(sparse);
    return undefined;
  }

  #newSparse(draft: TarDraft): SparseDraft {
    const map = new SparseMap(this.wantAtBytes);
    return { draft, map, text: new SparseMapText(map, this.wantAtBytes) };
  }

  #finishSparse({ draft, map }: SparseDraft): TarEntry {
    draft.extents = map.finish(draft.sizeBytes, draft.storedBytes);
    return this.#finish(draft);
  }

  #invalid(fact: string): Error {
    return tarError('tar-header-invalid', fact, this.wantAtBytes);
  }

  #limit(fact: string): Error {
    return tarError('tar-limit-exceeded', fact, this.wantAtBytes);
  }
}
