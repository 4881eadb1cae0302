import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ByteString, encodeText } from '../bytes/index.ts';
import { createIgnoreMatcher, type IgnoreMatcher, parseIgnoreFile } from '../dockerfile/index.ts';
import { isPlinthError, systemErrorCode } from '../errors/index.ts';
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

/** Where the files of COPY and ADD come from. */
export interface ContextSource {
  /** A directory, or a tree that was read from elsewhere. */
  readonly context: string | Tree;
  /** The Dockerfile's own ignore file, which goes before that of the context. */
  readonly ignorePath: string | undefined;
}

/** The build context, opened when a step first needs it. */
export class BuildContext {
  readonly #source: ContextSource;
  readonly #records: RecordCache;
  #opened: { readonly tree: Tree; readonly fingerprints: Fingerprints; readonly save: () => void } | undefined;

  constructor(source: ContextSource, records: RecordCache) {
    this.#source = source;
    this.#records = records;
  }

  /** @throws PlinthError `context-unreadable`, `ignore-file-invalid` */
  get tree(): Tree {
    return this.#open().tree;
  }

  get fingerprints(): Fingerprints {
    return this.#open().fingerprints;
  }

  /** Remembers what is known of the files for the next build. */
  save(): void {
    this.#opened?.save();
  }

  #open() {
    this.#opened ??=
      typeof this.#source.context === 'string'
        ? this.#openDirectory(this.#source.context)
        : this.#openTree(this.#source.context);
    return this.#opened;
  }

  #openDirectory(path: string) {
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
    return { tree, fingerprints: new Fingerprints(cache, takenNs), save };
  }

  #openTree(tree: Tree) {
    const filter = this.#filter(() => {
      const node = tree.resolve(IGNORE_FILE as ByteString)?.node;
      return node?.kind === 'file' ? readContent(node.content).toString() : undefined;
    });
    const fingerprints = new Fingerprints(StatCache.decode(undefined), 0n);
    return { tree: filter === undefined ? tree : filterTree(tree, filter), fingerprints, save: () => undefined };
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

function realDirectory(path: string): string {
  try {
    if (statSync(path).isDirectory()) return realpathSync(path);
  } catch (cause) {
    throw unreadable(path, systemErrorCode(cause) ?? String(cause), cause);
  }
  throw unreadable(path, 'not a directory');
}

function unreadable(path: string, fact: string, cause?: unknown) {
  return buildError('context-unreadable', `open context ${path}: ${fact}`, {
    cause,
    hint: 'Name the directory that holds what COPY and ADD are to take.',
    details: { path },
  });
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw buildError('context-unreadable', `read ${path}: ${code ?? String(cause)}`, { cause, details: { path } });
  }
}
