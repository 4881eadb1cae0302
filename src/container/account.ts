import { type ByteString, decodeText, encodeText } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import { readContent, type Tree } from '../tree/index.ts';
import type { ContainerErrorCode } from './error.ts';

/** Whom a process runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups, ascending, without `gid`. */
  readonly additionalGids: readonly number[];
  /** Home directory of the passwd entry, `/root` or `/` without one. */
  readonly home: string;
}

/** The account files of an image, as text; empty where it has none. */
export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** Account files beyond this are not read: no sound one is near it. */
const ACCOUNT_FILE_LIMIT_BYTES = 16 << 20;
const ID_LIMIT = 0xffff_fffe;

/** The account files in the tree of an image; links are followed inside it. */
export function accountFiles(tree: Tree): AccountFiles {
  return { passwd: textOf(tree, '/etc/passwd'), group: textOf(tree, '/etc/group') };
}

/**
 * Whom `user` names in an image, as Docker resolves it: `NAME|UID[:GROUP|GID]`, `''` is root. Names are looked
 * up in the image's own `/etc/passwd` and `/etc/group`; a number needs no entry, and takes group and home from one if
 * there is one. Supplementary groups are those that list the user, unless a group is given (passwd(5), group(5)).
 *
 * @throws PlinthError `user-unknown`
 */
export function resolveAccount(files: AccountFiles, user: string): Account {
  const colon = user.indexOf(':');
  const name = (colon < 0 ? user : user.slice(0, colon)) || '0';
  const group = colon < 0 ? '' : user.slice(colon + 1);
  const entry = findUser(files, name);
  const uid = entry?.uid ?? parseId(name) ?? unknown('user', name, '/etc/passwd');
  const groups = readGroups(files);
  const home = entry?.home || (uid === 0 ? '/root' : '/');
  if (group !== '') return { uid, gid: resolveGroup(groups, group), additionalGids: [], home };
  const gid = entry?.gid ?? 0;
  const listed = entry === undefined ? [] : groups.filter((one) => one.gid !== gid && one.members.includes(entry.name));
  const additionalGids = [...new Set(listed.map((one) => one.gid))].sort((left, right) => left - right);
  return { uid, gid, additionalGids, home };
}

/** The number of the group that `group` names in the image: a name of its `/etc/group`, or a number. */
function resolveGroup(groups: readonly GroupEntry[], group: string): number {
  const entry = groups.find((one) => one.name === group);
  return entry?.gid ?? parseId(group) ?? unknown('group', group, '/etc/group');
}

function findUser({ passwd }: AccountFiles, name: string): PasswdEntry | undefined {
  const users = accountLines(passwd).flatMap(parseUser);
  const uid = parseId(name);
  return (
    users.find((one) => one.name === name) ?? (uid === undefined ? undefined : users.find((one) => one.uid === uid))
  );
}

function parseUser(fields: readonly string[]): PasswdEntry[] {
  const [name = '', , uidText = '', gidText = '', , home = ''] = fields;
  const uid = parseId(uidText);
  const gid = parseId(gidText);
  return uid === undefined || gid === undefined ? [] : [{ name, uid, gid, home }];
}

function readGroups({ group }: AccountFiles): GroupEntry[] {
  return accountLines(group).flatMap(([name = '', , gidText = '', members = '']) => {
    const gid = parseId(gidText);
    return gid === undefined ? [] : [{ name, gid, members: members.split(',') }];
  });
}

function accountLines(text: string): string[][] {
  return text.split('\n').flatMap((line) => (line === '' || line.startsWith('#') ? [] : [line.split(':')]));
}

function textOf(tree: Tree, path: string): string {
  const node = tree.resolve(encodeText(path))?.node;
  if (node?.kind !== 'file' || node.content.sizeBytes > ACCOUNT_FILE_LIMIT_BYTES) return '';
  return decodeText(readContent(node.content).toString('latin1') as ByteString);
}

function parseId(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= ID_LIMIT ? id : undefined;
}

function unknown(what: 'user' | 'group', name: string, file: string): never {
  throw new PlinthError<ContainerErrorCode>(`find ${what}: ${JSON.stringify(name)} is not in the image's ${file}`, {
    code: 'user-unknown',
    hint: `Add it to ${file} of the image, or give its number.`,
    details: { [what]: name, file },
  });
}
