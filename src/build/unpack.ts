import { decompress, detectCompression, type TarEntry, TarScanner } from '../archive/index.ts';
import { isPlinthError } from '../errors/index.ts';
import type { Content } from '../tree/index.ts';
import { type ArchivePlace, EntryPlacer } from './entry-placer.ts';
import type { LayerDraft } from './layer-draft.ts';
import type { LayerStream } from './layer-stream.ts';

/** An archive, where it goes, and what is told on the way. */
export interface UnpackOptions extends ArchivePlace {
  readonly content: Content;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((doneBytes: number) => void) | undefined;
}

const CHUNK_BYTES = 256 * 1024;

/**
 * Unpacks `content` into the layer if it is a tar, plain or compressed: in one pass, from the decoder straight to the
 * layer's own tar. Names are seen from the destination, links among the parents are followed inside it; owners, modes
 * and times are the archive's. Returns whether it was a tar: it must have an entry, as for Docker.
 *
 * @throws PlinthError `archive-entry-refused`, `copy-conflict`, `tar-*`, `compressed-data-*`; the signal's reason
 */
export async function unpack(draft: LayerDraft, stream: LayerStream, options: UnpackOptions): Promise<boolean> {
  const unpacking = new Unpacking(draft, stream, options);
  const chunks = contentChunks(options);
  try {
    for await (const chunk of decompress(chunks)) unpacking.push(chunk);
    unpacking.finish();
  } catch (error) {
    // Whatever cannot be decoded up to a first entry is a file like any other.
    if (unpacking.hasEntry || !isPlinthError(error) || !isFormatError(error.code)) throw error;
    return false;
  }
  return unpacking.hasEntry;
}

const HEADER_BYTES = 512;

/** Whether `content` begins like something compressed or like a tar; only decoding it tells for sure. */
export function mayBeArchive(content: Content): boolean {
  const head = Buffer.alloc(Math.min(HEADER_BYTES, content.sizeBytes));
  content.read(head, 0);
  if (detectCompression(head) !== 'none') return true;
  let isTar = false;
  try {
    new TarScanner(() => {
      isTar = true;
    }).push(head);
    // The first header may be of names or attributes that go on in the next.
    return isTar || (head.length === HEADER_BYTES && /[xgLK]/.test(head.toString('latin1', 156, 157)));
  } catch {
    return false;
  }
}

function isFormatError(code: string): boolean {
  return code.startsWith('tar-') || code.startsWith('compressed-data-');
}

async function* contentChunks({ content, signal, onProgress }: UnpackOptions): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < content.sizeBytes; ) {
    signal?.throwIfAborted();
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, content.sizeBytes - position));
    position += content.read(chunk, position);
    yield chunk;
    onProgress?.(position);
  }
}

class Unpacking {
  readonly #scanner: TarScanner;
  readonly #makePlacer: () => EntryPlacer;
  readonly #stream: LayerStream;
  #placer: EntryPlacer | undefined;
  /** Entries whose data has not wholly passed by, and whether that of the first is wanted. */
  #pending: TarEntry[] = [];
  #isWanted: boolean | undefined;
  #positionBytes = 0;

  constructor(draft: LayerDraft, stream: LayerStream, place: ArchivePlace) {
    this.#stream = stream;
    this.#makePlacer = () => new EntryPlacer(draft, stream, place);
    this.#scanner = new TarScanner((entry) => this.#pending.push(entry));
  }

  get hasEntry(): boolean {
    return this.#placer !== undefined || this.#pending.length > 0;
  }

  push(chunk: Uint8Array): void {
    this.#scanner.push(chunk);
    const startBytes = this.#positionBytes;
    this.#positionBytes += chunk.length;
    let done = 0;
    for (const entry of this.#pending) {
      this.#placer ??= this.#makePlacer();
      this.#isWanted ??= this.#placer.place(entry);
      const endBytes = entry.dataOffsetBytes + entry.storedBytes;
      const from = Math.max(entry.dataOffsetBytes - startBytes, 0);
      const to = Math.min(endBytes - startBytes, chunk.length);
      if (from < to && this.#isWanted) this.#stream.data(chunk.subarray(from, to));
      if (endBytes > this.#positionBytes) break;
      if (this.#isWanted) this.#stream.endData(entry.storedBytes);
      this.#isWanted = undefined;
      done++;
    }
    this.#pending = this.#pending.slice(done);
  }

  finish(): void {
    this.#scanner.finish();
  }
}
