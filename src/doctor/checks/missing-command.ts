import { type ByteString, decodeText, encodeText } from '../../bytes/index.ts';
import { nearMiss } from '../../errors/index.ts';
import type { LoaderProblem } from '../../loader/index.ts';
import { type Finding, type Fix, finding } from '../finding.ts';
import { hostProgram } from '../host-files.ts';
import { packagesFor } from '../packages.ts';
import { join, lastName, parent } from '../patient.ts';
import { copyLine } from '../quote.ts';
import type { CheckContext } from './check.ts';
import { linkFinding } from './link.ts';
import { missingShell } from './missing-shell.ts';
import type { Attempt } from './plan.ts';
import { ownPrograms, sameNameElsewhere, wanted } from './replace.ts';

/** Why a command is not found: the first word, or what env(1) is asked for. */
export function missingCommand(context: CheckContext, problem: LoaderProblem, attempt: Attempt): Finding {
  const { missing: command = problem.path } = problem;
  const isFirst = attempt.plan.steps.length === 0;
  if (!isFirst) return missingByEnv(context, problem, command);
  return (
    linkFinding(context, command, problem.message) ??
    severalWords(context, problem, attempt) ??
    missingShell(context, problem, attempt) ??
    missingFile(context, problem, attempt)
  );
}

/** `["/app -v"]`: one word that ought to be several. */
function severalWords(
  { patient, mender }: CheckContext,
  problem: LoaderProblem,
  { words }: Attempt,
): Finding | undefined {
  const [first = '' as ByteString, ...others] = words;
  const parts = first.trim().split(/\s+/) as ByteString[];
  const [command] = parts;
  if (command === undefined || parts.length < 2 || patient.where(command) === undefined) return undefined;
  return finding('command-arguments', command, {
    why: problem.message,
    cause: `The command is one word with spaces in it, ${JSON.stringify(decodeText(first))}; ${decodeText(command)} is there.`,
    fix: mender.command([...parts, ...others]),
  });
}

function missingFile(context: CheckContext, problem: LoaderProblem, { words }: Attempt): Finding {
  const [command = '' as ByteString, ...rest] = words;
  const { message: why, hint = '' } = problem;
  const isPath = command.includes('/');
  const code = isPath ? 'command-missing' : 'command-not-on-path';
  const path = isPath ? context.patient.absolute(command) : command;
  return finding(code, path, { why, cause: hint || 'It is not there.', fix: insteadOf(context, command, rest) });
}

function insteadOf(context: CheckContext, command: ByteString, rest: readonly ByteString[]): Fix {
  const { patient, mender } = context;
  const near = sameNameElsewhere(context, command) ?? similar(context, command);
  if (near !== undefined) return mender.command([near, ...rest]);
  const own = ownPrograms(context);
  const same = own.find((path) => lastName(path) === lastName(command));
  if (same !== undefined && !command.includes('/') && patient.facts.source.kind === 'image') {
    return mender.configure(`ENV PATH=${decodeText(parent(same))}:${decodeText(patient.path)}`);
  }
  const [only] = own;
  if (same !== undefined || (own.length === 1 && only !== undefined)) {
    return mender.command([same ?? only ?? command, ...rest]);
  }
  const place = command.includes('/') ? patient.absolute(command) : join('/usr/bin' as ByteString, command);
  const packages = packagesFor(context, lastName(command));
  const files = packages === undefined ? hostProgram(patient, place, undefined) : undefined;
  return packages ?? (files === undefined ? added(context, command, place) : mender.fromHost(files));
}

/** What nobody here has: a program of one's own is in the context, one by its name alone in some other image. */
function added(context: CheckContext, command: ByteString, place: ByteString): Fix {
  if (!command.includes('/') || context.patient.facts.source.kind !== 'image') return wanted(context, place);
  return context.mender.configure(copyLine(['--chmod=0755'], [lastName(place), place]));
}

/** A program of a similar name in the same directory, or on PATH. */
function similar({ patient }: CheckContext, command: ByteString): ByteString | undefined {
  const directories = command.includes('/') ? [parent(patient.absolute(command))] : patient.directories;
  for (const directory of directories) {
    const node = patient.tree.resolve(directory)?.node;
    if (node?.kind !== 'directory') continue;
    const near = nearMiss(decodeText(lastName(command)), [...node.children.keys()].map(decodeText));
    const path = near === undefined ? undefined : join(directory, encodeText(near));
    if (path !== undefined && patient.starts([path])) return path;
  }
  return undefined;
}

/** `#!/usr/bin/env COMMAND`. */
function missingByEnv(context: CheckContext, problem: LoaderProblem, command: ByteString): Finding {
  const { patient, mender } = context;
  const { path, message: why, hint } = problem;
  if (/\s/.test(command)) return argumentsOfEnv(context, problem, command);
  const place = join('/usr/bin' as ByteString, command);
  const elsewhere = ownPrograms(context).find((one) => lastName(one) === lastName(command));
  const files = elsewhere === undefined ? hostProgram(patient, place, undefined) : undefined;
  const brought = files === undefined ? wanted(context, place) : mender.fromHost(files);
  const fix =
    elsewhere === undefined ? (packagesFor(context, command) ?? brought) : mender.copyWithin(elsewhere, place);
  return finding('script-command-missing', path, { why, cause: hint ?? 'It is not on PATH.', fix });
}

/** `#!/usr/bin/env python3 -u`: the kernel makes one argument of it. */
function argumentsOfEnv({ patient, mender }: CheckContext, problem: LoaderProblem, command: ByteString): Finding {
  const { path, message: why } = problem;
  const [program = '' as ByteString, ...rest] = command.trim().split(/\s+/) as ByteString[];
  const where = patient.where(program);
  // Not every env has -S: that of BusyBox has not. With one argument nobody needs it.
  const line = where === undefined || rest.length > 1 ? undefined : `#!${[where, ...rest].map(decodeText).join(' ')}`;
  const fix =
    line === undefined
      ? mender.edit(path, '1s|env  *|env -S |', (text) => text.replace(/^(#!.*?env) +/, '$1 -S '))
      : mender.edit(path, `1s|.*|${line}|`, (text) => text.replace(/^.*/, line));
  const cause = `The kernel gives env all that follows as one argument, ${JSON.stringify(decodeText(command))}; env -S splits it.`;
  return finding('script-env-arguments', path, { why, cause, fix });
}
