import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { encodeText } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import { fileContent, materialisePaced } from '../host/index.ts';
import { formatPlatform, hostPlatform } from '../oci/index.ts';
import { baseDockerfile, findShell } from '../recipes/index.ts';
import { memoryContent, NO_CHILDREN, NO_XATTRS, Tree, TreeEditor, type TreePath } from '../tree/index.ts';
import { isImageArchive } from './archived-image.ts';
import type { SdkErrorCode } from './error.ts';
import { type Common, withStore } from './session.ts';
import { openTree } from './tree-source.ts';

export interface NewBaseOptions extends Common {
  /** Empty, or not there. */
  readonly directory: string;
  /** The tar of a root file system, in any compression. */
  readonly tar: string;
  readonly signal?: AbortSignal;
}

/** The build context of a base image that was made. */
export interface NewBaseReport {
  /** The command of the image; undefined if there is no shell that would start. */
  readonly shell: string | undefined;
  /** As `plinth build --platform` takes it; undefined if no program tells. */
  readonly platform: string | undefined;
  /** Whether that is the platform of this machine, or not known. */
  readonly native: boolean;
}

/**
 * Makes the build context of a base image: the tar of a root file system and a Dockerfile that unpacks it. The tar is
 * read once to know that it is one, for which platform it is, and which shell it has.
 *
 * @throws PlinthError `base-tar-invalid`, `host-not-empty`, and those of `archive/` and `tree/`
 */
export function newBase(options: NewBaseOptions): Promise<NewBaseReport> {
  const { directory, tar, signal } = options;
  const status = statSync(tar, { throwIfNoEntry: false });
  if (status === undefined) throw invalid(tar, 'no such file');
  if (!status.isFile()) throw invalid(tar, 'it is no file');
  return withStore(options, async (store) => {
    const open = await openTree(store, tar, signal);
    try {
      if (isImageArchive(open.tree)) throw invalid(tar, 'it holds an image');
      const facts = findShell(open.tree);
      const context = contextOf(tar, baseDockerfile(basename(tar), facts));
      await materialisePaced(context, directory, { owners: 'squash', ...(signal === undefined ? {} : { signal }) });
      const { shell, platform } = facts;
      const isNative = platform?.architecture === hostPlatform(process.platform, process.arch).architecture;
      return {
        shell,
        platform: platform === undefined ? undefined : formatPlatform(platform),
        native: platform === undefined || isNative,
      };
    } finally {
      open.close();
    }
  });
}

function contextOf(tar: string, dockerfile: string): Tree {
  const { size, mtimeNs } = statSync(tar, { bigint: true });
  const facts = { uid: 0, gid: 0, mtimeNs, xattrs: NO_XATTRS };
  const editor = new TreeEditor(new Tree());
  editor.put('' as TreePath, { kind: 'directory', ...facts, mode: 0o755, children: NO_CHILDREN });
  const content = fileContent(encodeText(tar), Number(size));
  editor.put(encodeText(basename(tar)) as TreePath, { kind: 'file', ...facts, mode: 0o644, content });
  editor.put('Dockerfile' as TreePath, { kind: 'file', ...facts, mode: 0o644, content: memoryContent(dockerfile) });
  return editor.finish();
}

function invalid(path: string, fact: string): PlinthError<SdkErrorCode> {
  return new PlinthError(`open ${path}: ${fact}`, {
    code: 'base-tar-invalid',
    hint: 'Give the tar of a root file system; an image is taken by plinth load.',
    details: { path },
  });
}
