import { type ChainId, chainId, type DiffId, type Digest, digestHex, digestOf } from '../bytes/index.ts';
import type { BlobStore, RecordCache } from '../store/index.ts';
import { decodeListing, encodeListing, type Listing } from './listing.ts';

/** Part of every key: a change of what steps do with the same input makes all older records useless. */
const VERSION = 1;

/** What a step did: the layer it made, or none. */
export interface StepResult {
  readonly layer?: { readonly diffId: DiffId; readonly sizeBytes: number };
  /** The newest mtime among what the step read, in ns. */
  readonly newestNs: bigint;
}

/** What decides a step's result: what lies below, what is asked, what it reads. */
export interface StepInput {
  readonly parent: readonly DiffId[];
  /** The instruction in a form in which equal meaning is equal text. */
  readonly instruction: string;
  /** Absent for a step that reads nothing but its parent. */
  readonly content?: Digest;
}

/** Results of steps by their input, in the records of a store. */
export class StepCache {
  readonly #records: RecordCache;
  readonly #blobs: BlobStore;

  constructor(records: RecordCache, blobs: BlobStore) {
    this.#records = records;
    this.#blobs = blobs;
  }

  /** What the step gave before, if its layer is still in the store. */
  find(input: StepInput): StepResult | undefined {
    const last = this.#read(lastKey(input));
    const record = last?.content === (input.content ?? '') ? last : this.#read(fullKey(input));
    return record && this.isPresent(record) ? record : undefined;
  }

  /** Whether this instruction was ever done upon this parent, whatever it read. */
  hasAny(input: Omit<StepInput, 'content'>): boolean {
    return this.#records.read(lastKey(input)) !== undefined;
  }

  isPresent(result: StepResult): boolean {
    return result.layer === undefined || this.#isWhole(result.layer);
  }

  /** One that was cut short, as by a disk that failed, is made again. */
  #isWhole({ diffId, sizeBytes }: NonNullable<StepResult['layer']>): boolean {
    return this.#blobs.has(diffId) && this.#blobs.sizeOf(diffId) === sizeBytes;
  }

  write(input: StepInput, result: StepResult): void {
    const { layer, newestNs } = result;
    const record = Buffer.from(JSON.stringify({ content: input.content ?? '', layer, newestNs: String(newestNs) }));
    if (input.content !== undefined) this.#records.write(fullKey(input), record);
    this.#records.write(lastKey(input), record);
  }

  /** The listing whose content has the digest `content`. */
  readListing(content: Digest): Listing | undefined {
    const bytes = this.#records.read(digestHex(content));
    return bytes === undefined ? undefined : decodeListing(bytes);
  }

  writeListing(content: Digest, listing: Listing): void {
    this.#records.write(digestHex(content), encodeListing(listing));
  }

  /** What the selection `selection` of the tree that `layers` make holds, if it was ever worked out. */
  readSelection(layers: readonly DiffId[], selection: string): Digest | undefined {
    return this.#records.read(selectionKey(layers, selection))?.toString() as Digest | undefined;
  }

  writeSelection(layers: readonly DiffId[], selection: string, content: Digest): void {
    this.#records.write(selectionKey(layers, selection), Buffer.from(content));
  }

  #read(key: string): (StepResult & { readonly content: string }) | undefined {
    const bytes = this.#records.read(key);
    const stored = bytes && (parse(bytes) as StoredResult | undefined);
    if (stored === undefined) return undefined;
    const { content, layer, newestNs } = stored;
    return { content, newestNs: BigInt(newestNs), ...(layer === undefined ? {} : { layer }) };
  }
}

interface StoredResult {
  readonly content: string;
  readonly layer?: StepResult['layer'];
  readonly newestNs: string;
}

function parse(bytes: Uint8Array): unknown {
  // The record's checksum has been checked; what it holds is what we wrote.
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
}

/** The name of a stack of layers; empty for none. */
export function stackId(layers: readonly DiffId[]): ChainId | '' {
  return layers.reduce<ChainId | undefined>((chain, diffId) => chainId(chain, diffId), undefined) ?? '';
}

function lastKey({ parent, instruction }: Omit<StepInput, 'content'>): string {
  return key('last', [stackId(parent), instruction]);
}

function fullKey({ parent, instruction, content }: StepInput): string {
  return key('step', [stackId(parent), instruction, content]);
}

function selectionKey(layers: readonly DiffId[], selection: string): string {
  return key('selection', [stackId(layers), selection]);
}

/** The name of a record of this room: `kind` keeps records of different use apart. */
export function key(kind: string, parts: readonly unknown[]): string {
  return digestHex(digestOf(JSON.stringify(['plinth build', VERSION, kind, ...parts])));
}
