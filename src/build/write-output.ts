import { randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { decodeText } from '../bytes/index.ts';
import { planExt4, writeExt4 } from '../disk/index.ts';
import { systemErrorCode } from '../errors/index.ts';
import { createPacer, materialisePaced } from '../host/index.ts';
import { type Store, type StoredImage, saveDocker, saveOci } from '../store/index.ts';
import { encodeTreeTar, type Tree } from '../tree/index.ts';
import { buildError } from './error.ts';
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

/** What was written, of outputs that are a file. */
export interface WrittenOutput {
  readonly path?: string;
  readonly sizeBytes?: number;
}

/**
 * Writes one output. A file is there whole or not at all; a directory may be left half made.
 *
 * @throws PlinthError `output-invalid`, and those of the rooms that make it
 */
export async function writeOutput(output: BuildOutput, context: OutputContext): Promise<WrittenOutput> {
  const { store, image, signal } = context;
  const onProgress = (done: number, total: number) => context.onProgress('writing', done, total);
  const saving = { onProgress, ...(signal === undefined ? {} : { signal }) };
  const names = context.names.length > 0 ? context.names : [image.manifestDigest];
  switch (output.kind) {
    case 'image':
      return { sizeBytes: image.sizeBytes };
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
  return writeFile(target, async (fd) => {
    return pump(chunks, (chunk) => writeWhole(fd, chunk), context);
  });
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

function writeWhole(fd: number, chunk: Uint8Array): void {
  for (let done = 0; done < chunk.length; ) done += writeSync(fd, chunk, done, chunk.length - done);
}

/** Lets `write` fill a temporary file beside `path`, then puts it in place. */
async function writeFile(path: string, write: (fd: number) => Promise<number>): Promise<WrittenOutput> {
  // Special files such as /dev/null and pipes take the bytes themselves.
  const isPlain = statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
  const temporary = isPlain ? join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`) : path;
  let fd = -1;
  try {
    fd = openSync(temporary, isPlain ? 'wx' : 'w', 0o644);
    const sizeBytes = await write(fd);
    closeSync(fd);
    fd = -1;
    if (isPlain) renameSync(temporary, path);
    return { path, sizeBytes };
  } catch (cause) {
    if (fd >= 0) closeSync(fd);
    if (isPlain) rmSync(temporary, { force: true });
    const code = systemErrorCode(cause);
    if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw cause;
    throw buildError('output-invalid', `write ${path}: ${code}`, { cause, details: { path } });
  }
}

async function writeDirectory(path: string, context: OutputContext): Promise<WrittenOutput> {
  const isRoot = process.geteuid?.() === 0;
  const denied: string[] = [];
  await materialisePaced(treeOf(context), path, {
    owners: isRoot ? 'keep' : 'squash',
    onDenied: (treePath) => denied.push(decodeText(treePath)),
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
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
  return writeFile(path, async (fd) => {
    const sink = {
      write: (chunk: Uint8Array, positionBytes: number) => {
        for (let done = 0; done < chunk.length; ) {
          done += writeSync(fd, chunk, done, chunk.length - done, positionBytes + done);
        }
      },
    };
    await writeExt4(plan, sink, {
      signal: context.signal,
      onProgress: (done, total) => context.onProgress('writing', done, total),
    });
    // The end may be a hole.
    ftruncateSync(fd, plan.sizeBytes);
    return plan.sizeBytes;
  });
}
