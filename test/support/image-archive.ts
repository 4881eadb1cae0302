import { encodeTarHeader, NO_TAR_XATTRS, TAR_END, type TarHeader, tarPaddingBytes } from '../../src/archive/index.ts';
import { encodeText } from '../../src/bytes/index.ts';

/** One entry of a tar: a file with its bytes, or a link. */
export type TarPiece = readonly [
  path: string,
  content: string | Uint8Array | { readonly link: string; readonly hard?: boolean },
];

/** A tar of plain entries, root's, time zero. */
export function tarOf(...pieces: readonly TarPiece[]): Buffer {
  return Buffer.concat([...pieces.flatMap(([path, content]) => entry(path, content)), TAR_END]);
}

function entry(path: string, content: TarPiece[1]): Uint8Array[] {
  if (typeof content === 'object' && 'link' in content) {
    return [encodeTarHeader(header({ path, kind: content.hard ? 'hardlink' : 'symlink', linkTarget: content.link }))];
  }
  const bytes = Buffer.from(content);
  const head = encodeTarHeader(
    header({ path, sizeBytes: bytes.length, kind: path.endsWith('/') ? 'directory' : 'file' }),
  );
  return [head, bytes, Buffer.alloc(tarPaddingBytes(bytes.length))];
}

function header(fields: {
  readonly path: string;
  readonly kind: TarHeader['kind'];
  readonly linkTarget?: string;
  readonly sizeBytes?: number;
}): TarHeader {
  return {
    path: encodeText(fields.path),
    kind: fields.kind,
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtimeNs: 0n,
    linkTarget: encodeText(fields.linkTarget ?? ''),
    major: 0,
    minor: 0,
    xattrs: NO_TAR_XATTRS,
    sizeBytes: fields.sizeBytes ?? 0,
  };
}

/** The bytes as a stream of chunks of `size`. */
export async function* chunksOf(bytes: Uint8Array, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** All bytes of a stream. */
export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
