import { type ByteString, decodeText } from '../../bytes/index.ts';
import type { RootFiles } from '../../loader/index.ts';
import { memoryContent, type TreePath } from '../../tree/index.ts';
import type { PackDraft, PartName } from './pack-draft.ts';

const SYSTEM: PartName = { name: 'system', what: 'users, name lookup, /tmp' };
const LIMIT_BYTES = 1 << 20;

const PASSWD = ['root:x:0:0:root:/root:/bin/sh', 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin'];
const GROUP = ['root:x:0:', 'nogroup:x:65534:'];
/** Links where `/usr` is merged: scripts and settings may name what was packed by these. */
const MERGED = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'] as TreePath[];
/** The services that are in the C library itself, or in libraries beside it that are packed. */
const NSSWITCH = `passwd:     files
group:      files
shadow:     files
hosts:      files dns
networks:   files
protocols:  files
services:   files
`;

/** What every system has; `users` are those whose lines are taken over, and `isGlibc` says who looks up names. */
export function addSystemFiles(draft: PackDraft, users: readonly string[], isGlibc: boolean): void {
  const put = (path: string, text: string) => draft.addFile(path as TreePath, memoryContent(text), SYSTEM);
  const passwd = linesOf(draft.files, '/etc/passwd', users);
  const groups = [...new Set(passwd.map((line) => line.split(':')[3] ?? ''))];
  const group = linesOf(draft.files, '/etc/group', users, groups);
  put('etc/passwd', text([...PASSWD, ...passwd]));
  put('etc/group', text([...GROUP, ...group]));
  if (isGlibc) put('etc/nsswitch.conf', NSSWITCH);
  draft.takeDirectoryLinks(MERGED, SYSTEM);
  draft.addDirectory('root' as TreePath, 0o700, SYSTEM);
  draft.addDirectory('tmp' as TreePath, 0o1777, SYSTEM);
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** The lines of these names, or with these ids, without members: they are other users. */
function linesOf(files: RootFiles, path: string, names: readonly string[], ids: readonly string[] = []): string[] {
  const lines = decodeText(files.text(path as ByteString, LIMIT_BYTES) ?? ('' as ByteString)).split('\n');
  const wanted = lines.filter((line) => {
    const [name = '', , id = ''] = line.split(':');
    return name !== 'root' && (names.includes(name) || ids.includes(id));
  });
  return wanted.map((line) => (path === '/etc/group' ? line.replace(/[^:]*$/, '') : line));
}
