import { type ByteString, decodeText } from '../../bytes/index.ts';
import { commandsFix, type Fix } from '../finding.ts';
import { hostProgram } from '../host-files.ts';
import { join, lastName } from '../patient.ts';
import type { CheckContext } from './check.ts';
import type { Attempt } from './plan.ts';

/** Another file for one that is no use: that of the same name elsewhere in the image, or of this machine, or a new one. */
export function replaceProgram(context: CheckContext, path: ByteString, attempt?: Attempt): Fix {
  const { patient, mender } = context;
  const other = sameNameElsewhere(context, path);
  const isCommand =
    attempt !== undefined && attempt.plan.steps.length <= 1 && patient.where(attempt.plan.command) === path;
  if (other !== undefined) {
    return isCommand ? mender.command([other, ...attempt.words.slice(1)]) : mender.copyWithin(other, path);
  }
  const inside = patient.tree.resolve(path)?.node.kind === 'directory' ? programIn(context, path) : undefined;
  if (inside !== undefined && isCommand) return mender.command([inside, ...attempt.words.slice(1)]);
  const files = hostProgram(patient, path, undefined);
  return files === undefined ? rebuild(context, path) : mender.fromHost(files);
}

/** A file on PATH with the name of `path` that starts. */
export function sameNameElsewhere({ patient }: CheckContext, path: ByteString): ByteString | undefined {
  return patient.directories
    .map((directory) => join(directory, lastName(path)))
    .find((other) => other !== path && patient.file(other) !== undefined && patient.starts([other]));
}

/** The one program that lies in a directory. */
function programIn({ patient }: CheckContext, directory: ByteString): ByteString | undefined {
  const node = patient.tree.resolve(directory)?.node;
  if (node?.kind !== 'directory') return undefined;
  const programs = [...node.children].filter(([, child]) => child.kind === 'file' && (child.mode & 0o111) !== 0);
  const [only] = programs.map(([name]) => join(directory, name)).filter((path) => patient.starts([path]));
  return programs.length === 1 ? only : undefined;
}

/** What to do about a program that nothing here can replace. */
export function rebuild({ patient }: CheckContext, path: ByteString): Fix {
  const { platform, host } = patient.facts;
  const { architecture, variant } = platform ?? host.platform;
  const machine = variant === undefined ? architecture : `${architecture}/${variant}`;
  const name = decodeText(lastName(path));
  return {
    commands: [`file ${name}   # build it for linux/${machine}: this must say so`],
    dockerfile: [`COPY --chmod=0755 ${name} ${decodeText(path)}`],
  };
}

/** Names that a container has something else at. */
const SYSTEM = /^\/(?:proc|sys|dev|etc|tmp)$/;

/** Programs of the image outside the system's directories: what it was made for. */
export function ownPrograms({ patient }: CheckContext): ByteString[] {
  const found: ByteString[] = [];
  for (const directory of ['', '/app', '/usr/local/bin', '/opt', '/srv', '/opt/app', '/app/bin'] as ByteString[]) {
    const node = patient.tree.resolve(directory)?.node;
    if (node?.kind !== 'directory') continue;
    for (const [name, child] of node.children) {
      const path = join(directory, name);
      if (SYSTEM.test(path)) continue;
      if (child.kind === 'file' && (child.mode & 0o111) !== 0 && patient.starts([path])) found.push(path);
    }
  }
  return found;
}

/** A fix that only a human can fill in: what is wanted, from where. */
export function wanted(context: CheckContext, path: ByteString): Fix {
  const text = decodeText(path);
  if (context.patient.facts.source.kind !== 'image') return commandsFix(`install -D FILE ${text}`);
  return { commands: [], dockerfile: [`COPY --from=IMAGE-THAT-HAS-IT ${text} ${text}`] };
}
