import { type ByteString, decodeText } from '../../bytes/index.ts';
import type { ProgramStep } from '../../loader/index.ts';
import { type Node, parentPath, ROOT_PATH, type TreePath } from '../../tree/index.ts';
import { type Finding, finding } from '../finding.ts';
import type { CheckContext } from './check.ts';

/** Whether the user and the group of the config exist. */
export function checkAccount(context: CheckContext): Finding[] {
  const { patient } = context;
  const { User = '' } = patient.config;
  if (patient.facts.account !== undefined || User === '') return [];
  const [user = '', group = ''] = User.split(':');
  const passwd = patient.text('/etc/passwd') ?? '';
  const hasUser = /^\d+$/.test(user) || hasEntry(passwd, user);
  const [code, name, path] = hasUser
    ? (['group-missing', group, '/etc/group'] as const)
    : (['user-missing', user, '/etc/passwd'] as const);
  const what = hasUser ? 'group' : 'user';
  return [
    finding(code, path as ByteString, {
      why: `find ${what}: ${JSON.stringify(name)} is not in the image's ${path}`,
      cause: patient.file(path) === undefined ? `The image has no ${path}.` : `No line of it begins with ${name}:.`,
      fix: addEntry(context, path, hasUser ? groupLine(name) : userLine(name)),
    }),
  ];
}

function hasEntry(text: string, name: string): boolean {
  return text.split('\n').some((line) => line.startsWith(`${name}:`));
}

const FIRST_ID = 1000;

const userLine = (name: string) => (id: number) => `${name}:x:${id}:${id}::/:/sbin/nologin`;
const groupLine = (name: string) => (id: number) => `${name}:x:${id}:`;

function addEntry({ patient, mender }: CheckContext, path: string, line: (id: number) => string): Finding['fix'] {
  const text = patient.text(path) ?? (path === '/etc/passwd' ? 'root:x:0:0:root:/root:/bin/sh\n' : 'root:x:0:\n');
  const taken = new Set(text.split('\n').map((row) => Number(row.split(':')[2])));
  let id = FIRST_ID;
  while (taken.has(id)) id++;
  const node = patient.file(path);
  return mender.write(path as ByteString, `${text.replace(/\n*$/, '\n')}${line(id)}\n`, node);
}

/** Whether the user may open all that is opened on the way to the running program. */
export function checkPermissions(context: CheckContext): Finding[] {
  const { patient } = context;
  if (patient.account.uid === 0 || patient.facts.account === undefined) return [];
  const steps = patient.plan.steps;
  const found = steps.flatMap((step) => stepPermissions(context, step));
  const libraries = steps
    .filter(({ elf, namedBy }) => elf !== undefined && namedBy !== 'loader')
    .flatMap(({ file }) => patient.closure(file.path)?.objects ?? [])
    .filter(({ role }) => role === 'library')
    .flatMap(({ path, realPath }) => {
      const why = `error while loading shared libraries: ${decodeText(path)}: cannot open shared object file: Permission denied`;
      return [...entering(context, realPath, why), ...reading(context, realPath, why)];
    });
  return [...new Map([...found, ...libraries].map((one) => [`${one.code}\0${one.path}`, one])).values()];
}

function stepPermissions(context: CheckContext, { file, format }: ProgramStep): Finding[] {
  const { patient, mender } = context;
  const path = `/${file.realPath}` as ByteString;
  const why = `exec ${decodeText(file.path)}: permission denied`;
  const enter = entering(context, file.realPath, why);
  if (enter.length > 0) return enter;
  if ((file.node.mode & 0o111) !== 0 && !patient.may(file.node, 1)) {
    const cause = `Its mode is ${shown(file.node)}, and user ${patient.account.uid} is not among those who may execute it.`;
    return [finding('user-may-not-execute', path, { why, cause, fix: mender.setMode(path, open(file.node, 0o111)) })];
  }
  return format === 'script'
    ? reading(context, file.realPath, `can't open '${decodeText(file.path)}': Permission denied`)
    : [];
}

function reading({ patient, mender }: CheckContext, realPath: TreePath, why: string): Finding[] {
  const node = patient.tree.lookup(realPath);
  if (node === undefined || patient.may(node, 4)) return [];
  const path = `/${realPath}` as ByteString;
  const cause = `Its mode is ${shown(node)}, and user ${patient.account.uid} may not read it.`;
  return [finding('user-may-not-read', path, { why, cause, fix: mender.setMode(path, open(node, 0o444)) })];
}

/** The directories above a file, down from the root. */
function entering({ patient, mender }: CheckContext, realPath: TreePath, why: string): Finding[] {
  const above: TreePath[] = [];
  for (let path = realPath; path !== ROOT_PATH; path = parentPath(path)) above.unshift(parentPath(path));
  for (const place of above) {
    const node = patient.tree.lookup(place);
    if (node === undefined || patient.may(node, 1)) continue;
    const path = `/${place}` as ByteString;
    const cause = `The mode of ${decodeText(path)} is ${shown(node)}, and user ${patient.account.uid} may not enter it.`;
    return [finding('user-may-not-enter', path, { why, cause, fix: mender.setMode(path, open(node, 0o555)) })];
  }
  return [];
}

/** The mode with `bits` for all. */
function open({ mode }: Node, bits: number): number {
  return (mode & 0o7777) | bits | ((mode & 0o400) === 0 ? 0 : 0o444);
}

function shown({ mode, uid, gid }: Node): string {
  return `0${(mode & 0o7777).toString(8)} of ${uid}:${gid}`;
}
