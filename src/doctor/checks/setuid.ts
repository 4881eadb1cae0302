import { type ByteString, decodeText } from '../../bytes/index.ts';
import { type Finding, finding } from '../finding.ts';
import { join } from '../patient.ts';
import type { CheckContext } from './check.ts';

const SETUID = 0o4000;

/** Setuid programs, which gain nothing in a container with no_new_privs, as plinth run makes them. */
export function checkSetuid(context: CheckContext): Finding[] {
  const { patient, mender } = context;
  if (patient.account.uid === 0) return [];
  const command = patient.plan.steps.find(
    ({ file, namedBy }) => namedBy === 'command' && (file.node.mode & SETUID) !== 0,
  );
  const cause = 'plinth run sets no_new_privs: the kernel ignores the setuid bit.';
  if (command !== undefined) {
    const { path } = command.file;
    const why = `${decodeText(path)}: effective uid is not 0`;
    return [finding('setuid-command', path, { why, cause, fix: mender.configure('USER 0') })];
  }
  return programs(context).map((path) => {
    const why = `${decodeText(path)}: effective uid is not 0`;
    const mode = (patient.tree.resolve(path)?.node.mode ?? 0o755) & 0o1777;
    return finding('setuid-useless', path, { why, cause, fix: mender.setMode(path, mode) });
  });
}

function programs({ patient }: CheckContext): ByteString[] {
  const found = new Set<ByteString>();
  for (const directory of patient.directories) {
    const resolved = patient.tree.resolve(directory);
    if (resolved?.node.kind !== 'directory') continue;
    for (const [name, node] of resolved.node.children) {
      if (node.kind === 'file' && (node.mode & SETUID) !== 0) found.add(join(`/${resolved.path}` as ByteString, name));
    }
  }
  return [...found];
}
