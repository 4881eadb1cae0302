import { readdirSync } from 'node:fs';
import { errorFact, systemErrorCode } from '../errors/index.ts';
import { memoryContent, NO_XATTRS, type Tree, TreeEditor, type TreePath } from '../tree/index.ts';
import { recipesError } from './error.ts';
import { commandTarget, type PlannedEntry } from './minios-plan.ts';

/** What installing a BusyBox makes: the program and a link for each of its commands, parents first. */
export function planInstalled(busybox: Buffer, applets: readonly string[]): PlannedEntry[] {
  const commands = [...new Set(applets)].filter((path) => path !== 'bin/busybox').sort();
  const parents = new Set(['bin']);
  for (const path of commands) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) parents.add(parts.slice(0, depth).join('/'));
  }
  return [
    ...[...parents].sort().map((path) => ({ kind: 'directory', path, mode: 0o755 }) as const),
    { kind: 'file', path: 'bin/busybox', mode: 0o755, content: busybox },
    ...commands.map((path) => ({ kind: 'link', path, target: commandTarget(path) }) as const),
  ];
}

/** The entries as the tree of a root file system, owned by root. */
export function entriesTree(entries: readonly PlannedEntry[], mtimeSeconds: number): Tree {
  const editor = new TreeEditor();
  const facts = { uid: 0, gid: 0, mtimeNs: BigInt(mtimeSeconds) * 1_000_000_000n, xattrs: NO_XATTRS };
  for (const entry of entries) {
    const path = entry.path as TreePath;
    if (entry.kind === 'directory') {
      editor.put(path, { kind: 'directory', ...facts, mode: entry.mode, children: new Map() });
    } else if (entry.kind === 'file') {
      const content = memoryContent(entry.content);
      editor.put(path, { kind: 'file', ...facts, mode: entry.mode, content });
    } else editor.put(path, { kind: 'symlink', ...facts, mode: 0o777, target: entry.target as TreePath });
  }
  return editor.finish();
}

/** Whether a BusyBox may be installed in `directory`. @throws PlinthError `busybox-output-used` */
export function checkInstallDirectory(directory: string): void {
  const refuse = (fact: string) =>
    recipesError('busybox-output-used', `install BusyBox in ${directory}: ${fact}`, {
      hint: 'Give an empty or new directory.',
      details: { path: directory },
    });
  try {
    if (readdirSync(directory).length === 0) return;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw refuse(errorFact(error));
  }
  throw refuse('the directory holds something else');
}
