import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ByteString } from '../bytes/index.ts';
import { systemErrorCode } from '../errors/index.ts';
import { readContent, type Tree } from '../tree/index.ts';
import { buildError } from './error.ts';

const DEFAULT_NAME = 'Dockerfile';
/** A Dockerfile that is larger is none. */
const LIMIT_BYTES = 16 << 20;

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
 * @throws PlinthError `dockerfile-missing`
 */
export function readDockerfileText(
  context: string | Tree,
  dockerfile: string | { readonly text: string } | undefined,
): DockerfileText {
  if (typeof dockerfile === 'object')
    return { text: dockerfile.text, file: 'Dockerfile', path: undefined, mtimeNs: 0n };
  if (dockerfile === undefined) {
    return typeof context === 'string' ? readPath(join(context, DEFAULT_NAME)) : readFrom(context, DEFAULT_NAME);
  }
  return typeof context === 'string' ? readPath(dockerfile) : readFrom(context, dockerfile);
}

function readPath(path: string): DockerfileText {
  try {
    const { mtimeNs, size } = statSync(path, { bigint: true });
    if (size > LIMIT_BYTES) throw missing(path, `it has ${size} bytes, at most ${LIMIT_BYTES} are read`);
    return { text: readFileSync(path, 'utf8'), file: path, path, mtimeNs };
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === undefined || code === 'dockerfile-missing') throw cause;
    throw missing(path, code === 'ENOENT' ? 'no such file' : code, cause);
  }
}

function readFrom(tree: Tree, name: string): DockerfileText {
  const node = tree.resolve(name as ByteString)?.node;
  if (node?.kind !== 'file') throw missing(name, 'the context has no such file');
  if (node.content.sizeBytes > LIMIT_BYTES) throw missing(name, `it has ${node.content.sizeBytes} bytes`);
  return { text: readContent(node.content).toString(), file: name, path: undefined, mtimeNs: node.mtimeNs };
}

function missing(path: string, fact: string, cause?: unknown) {
  return buildError('dockerfile-missing', `read Dockerfile ${path}: ${fact}`, {
    cause,
    hint: 'Name it with -f PATH; without it Dockerfile in the context directory is read.',
    details: { path },
  });
}
