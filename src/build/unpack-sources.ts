import type { LayerSummary } from '../store/index.ts';
import { type CopyOptions, copyFiles } from './copy-files.ts';
import type { CopySource } from './copy-source.ts';
import type { LayerDraft } from './layer-draft.ts';
import { LayerStream, type LayerTarget, writeEntries } from './layer-stream.ts';
import { mayBeArchive, unpack } from './unpack.ts';

/** What ADD puts into a layer. */
export interface UnpackRequest extends LayerTarget, CopyOptions {
  readonly draft: LayerDraft;
  readonly sources: readonly CopySource[];
}

/**
 * Puts the sources into a layer by the rules of ADD: what is a tar, plain or compressed, is unpacked; all else is copied.
 *
 * @throws PlinthError as `copyFiles` and `unpack`; the signal's reason
 */
export async function unpackSources(request: UnpackRequest): Promise<LayerSummary | undefined> {
  const { draft, sources, store, signal, onProgress, ...options } = request;
  if (!sources.some(isCandidate)) {
    copyFiles(draft, sources, options);
    return writeEntries(draft.entries(), request);
  }
  using writer = store.layers.create();
  const stream = new LayerStream(writer);
  for (const source of sources) {
    if (!(await unpackOne(source, stream, request))) {
      copyFiles(draft, [source], options);
      stream.append(draft.entries());
    }
    // What an archive brought is in the stream already.
    draft.mark();
  }
  return stream.commit();
}

function isCandidate({ node }: CopySource): boolean {
  return node.kind === 'file' && mayBeArchive(node.content);
}

async function unpackOne(source: CopySource, stream: LayerStream, request: UnpackRequest): Promise<boolean> {
  if (!isCandidate(source) || source.node.kind !== 'file') return false;
  const { content } = source.node;
  const { draft, destination, owner, signal, onProgress } = request;
  return unpack(draft, stream, {
    content,
    destination,
    owner,
    signal,
    onProgress: (doneBytes) => onProgress('unpacking', doneBytes, content.sizeBytes),
  });
}
