import { encodeTarHeader, TAR_END, type TarEntry, type TarHeader, tarPaddingBytes } from '../archive/index.ts';
import { createPacer } from '../host/index.ts';
import type { LayerSummary, LayerWriter, Store } from '../store/index.ts';
import { encodeLayerTar, type LayerEntry, writeLayerTar } from '../tree/index.ts';

/** Where a layer is written, and whom to tell. */
export interface LayerTarget {
  readonly store: Store;
  readonly signal: AbortSignal | undefined;
  onProgress(label: string, doneBytes: number, totalBytes?: number): void;
}

/** Writes the layer of `entries`, if there are any, letting the event loop run now and then. @throws the signal's reason */
export async function writeEntries(
  entries: Iterable<LayerEntry>,
  { store, signal, onProgress }: LayerTarget,
): Promise<LayerSummary | undefined> {
  if (isEmpty(entries)) return undefined;
  using writer = store.layers.create();
  const pacer = createPacer();
  for (const chunk of encodeLayerTar(entries, (entry) => writer.addEntry(entry))) {
    writer.write(chunk);
    if (!pacer.due()) continue;
    onProgress('writing layer', writer.sizeBytes);
    await pacer.pause();
    signal?.throwIfAborted();
  }
  return writer.commit();
}

function isEmpty(entries: Iterable<LayerEntry>): boolean {
  for (const _ of entries) return false;
  return true;
}

/** Writes the tar of a layer piece by piece, from entries and from what passes by. */
export class LayerStream {
  readonly #writer: LayerWriter;
  #isEmpty = true;

  constructor(writer: LayerWriter) {
    this.#writer = writer;
  }

  /** Begins an entry; its `storedBytes` of data follow by {@link data}, then {@link endData}. */
  begin(header: TarHeader, storedBytes: number): void {
    this.data(encodeTarHeader(header));
    this.#addEntry({ ...header, dataOffsetBytes: this.#writer.sizeBytes, storedBytes });
  }

  data(bytes: Uint8Array): void {
    this.#writer.write(bytes);
  }

  endData(storedBytes: number): void {
    const padding = tarPaddingBytes(storedBytes);
    if (padding > 0) this.data(TAR_END.subarray(0, padding));
  }

  /** Adds whole entries with their contents. */
  append(entries: Iterable<LayerEntry>): void {
    const startBytes = this.#writer.sizeBytes;
    const tail = new HeldTail(TAR_END.length, (bytes) => this.data(bytes));
    writeLayerTar(
      entries,
      (chunk) => tail.push(chunk),
      (entry) => this.#addEntry({ ...entry, dataOffsetBytes: entry.dataOffsetBytes + startBytes }),
    );
  }

  /** Ends the layer; undefined if nothing was put into it. */
  commit(): LayerSummary | undefined {
    if (this.#isEmpty) return undefined;
    this.data(TAR_END);
    return this.#writer.commit();
  }

  #addEntry(entry: TarEntry): void {
    this.#isEmpty = false;
    this.#writer.addEntry(entry);
  }
}

/** Passes bytes on, but for the last `lengthBytes` of all: the end mark of a tar that is to go on. */
class HeldTail {
  readonly #lengthBytes: number;
  readonly #pass: (bytes: Uint8Array) => void;
  #held: Buffer = Buffer.alloc(0);

  constructor(lengthBytes: number, pass: (bytes: Uint8Array) => void) {
    this.#lengthBytes = lengthBytes;
    this.#pass = pass;
  }

  push(chunk: Uint8Array): void {
    const isEnough = chunk.length >= this.#lengthBytes;
    if (isEnough) this.#pass(this.#held);
    this.#cut(isEnough ? chunk : Buffer.concat([this.#held, chunk]));
  }

  #cut(bytes: Uint8Array): void {
    const cut = Math.max(0, bytes.length - this.#lengthBytes);
    this.#pass(bytes.subarray(0, cut));
    this.#held = Buffer.from(bytes.subarray(cut));
  }
}
