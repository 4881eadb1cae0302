import type { ProcessConfig } from '../../oci/index.ts';
import { parentPath, ROOT_PATH, type Tree, TreeEditor, type TreePath } from '../../tree/index.ts';
import { classify, languagesOf } from './classify.ts';
import { neededPlaces } from './needed.ts';
import { SLIM_CLASSES } from './slim-class.ts';

/**
 * `tree` without `paths`, and without the directories of the classes that have nothing left by that. A directory that a
 * link leads to or that the configuration names stays, as do those that were empty before.
 */
export function slimTree(tree: Tree, paths: readonly TreePath[], config: ProcessConfig = {}): Tree {
  const editor = new TreeEditor(tree);
  for (const path of paths) editor.remove(path);
  const languages = languagesOf(config.Env ?? []);
  const kept = new Set([...linkedDirectories(tree), ...neededPlaces(tree, config, languages)]);
  const mayGo = (path: TreePath): boolean => {
    const name = kept.has(path) ? undefined : classify(path, languages);
    return SLIM_CLASSES.some((one) => one.name === name && one.dropsDirectories);
  };
  for (const path of paths) removeEmptied(editor, parentPath(path), mayGo);
  return editor.finish();
}

function removeEmptied(editor: TreeEditor, from: TreePath, mayGo: (path: TreePath) => boolean): void {
  for (let path = from; path !== ROOT_PATH; path = parentPath(path)) {
    const node = editor.lookup(path);
    if (node?.kind !== 'directory' || node.children.size > 0 || !mayGo(path)) return;
    editor.remove(path);
  }
}

function linkedDirectories(tree: Tree): TreePath[] {
  return [...tree.walk()].flatMap(({ path, node }) => {
    const target = node.kind === 'symlink' ? tree.resolve(path) : undefined;
    return target?.node.kind === 'directory' ? [target.path] : [];
  });
}
