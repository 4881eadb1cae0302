import { existsSync } from 'node:fs';
import { decodeText } from '../bytes/index.ts';
import { planExt4 } from '../disk/index.ts';
import {
  createPacer,
  materialisePaced,
  removeTree,
  writeDiskFile,
  writeOutputFile,
  writeWhole,
} from '../host/index.ts';
import { type Store, type StoredImage, saveDocker, saveOci } from '../store/index.ts';
import { encodeTreeTar, type Tree } from '../tree/index.ts';
import type { BuildOutput, OutputTarget } from './output.ts';

/** What an output is made of, and whom to tell. */
export interface OutputContext {
  readonly store: Store;
  readonly image: StoredImage;
  /** Under which an archive holds it. */
  readonly names: readonly string[];
  readonly epochSeconds: number | undefined;
  readonly signal?: AbortSignal | undefined;
  onProgress(label: string, doneBytes: number, totalBytes?: number): void;
  onWarning(message: string): void;
}

/** An output beside the image in the store. */
type FileOutput = Exclude<BuildOutput, { readonly kind: 'image' }>;

/** What was written, of outputs that are a file. */
export interface WrittenOutput {
  readonly path?: string;
  readonly sizeBytes?: number;
}

/**
 * Writes one output. A file is there whole or not at all, a directory too if it is made here.
 *
 * @throws PlinthError `output-invalid`, and those of the rooms that make it
 */
export async function writeOutput(output: FileOutput, context: OutputContext): Promise<WrittenOutput> {
  const { store, image, signal } = context;
  const onProgress = (done: number, total: number) => context.onProgress('writing', done, total);
  const saving = { onProgress, ...(signal === undefined ? {} : { signal }) };
  const names = context.names.length > 0 ? context.names : [image.manifestDigest];
  switch (output.kind) {
    case 'oci':
      return writeStream(output.target, saveOci(store, names, saving), context);
    case 'docker':
      return writeStream(output.target, saveDocker(store, names, saving), context);
    case 'tar':
      return writeStream(output.target, encodeTreeTar(treeOf(context)), context);
    case 'local':
      return writeDirectory(output.path, context);
    case 'ext4':
      return writeDisk(output, context);
  }
}

function treeOf({ store, image }: OutputContext): Tree {
  return store.tree(image.config.rootfs.diff_ids);
}

type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

async function writeStream(target: OutputTarget, chunks: Chunks, context: OutputContext): Promise<WrittenOutput> {
  if (typeof target !== 'string') return { sizeBytes: await pump(chunks, target, context) };
  const sizeBytes = await writeOutputFile(target, (fd) => pump(chunks, (chunk) => writeWhole(fd, chunk), context));
  return { path: target, sizeBytes };
}

async function pump(
  chunks: Chunks,
  sink: (chunk: Uint8Array) => void | Promise<void>,
  { signal, onProgress }: OutputContext,
): Promise<number> {
  const pacer = createPacer();
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    await sink(chunk);
    sizeBytes += chunk.length;
    if (!pacer.due()) continue;
    onProgress('writing', sizeBytes);
    await pacer.pause();
  }
  return sizeBytes;
}

async function writeDirectory(path: string, context: OutputContext): Promise<WrittenOutput> {
  const isRoot = process.geteuid?.() === 0;
  const denied: string[] = [];
  const wasThere = existsSync(path);
  try {
    await materialisePaced(treeOf(context), path, {
      owners: isRoot ? 'keep' : 'squash',
      onDenied: (treePath) => denied.push(decodeText(treePath)),
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    });
  } catch (error) {
    // A directory that was there was empty, but is not ours to remove.
    if (!wasThere) removeTree(path);
    throw error;
  }
  if (!isRoot) context.onWarning(`the files in ${path} belong to you: only root can give them the owners of the image`);
  const [first] = denied;
  if (first !== undefined) {
    const more = denied.length > 1 ? ` and ${denied.length - 1} more` : '';
    context.onWarning(`left out what this user may not make (devices, extended attributes): /${first}${more}`);
  }
  return { path };
}

async function writeDisk(
  output: Extract<BuildOutput, { kind: 'ext4' }>,
  context: OutputContext,
): Promise<WrittenOutput> {
  const { sizeBytes, freeBytes, journal, label, path } = output;
  const plan = planExt4(treeOf(context), {
    size: sizeBytes !== undefined ? { totalBytes: sizeBytes } : freeBytes !== undefined ? { freeBytes } : undefined,
    journal,
    label,
    epochSeconds: context.epochSeconds,
    identity: context.image.configDigest,
  });
  await writeDiskFile(plan, path, {
    signal: context.signal,
    onProgress: (done, total) => context.onProgress('writing', done, total),
  });
  return { path, sizeBytes: plan.sizeBytes };
}
