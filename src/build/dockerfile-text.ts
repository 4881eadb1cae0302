import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ByteString } from '../bytes/index.ts';
import { errorFact } from '../errors/index.ts';
import { readContent, type Tree } from '../tree/index.ts';
import { checkContextDirectory } from './build-context.ts';
import { buildError } from './error.ts';

const DEFAULT_NAME = 'Dockerfile';
/** The most bytes of a Dockerfile; one that is larger is none. */
export const DOCKERFILE_LIMIT_BYTES: number = 4 << 20;

/** A Dockerfile as it was read. */
export interface DockerfileText {
  readonly text: string;
  /** What it is called in messages. */
  readonly file: string;
  /** Where it lies; undefined for one that came as text or in a context tree. */
  readonly path: string | undefined;
  /** 0 if it is not known. */
  readonly mtimeNs: bigint;
}

/**
 * The Dockerfile of a build: at a path, as text, or `Dockerfile` in the context.
 *
 * @throws PlinthError `dockerfile-missing`, `dockerfile-unreadable`, `context-unreadable`
 */
export function readDockerfileText(
  context: string | Tree,
  dockerfile: string | { readonly text: string } | undefined,
): DockerfileText {
  const read = find(context, dockerfile);
  checkText(read);
  return read;
}

function find(context: string | Tree, dockerfile: string | { readonly text: string } | undefined): DockerfileText {
  if (typeof dockerfile === 'object') {
    return { text: dockerfile.text, file: DEFAULT_NAME, path: undefined, mtimeNs: 0n };
  }
  if (typeof context !== 'string') return readFrom(context, dockerfile ?? DEFAULT_NAME);
  // A pipe is what `-f <(command)` gives; one in the context may never end.
  if (dockerfile !== undefined) return readPath(dockerfile, { mayBePipe: true });
  checkContextDirectory(context);
  return readPath(join(context, DEFAULT_NAME), { mayBePipe: false });
}

function readPath(path: string, { mayBePipe }: { readonly mayBePipe: boolean }): DockerfileText {
  const stats = attempt(path, () => statSync(path, { bigint: true }));
  if (stats.isDirectory()) throw missing(path, 'it is a directory');
  if (stats.size > DOCKERFILE_LIMIT_BYTES) throw tooLarge(path, Number(stats.size));
  if (!stats.isFile() && !(mayBePipe && stats.isFIFO())) throw missing(path, 'it is no regular file');
  return { text: attempt(path, () => readFileSync(path, 'utf8')), file: path, path, mtimeNs: stats.mtimeNs };
}

function readFrom(tree: Tree, name: string): DockerfileText {
  const node = tree.resolve(name as ByteString)?.node;
  if (node?.kind !== 'file') throw missing(name, 'the context has no such file');
  if (node.content.sizeBytes > DOCKERFILE_LIMIT_BYTES) throw tooLarge(name, node.content.sizeBytes);
  return { text: readContent(node.content).toString(), file: name, path: undefined, mtimeNs: node.mtimeNs };
}

function attempt<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (cause) {
    throw missing(path, errorFact(cause), cause);
  }
}

/** No shell, no variable and no path can hold NUL; what has one was not written as UTF-8, or not by a person. */
function checkText({ text, file }: DockerfileText): void {
  if (text.length > DOCKERFILE_LIMIT_BYTES) throw tooLarge(file, text.length);
  const at = text.indexOf('\0');
  if (at < 0) return;
  const line = text.slice(0, at).split('\n').length;
  throw unreadable(file, `line ${line} holds a NUL byte`, 'Write the Dockerfile as UTF-8 text.');
}

function tooLarge(path: string, sizeBytes: number) {
  return unreadable(
    path,
    `it has ${sizeBytes} bytes, at most ${DOCKERFILE_LIMIT_BYTES} are read`,
    'Move data to files and COPY them.',
  );
}

function unreadable(path: string, fact: string, hint: string) {
  return buildError('dockerfile-unreadable', `read Dockerfile ${path}: ${fact}`, { hint, details: { path } });
}

function missing(path: string, fact: string, cause?: unknown) {
  return buildError('dockerfile-missing', `read Dockerfile ${path}: ${fact}`, {
    cause,
    hint: 'Name it with -f PATH; without it Dockerfile in the context directory is read.',
    details: { path },
  });
}
