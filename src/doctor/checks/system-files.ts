import { type ByteString, decodeText } from '../../bytes/index.ts';
import { type Finding, finding } from '../finding.ts';
import { hostLibrary } from '../host-files.ts';
import { lastName, parent } from '../patient.ts';
import type { CheckContext } from './check.ts';
import { wanted } from './replace.ts';

/** The files that the C library looks into for users and names. */
export function checkSystemFiles(context: CheckContext): Finding[] {
  return [...checkPasswd(context), ...checkHome(context), ...checkNsswitch(context), ...checkPath(context)];
}

function checkPasswd({ patient, mender }: CheckContext): Finding[] {
  const { uid, gid } = patient.account;
  const text = patient.text('/etc/passwd');
  const known = text?.split('\n').some((line) => Number(line.split(':')[2] || Number.NaN) === uid) ?? false;
  if (known || patient.facts.account === undefined) return [];
  const line = uid === 0 ? 'root:x:0:0:root:/root:/bin/sh' : `app:x:${uid}:${gid}::/:/sbin/nologin`;
  const cause = text === undefined ? 'The image has no /etc/passwd.' : `No line of it is for user ${uid}.`;
  const fix = mender.write('/etc/passwd' as ByteString, `${(text ?? '').replace(/\n*$/, text ? '\n' : '')}${line}\n`);
  return [finding('passwd-missing', '/etc/passwd' as ByteString, { why: `whoami: unknown uid ${uid}`, cause, fix })];
}

function checkHome({ patient, mender }: CheckContext): Finding[] {
  const home = (patient.variable('HOME') ?? patient.account.home) as ByteString;
  if (patient.node(home) !== undefined || patient.text('/etc/passwd') === undefined) return [];
  const cause = 'What is kept in $HOME has no place.';
  const fix = mender.makeDirectory(home, 0o755);
  return [finding('home-missing', home, { why: `${decodeText(home)}: no such file or directory`, cause, fix })];
}

/** Libraries and modules that programs load while they run, and nsswitch.conf. */
function checkNsswitch(context: CheckContext): Finding[] {
  const { patient, mender } = context;
  const programs = patient.plan.steps.filter(({ elf, namedBy }) => elf !== undefined && namedBy !== 'loader');
  const closures = programs.flatMap(({ file }) => patient.closure(file.path) ?? []);
  if (closures.some(({ problems }) => problems.length > 0)) return [];
  const later = closures.flatMap(({ hints, objects }) =>
    hints
      .filter(({ required, path }) => required && path === undefined)
      .map(({ kind, name, why }) => {
        const like = objects[0]?.elf;
        const libc = objects.find(({ path }) => lastName(path) === 'libc.so.6');
        const directories = libc === undefined ? [] : [parent(libc.path)];
        const files = like === undefined ? undefined : hostLibrary(patient, name, { like, directories });
        return finding(
          kind === 'nss' ? 'nss-module-missing' : 'library-at-run-time',
          (objects[0]?.path ?? name) as ByteString,
          {
            why:
              kind === 'nss'
                ? 'Name or service not known'
                : `${decodeText(name)} must be installed for pthread_cancel to work`,
            cause: `${decodeText(name)} is not there: ${why}.`,
            fix: files === undefined ? wanted(context, `/usr/lib/${name}` as ByteString) : mender.fromHost(files),
          },
        );
      }),
  );
  return [
    ...later,
    ...missingSwitch(
      context,
      closures.some(({ hints }) => hints.some(({ kind }) => kind === 'nss')),
    ),
  ];
}

function missingSwitch({ patient, mender }: CheckContext, asksNames: boolean): Finding[] {
  const path = '/etc/nsswitch.conf' as ByteString;
  if (!asksNames || patient.node(path) !== undefined) return [];
  const cause = 'Without it glibc asks DNS before /etc/hosts.';
  const fix = mender.write(path, 'passwd: files\ngroup: files\nhosts: files dns\n');
  return [finding('nsswitch-missing', path, { why: 'names of /etc/hosts come after DNS', cause, fix })];
}

function checkPath({ patient, mender }: CheckContext): Finding[] {
  const relative = patient.path.split(':').filter((directory) => !directory.startsWith('/'));
  if (relative.length === 0) return [];
  const cause = `What ${JSON.stringify(relative.join(':'))} in PATH means depends on the working directory; it is passed over.`;
  const rest = patient.directories.map(decodeText).join(':');
  return [
    finding('path-relative', 'PATH' as ByteString, {
      why: 'executable file not found in $PATH',
      cause,
      fix: mender.configure(`ENV PATH=${rest}`),
    }),
  ];
}
