import { formatPlatform } from '../../oci/index.ts';
import {
  type FileNode,
  memoryContent,
  NO_CHILDREN,
  NO_XATTRS,
  type Tree,
  TreeEditor,
  type TreePath,
} from '../../tree/index.ts';
import type { PackPlan } from './pack-request.ts';

/** Where the packed tree is in a build context. */
const ROOT_NAME = 'root' as TreePath;

/** The Dockerfile that makes an image of the packed tree in `root/` beside it; `changes` are further instructions. */
export function packDockerfile(plan: PackPlan, changes: readonly string[] = []): string {
  const platform = plan.platform === undefined ? '' : ` for ${formatPlatform(plan.platform)}`;
  const own = changes.map((text) => ({ text, why: 'As it was asked for.' }));
  const names = plan.programs.map(({ path }) => path).join(', ');
  return [
    `# ${Buffer.from(names, 'latin1')} and what is needed to start${platform}, made by "plinth pack".`,
    '#',
    ...plan.parts.map(
      ({ name, sizeBytes, paths, what }) => `#   ${name}: ${what} (${paths.length} files, ${sizeBytes} bytes)`,
    ),
    '',
    '# Nothing is below it: what a program needs is in this image, or missing.',
    'FROM scratch',
    '',
    '# Every file and link where it lay when it was packed; put files of your own beside them.',
    `COPY ${ROOT_NAME}/ /`,
    ...[...plan.instructions, ...own].flatMap(({ text, why }) => ['', `# ${why}`, text]),
    '',
  ].join('\n');
}

/** The build context of a packed tree: the Dockerfile and `root/`. */
export function packContext(plan: PackPlan, dockerfile: string): Tree {
  const { mtimeNs } = plan.tree.root;
  const facts = { uid: 0, gid: 0, mtimeNs, xattrs: NO_XATTRS };
  const file: FileNode = { kind: 'file', ...facts, mode: 0o644, content: memoryContent(dockerfile) };
  const editor = new TreeEditor();
  editor.put('' as TreePath, { kind: 'directory', ...facts, mode: 0o755, children: NO_CHILDREN });
  editor.put('Dockerfile' as TreePath, file);
  editor.put(ROOT_NAME, plan.tree.root);
  return editor.finish();
}
