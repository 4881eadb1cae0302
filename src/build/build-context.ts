import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ByteString, decodeText, encodeText } from '../bytes/index.ts';
import { createIgnoreMatcher, type IgnoreMatcher, parseIgnoreFile } from '../dockerfile/index.ts';
import { errorFact, isPlinthError, systemErrorCode } from '../errors/index.ts';
import type { RecordCache } from '../store/index.ts';
import { readContent, type Tree } from '../tree/index.ts';
import { contextTree } from './context.ts';
import { buildError } from './error.ts';
import { filterTree } from './filter-tree.ts';
import { Fingerprints } from './fingerprint.ts';
import { withDetails } from './locate.ts';
import { StatCache } from './stat-cache.ts';
import { key } from './step-cache.ts';

const IGNORE_FILE = '.dockerignore';
/** An ignore file that is larger is none. */
const IGNORE_LIMIT_BYTES = 4 << 20;

/** Where the files of COPY and ADD come from. */
export interface ContextSource {
  /** A directory, or a tree that was read from elsewhere. */
  readonly context: string | Tree;
  /** The Dockerfile's own ignore file, which goes before that of the context. */
  readonly ignorePath: string | undefined;
}

interface OpenContext {
  readonly tree: Tree;
  readonly fingerprints: Fingerprints;
  readonly ignores: (path: ByteString) => boolean;
  readonly save: () => void;
}

/** The build context, opened when a step first needs it. */
export class BuildContext {
  readonly #source: ContextSource;
  readonly #records: RecordCache;
  #opened: OpenContext | undefined;

  constructor(source: ContextSource, records: RecordCache) {
    this.#source = source;
    this.#records = records;
  }

  /** @throws PlinthError `context-unreadable`, `ignore-file-invalid` */
  get tree(): Tree {
    return this.#open().tree;
  }

  /** Whether the nodes of {@link tree} were made for this build, so that they stand in no other tree. */
  get isOwn(): boolean {
    return typeof this.#source.context === 'string';
  }

  get fingerprints(): Fingerprints {
    return this.#open().fingerprints;
  }

  /** Whether there is something at `path` that the ignore file leaves out. */
  ignores(path: ByteString): boolean {
    return this.#open().ignores(path);
  }

  /** Remembers what is known of the files for the next build. */
  save(): void {
    this.#opened?.save();
  }

  #open(): OpenContext {
    this.#opened ??=
      typeof this.#source.context === 'string'
        ? this.#openDirectory(this.#source.context)
        : this.#openTree(this.#source.context);
    return this.#opened;
  }

  #openDirectory(path: string): OpenContext {
    // Before any file is looked at: what changes from now on shows in its times.
    const takenNs = BigInt(Date.now()) * 1_000_000n;
    const directory = realDirectory(path);
    const recordKey = key('stat', [directory]);
    const cache = StatCache.decode(this.#records.read(recordKey));
    const save = (): void => {
      if (cache.changed) this.#records.write(recordKey, cache.encode());
    };
    const filter = this.#filter(() => readOptional(join(directory, IGNORE_FILE)));
    const tree = contextTree(encodeText(directory), { filter, cache });
    const ignores = (name: ByteString): boolean =>
      filter?.ignores(name) === true &&
      lstatSync(join(directory, decodeText(name)), { throwIfNoEntry: false }) !== undefined;
    return { tree, fingerprints: new Fingerprints(cache, takenNs), save, ignores };
  }

  #openTree(tree: Tree): OpenContext {
    const filter = this.#filter(() => {
      const node = tree.resolve(IGNORE_FILE as ByteString)?.node;
      return node?.kind === 'file' ? readContent(node.content).toString() : undefined;
    });
    const fingerprints = new Fingerprints(StatCache.decode(undefined), 0n);
    return {
      tree: filter === undefined ? tree : filterTree(tree, filter),
      fingerprints,
      save: () => undefined,
      ignores: (name: ByteString) => filter?.ignores(name) === true && tree.resolve(name) !== undefined,
    };
  }

  #filter(readShared: () => string | undefined): IgnoreMatcher | undefined {
    const { ignorePath } = this.#source;
    const own = ignorePath === undefined ? undefined : readOptional(ignorePath);
    const text = own ?? readShared();
    if (text === undefined) return undefined;
    try {
      const patterns = parseIgnoreFile(text);
      return patterns.length === 0 ? undefined : createIgnoreMatcher(patterns);
    } catch (error) {
      throw isPlinthError(error) ? withDetails(error, { file: own === undefined ? IGNORE_FILE : ignorePath }) : error;
    }
  }
}

/**
 * Sees that the context is a directory, before anything is looked for in it.
 *
 * @throws PlinthError `context-unreadable`
 */
export function checkContextDirectory(path: string): void {
  const isDirectory = attempt(path, () => statSync(path).isDirectory());
  if (!isDirectory) throw unreadable(path, 'not a directory');
}

function realDirectory(path: string): string {
  checkContextDirectory(path);
  return attempt(path, () => realpathSync(path));
}

function attempt<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (cause) {
    throw unreadable(path, errorFact(cause), cause);
  }
}

function unreadable(path: string, fact: string, cause?: unknown) {
  return buildError('context-unreadable', `open context ${path}: ${fact}`, {
    cause,
    hint: 'Name the directory that holds what COPY and ADD are to take.',
    details: { path },
  });
}

function readOptional(path: string): string | undefined {
  const size = attemptRead(path, () => sizeOfFile(path));
  if (size === undefined) return undefined;
  if (size > IGNORE_LIMIT_BYTES)
    throw badIgnoreFile(path, `it has ${size} bytes, at most ${IGNORE_LIMIT_BYTES} are read`);
  return attemptRead(path, () => readFileSync(path, 'utf8'));
}

/** Undefined if there is none. A pipe is not opened: nobody may ever write to it. */
function sizeOfFile(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isFile()) return stats?.size;
  throw badIgnoreFile(path, stats.isDirectory() ? 'it is a directory' : 'it is no regular file');
}

function attemptRead<Result>(path: string, act: () => Result): Result | undefined {
  try {
    return act();
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw isPlinthError(cause) ? cause : badIgnoreFile(path, errorFact(cause), cause);
  }
}

function badIgnoreFile(path: string, fact: string, cause?: unknown) {
  return buildError('context-unreadable', `read ${path}: ${fact}`, {
    cause,
    hint: 'Make it a readable text file, or take it away.',
    details: { path },
  });
}
