import { createHash } from 'node:crypto';
import { encodeTarHeader, NO_TAR_XATTRS, TAR_END, tarPaddingBytes } from '../archive/index.ts';
import { type Digest, digestHex, encodeText, finishDigest } from '../bytes/index.ts';
import type { ByteSource } from '../tree/index.ts';
import { type BlobStore, corruptBlob, openFile } from './blob-store.ts';

/** One file of an archive to be written: bytes, a blob, or a file on disk. */
export type ArchiveFile =
  | { readonly path: string; readonly bytes: Uint8Array }
  | { readonly path: string; readonly digest: Digest }
  | { readonly path: string; readonly file: string; readonly sizeBytes: number };

export interface SaveOptions {
  readonly signal?: AbortSignal;
  /** Told after every piece. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

const CHUNK_BYTES = 1 << 20;
const BLOCK_BYTES = 512;

/** The path of a blob in an OCI image layout. */
export function blobFile(digest: Digest): ArchiveFile {
  return { path: `blobs/sha256/${digestHex(digest)}`, digest };
}

/**
 * A tar of `files` in their order: plain files of this process's user, mode 0644, time zero, and the directories above
 * them, so that the same files give the same user the same bytes.
 * Every chunk is the consumer's to keep.
 *
 * @throws PlinthError `blob-missing`, `blob-corrupt`, `store-unreadable`
 */
export async function* archiveStream(
  blobs: BlobStore,
  files: readonly ArchiveFile[],
  { signal, onProgress }: SaveOptions = {},
): AsyncGenerator<Uint8Array> {
  const sizes = files.map((file) => sizeOf(blobs, file));
  const totalBytes = sizes.reduce((sum, size) => sum + BLOCK_BYTES + size + tarPaddingBytes(size), TAR_END.length);
  let doneBytes = 0;
  const directories = new Set<string>();
  for (const [index, file] of files.entries()) {
    yield* parentHeaders(file.path, directories);
    for (const chunk of fileChunks(blobs, file, sizes[index] ?? 0)) {
      signal?.throwIfAborted();
      yield chunk;
      doneBytes += chunk.length;
      onProgress?.(Math.min(doneBytes, totalBytes), totalBytes);
    }
  }
  yield TAR_END;
}

function* fileChunks(blobs: BlobStore, file: ArchiveFile, sizeBytes: number): Generator<Uint8Array> {
  const header = tarHeader(file.path, sizeBytes);
  const padding = Buffer.alloc(tarPaddingBytes(sizeBytes));
  if ('bytes' in file) {
    yield Buffer.concat([header, file.bytes, padding]);
    return;
  }
  yield header;
  if ('digest' in file) yield* verifiedChunks(blobs, file.digest, sizeBytes);
  else {
    using source = openFile(file.file);
    yield* sourceChunks(source, sizeBytes);
  }
  if (padding.length > 0) yield padding;
}

/** The bytes of a blob; that they are not those of its digest shows at the end. */
function* verifiedChunks(blobs: BlobStore, digest: Digest, sizeBytes: number): Generator<Uint8Array> {
  using source = blobs.open(digest);
  const hash = createHash('sha256');
  for (const chunk of sourceChunks(source, sizeBytes)) {
    hash.update(chunk);
    yield chunk;
  }
  const actual = finishDigest(hash);
  if (actual !== digest) throw corruptBlob(digest, actual);
}

/** The first `sizeBytes` of `source` in chunks that are the consumer's to keep. */
export function* sourceChunks(source: ByteSource, sizeBytes: number = source.sizeBytes): Generator<Uint8Array> {
  for (let position = 0, count = 1; position < sizeBytes && count > 0; position += count) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, sizeBytes - position));
    count = source.read(chunk, position);
    yield count === chunk.length ? chunk : chunk.subarray(0, count);
  }
}

function sizeOf(blobs: BlobStore, file: ArchiveFile): number {
  if ('bytes' in file) return file.bytes.length;
  return 'digest' in file ? blobs.sizeOf(file.digest) : file.sizeBytes;
}

/** Headers of the directories above `path` that are not in `made` yet: skopeo makes missing ones as root's. */
function* parentHeaders(path: string, made: Set<string>): Generator<Buffer> {
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
    const directory = path.slice(0, end + 1);
    if (made.has(directory)) continue;
    made.add(directory);
    yield tarHeader(directory, 0, 'directory');
  }
}

function tarHeader(path: string, sizeBytes: number, kind: 'file' | 'directory' = 'file'): Buffer {
  return encodeTarHeader({
    path: encodeText(path),
    kind,
    mode: kind === 'file' ? 0o644 : 0o755,
    // skopeo gives every file of an archive to its owner, which only root may do for others: so an ordinary user's is his.
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    mtimeNs: 0n,
    linkTarget: encodeText(''),
    major: 0,
    minor: 0,
    xattrs: NO_TAR_XATTRS,
    sizeBytes,
  });
}
