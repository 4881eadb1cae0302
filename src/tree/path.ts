import type { ByteString } from '../bytes/index.ts';

/**
 * The path of a node below the root of its tree: names joined by `/`, no leading or trailing slash; `''` is the root.
 * No name is empty, `.` or `..`, and none holds NUL. Made only by {@link treePath} and {@link joinPath}.
 */
export type TreePath = ByteString & { readonly __treePath: true };

export const ROOT_PATH: TreePath = '' as TreePath;

/** The most bytes in one name (Linux NAME_MAX). */
export const NAME_LIMIT_BYTES = 255;
/** The most bytes in a whole path; above Linux PATH_MAX, since archives may hold longer ones. */
export const PATH_LIMIT_BYTES = 65_536;
/** The most names in a path: what PATH_MAX allows, so that no tree is too deep to be walked by recursion. */
export const DEPTH_LIMIT = 2048;

/**
 * `text` normalised to a tree path, as seen from the root: `/a//b/./c/` is `a/b/c`, and `..` never climbs above the root
 * (`../../x` is `x`). Undefined when it cannot name a node: a NUL, a name over 255 bytes, a path over a limit.
 */
export function treePath(text: ByteString): TreePath | undefined {
  if (isPlain(text)) return text as TreePath;
  if (text.length > PATH_LIMIT_BYTES || text.includes('\0')) return undefined;
  const names: string[] = [];
  for (const name of text.split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      names.pop();
      continue;
    }
    if (name.length > NAME_LIMIT_BYTES) return undefined;
    names.push(name);
  }
  return names.length > DEPTH_LIMIT ? undefined : (names.join('/') as TreePath);
}

/** Whether `text` is surely normal as it stands. Most paths are, and a few searches cost less than taking them apart. */
function isPlain(text: ByteString): boolean {
  return (
    text.length <= NAME_LIMIT_BYTES &&
    text[0] !== '.' &&
    text[0] !== '/' &&
    !text.endsWith('/') &&
    !text.includes('//') &&
    !text.includes('/.') &&
    !text.includes('\0')
  );
}

/** Whether `text` has a `..` that would climb above where it starts. */
export function climbsOut(text: ByteString): boolean {
  let depth = 0;
  for (const name of text.split('/')) {
    if (name === '' || name === '.') continue;
    depth += name === '..' ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

/** The path of the child `name` of the directory at `parent`. The name must be one valid name. */
export function joinPath(parent: TreePath, name: ByteString): TreePath {
  return (parent === '' ? name : `${parent}/${name}`) as TreePath;
}

/** The path of the directory that holds `path`; the root's parent is the root. */
export function parentPath(path: TreePath): TreePath {
  const slash = path.lastIndexOf('/');
  return (slash < 0 ? '' : path.slice(0, slash)) as TreePath;
}

/** The last name of `path`; empty for the root. */
export function baseName(path: TreePath): ByteString {
  return path.slice(path.lastIndexOf('/') + 1) as ByteString;
}

/** The names of `path`, from the root down. */
export function pathNames(path: TreePath): ByteString[] {
  return path === '' ? [] : (path.split('/') as ByteString[]);
}
