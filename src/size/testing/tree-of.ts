import { encodeText } from '../../bytes/index.ts';
import {
  DEFAULT_DIRECTORY,
  memoryContent,
  mustTreePath,
  NO_CHILDREN,
  type Node,
  Tree,
  TreeEditor,
  type TreePath,
} from '../../tree/index.ts';

/**
 * What stands at a path: text is a file's content, a number its size, `{ link }` a symbolic link, `{ same }` one more
 * name of what stands there before, `null` nothing any more. A path that ends in `/` is a directory.
 */
export type Put = string | number | { readonly link: string } | { readonly same: string } | null;

/** `base` with what `puts` says; for tests. */
export function treeOf(puts: Readonly<Record<string, Put>>, base: Tree = new Tree()): Tree {
  const editor = new TreeEditor(base);
  for (const [name, put] of Object.entries(puts)) {
    const path = pathOf(name);
    if (put === null) editor.remove(path);
    else editor.put(path, name.endsWith('/') ? directory() : nodeOf(put, editor));
  }
  return editor.finish();
}

/** `text` as a tree path; for tests. */
export function pathOf(text: string): TreePath {
  return mustTreePath(encodeText(text));
}

function directory(): Node {
  return { kind: 'directory', ...DEFAULT_DIRECTORY, children: NO_CHILDREN };
}

function nodeOf(put: Exclude<Put, null>, editor: TreeEditor): Node {
  if (typeof put === 'number') return nodeOf('x'.repeat(put), editor);
  if (typeof put === 'string') {
    return { kind: 'file', ...DEFAULT_DIRECTORY, mode: 0o644, content: memoryContent(put) };
  }
  if ('link' in put) return { kind: 'symlink', ...DEFAULT_DIRECTORY, mode: 0o777, target: encodeText(put.link) };
  const node = editor.lookup(pathOf(put.same));
  if (node === undefined) throw new Error(`no ${put.same} to link to`);
  return node;
}
