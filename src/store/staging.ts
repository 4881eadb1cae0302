import { createReadStream, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { type TarEntry, TarScanner } from '../archive/index.ts';
import { decodeText, encodeText } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import { DOCUMENT_LIMIT_BYTES } from '../oci/index.ts';
import { climbsOut, parentPath, type TreePath, treePath } from '../tree/index.ts';
import { type OpenBlob, openFile } from './blob-store.ts';
import type { BlobSummary, BlobWriter } from './blob-writer.ts';
import type { StoreErrorCode } from './error.ts';
import { type LoadLimits, tooLarge } from './expand.ts';
import { sourceChunks } from './save-archive.ts';
import type { Store } from './store.ts';

/** A file from outside whose bytes lie in tmp/ until they are found good and committed, or dropped. */
export class StagedFile {
  readonly path: string;
  readonly writer: BlobWriter;
  #dropped = false;

  constructor(path: string, writer: BlobWriter) {
    this.path = path;
    this.writer = writer;
  }

  /** Whether a later entry of the same name took its place. */
  get dropped(): boolean {
    return this.#dropped;
  }

  drop(): void {
    this.#dropped = true;
    this.writer.abort();
  }

  get summary(): BlobSummary {
    return this.writer.seal();
  }

  /** The bytes of a document. @throws PlinthError `image-archive-too-large` */
  readAll(): Buffer {
    const { sizeBytes } = this.summary;
    if (sizeBytes > DOCUMENT_LIMIT_BYTES) throw tooLarge(`${this.path} has ${sizeBytes} bytes, want a small document`);
    using source = this.open();
    const bytes = Buffer.alloc(sizeBytes);
    source.read(bytes, 0);
    return bytes;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    using source = this.open();
    yield* sourceChunks(source);
  }

  /** Not after a commit. */
  open(): OpenBlob {
    return openFile(this.writer.temporaryPath);
  }
}

/** The files of an image archive or layout directory. */
export interface ImageFiles extends Disposable {
  /** The file at `path`, through links of the archive; undefined if there is none. */
  find(path: string): Promise<StagedFile | undefined>;
}

const LINKS_LIMIT = 10;

/** Takes an archive apart as it streams by. Disposing drops all that was not committed. */
export class StagedArchive implements ImageFiles {
  readonly #store: Store;
  readonly #limits: LoadLimits;
  readonly #scanner: TarScanner = new TarScanner((entry) => this.#begin(entry));
  readonly #files = new Map<TreePath, StagedFile>();
  readonly #links = new Map<TreePath, TreePath>();
  /** Files whose data is still to come, in the order of the archive. */
  readonly #pending: { readonly entry: TarEntry; readonly file: StagedFile }[] = [];
  #positionBytes = 0;
  #entries = 0;

  constructor(store: Store, limits: LoadLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  /** Takes the next bytes of the uncompressed archive. */
  push(chunk: Uint8Array): void {
    this.#scanner.push(chunk);
    const end = this.#positionBytes + chunk.length;
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      const from = Math.max(next.entry.dataOffsetBytes, this.#positionBytes);
      const dataEnd = next.entry.dataOffsetBytes + next.entry.storedBytes;
      const to = Math.min(dataEnd, end);
      if (from < to && !next.file.dropped) {
        next.file.writer.write(chunk.subarray(from - this.#positionBytes, to - this.#positionBytes));
      }
      if (dataEnd > end) break;
      if (!next.file.dropped) next.file.writer.seal();
      this.#pending.shift();
    }
    this.#positionBytes = end;
  }

  /** Tells that the archive is over. @throws PlinthError `tar-truncated`, `tar-not-a-tar` */
  finish(): void {
    this.#scanner.finish();
  }

  async find(path: string): Promise<StagedFile | undefined> {
    let place: TreePath | undefined = safePath(path, 'manifest');
    for (let links = 0; place !== undefined && links <= LINKS_LIMIT; links++) {
      const file = this.#files.get(place);
      if (file !== undefined) return file;
      place = this.#links.get(place);
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file.writer.abort();
  }

  #begin(entry: TarEntry): void {
    if (++this.#entries > this.#limits.files) throw tooLarge(`it has more than ${this.#limits.files} files`);
    const path = safePath(decodeText(entry.path), 'archive');
    if (entry.kind === 'file') {
      this.#drop(path);
      const file = new StagedFile(path, this.#store.blobs.create());
      this.#files.set(path, file);
      this.#pending.push({ entry, file });
    } else if (entry.kind === 'symlink' || entry.kind === 'hardlink') {
      this.#drop(path);
      this.#links.set(path, linkTarget(path, entry));
    }
  }

  /** As in any tar, the last entry of a name counts. */
  #drop(path: TreePath): void {
    this.#links.delete(path);
    this.#files.get(path)?.drop();
    this.#files.delete(path);
  }
}

function linkTarget(path: TreePath, entry: TarEntry): TreePath {
  const target = decodeText(entry.linkTarget);
  const base = decodeText(parentPath(path));
  // Absolute targets stay absolute here, so that they are refused.
  const isRelative = entry.kind === 'symlink' && base !== '' && !target.startsWith('/');
  return safePath(isRelative ? `${base}/${target}` : target, 'archive');
}

/** A path of an archive; none may lead out of it, even if we would not follow it. */
function safePath(text: string, where: string): TreePath {
  const bytes = encodeText(text);
  const path = climbsOut(bytes) || text.startsWith('/') ? undefined : treePath(bytes);
  if (path !== undefined && path !== '') return path;
  if (path === '' && where === 'archive') return path;
  throw new PlinthError<StoreErrorCode>(
    `read image archive: the path ${JSON.stringify(text.slice(0, 200))} leads out of it`,
    {
      code: 'image-archive-invalid',
      hint: 'The archive was made to reach files outside; do not trust where it comes from.',
      details: { path: text },
    },
  );
}

/** An image layout as a directory; its files are copied to tmp/ before they are looked at, so that nobody can change them. */
export class StagedDirectory implements ImageFiles {
  readonly #store: Store;
  readonly #directory: string;
  readonly #files = new Map<TreePath, StagedFile>();

  constructor(store: Store, directory: string) {
    this.#store = store;
    this.#directory = directory;
  }

  async find(path: string): Promise<StagedFile | undefined> {
    const place = safePath(path, 'manifest');
    const known = this.#files.get(place);
    if (known !== undefined) return known;
    const source = join(this.#directory, place);
    if (lstatSync(source, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
    const file = new StagedFile(path, this.#store.blobs.create());
    this.#files.set(place, file);
    for await (const chunk of createReadStream(source, { highWaterMark: 1 << 20 })) file.writer.write(chunk);
    file.writer.seal();
    return file;
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file.writer.abort();
  }
}
