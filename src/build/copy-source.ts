import { posix } from 'node:path';
import { type ByteString, compareBytes, decodeText, encodeText } from '../bytes/index.ts';
import { compilePattern } from '../dockerfile/index.ts';
import { nearMiss } from '../errors/index.ts';
import { joinPath, type Node, type Tree, type TreePath } from '../tree/index.ts';
import { buildError } from './error.ts';

/** One file or directory that a COPY or ADD takes. */
export interface CopySource {
  /** The name under which it was asked for; what a file gets as its name in a destination directory. */
  readonly name: ByteString;
  /** Where it lies in its tree, links followed. */
  readonly path: TreePath;
  readonly node: Node;
}

/**
 * What `pattern` takes from `tree`: without a wildcard the one node it leads to, with one all that match, in byte order;
 * none is fine then. `..` goes back in what is written and stops at the root, as in Docker; after that links on the way
 * and at the end are followed inside the tree.
 *
 * @throws PlinthError `source-missing`, `path-pattern-invalid`
 */
export function selectSources(tree: Tree, pattern: string): CopySource[] {
  const names = posix.resolve('/', pattern).split('/').slice(1);
  const first = names.findIndex(hasWildcard);
  const fixed = encodeText((first < 0 ? names : names.slice(0, first)).join('/'));
  if (first < 0) return [resolveSource(tree, fixed, pattern)];
  const start = tree.resolve(fixed);
  if (start?.node.kind !== 'directory') return [];
  const sources: CopySource[] = [];
  const patterns = names.slice(first).map(compilePattern);
  for (const path of matches(start.path, start.node, patterns)) sources.push(resolveSource(tree, path, pattern));
  return sources;
}

function resolveSource(tree: Tree, path: ByteString, pattern: string): CopySource {
  const resolved = tree.resolve(path);
  if (resolved === undefined) {
    const shown = pattern === decodeText(path) ? pattern : `${pattern} (${decodeText(path)})`;
    throw buildError('source-missing', `copy ${shown}: no such file or directory`, {
      hint: nearSource(tree, path),
      details: { path: decodeText(path) },
    });
  }
  return { name: (path.split('/').at(-1) ?? '') as ByteString, ...resolved };
}

/** The name in the same directory that was most likely meant. */
function nearSource(tree: Tree, path: ByteString): string | undefined {
  const cut = path.lastIndexOf('/');
  const above = path.slice(0, Math.max(0, cut)) as ByteString;
  const directory = tree.resolve(above)?.node;
  if (directory?.kind !== 'directory') return cut < 0 ? undefined : nearSource(tree, above);
  const near = nearMiss(decodeText(path.slice(cut + 1) as ByteString), [...directory.children.keys()].map(decodeText));
  if (near === undefined) return undefined;
  return `Did you mean ${above === '' ? '' : `${decodeText(above)}/`}${near}?`;
}

type Pattern = ReturnType<typeof compilePattern>;

/** The paths below a directory whose names match the patterns one by one; links are not entered, as in BuildKit. */
function* matches(path: TreePath, node: Node, patterns: readonly Pattern[]): Generator<TreePath> {
  const [pattern, ...deeper] = patterns;
  if (pattern === undefined) {
    yield path;
    return;
  }
  if (node.kind !== 'directory') return;
  const names = [...node.children.keys()].filter((name) => pattern.matches(decodeText(name)));
  for (const name of names.sort(compareBytes)) {
    const child = node.children.get(name);
    if (child !== undefined) yield* matches(joinPath(path, name), child, deeper);
  }
}

/** A wildcard that no backslash escapes. Without one BuildKit takes a whole source literally, backslashes and all. */
const WILDCARD = /^(?:[^*?[\\]|\\.?)*[*?[]/su;

function hasWildcard(name: string): boolean {
  return WILDCARD.test(name);
}
