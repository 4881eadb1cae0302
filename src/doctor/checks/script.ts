import { type ByteString, decodeText } from '../../bytes/index.ts';
import type { LoaderProblem } from '../../loader/index.ts';
import { type Finding, type Fix, finding } from '../finding.ts';
import { hostProgram } from '../host-files.ts';
import { packagesFor } from '../packages.ts';
import { join, lastName } from '../patient.ts';
import type { CheckContext } from './check.ts';
import { linkFinding } from './link.ts';
import type { Attempt } from './plan.ts';
import { ownPrograms, sameNameElsewhere, wanted } from './replace.ts';

const SHELL_NAMES = /^(?:ba|da|a|k|z)?sh$/;

/** A script that the kernel or env(1) does not find the interpreter of. */
export function scriptFinding(context: CheckContext, problem: LoaderProblem, { plan, words }: Attempt): Finding {
  const { mender } = context;
  const { kind, path, message: why, missing, hint: cause = '' } = problem;
  switch (kind) {
    case 'script-carriage-return': {
      const fix = mender.edit(path, 's/\\r$//', (text) => text.replace(/\r$/gm, ''));
      return finding('script-carriage-return', path, { why, cause, fix });
    }
    case 'script-nesting': {
      const last = plan.steps.findLast(({ format }) => format === 'script');
      const fix = mender.command(['/bin/sh' as ByteString, path, ...words.slice(1)]);
      return finding('script-nesting', last?.file.path ?? path, { why, cause, fix });
    }
    case 'script-first-line':
      return firstLine(context, problem);
    default:
      return missingInterpreter(context, problem, missing ?? path);
  }
}

function firstLine(context: CheckContext, { path, message: why, hint = '' }: LoaderProblem): Finding {
  const [line = ''] = (context.patient.text(path) ?? '').split('\n', 1);
  const isEmpty = /^#!\s*$/.test(line);
  const known = /^#!\s*(\S+)/.exec(line)?.[1];
  const fix = isEmpty ? newFirstLine(context, path, '/bin/sh') : shorterFirstLine(context, path, known as ByteString);
  return finding(isEmpty ? 'script-first-line' : 'script-too-long', path, { why, cause: hint, fix });
}

/** The interpreter by a shorter path: beside the others of its kind. */
function shorterFirstLine(context: CheckContext, path: ByteString, interpreter: ByteString | undefined): Fix {
  if (interpreter === undefined) return newFirstLine(context, path, '/bin/sh');
  const elsewhere = sameNameElsewhere(context, interpreter);
  if (elsewhere !== undefined) return newFirstLine(context, path, decodeText(elsewhere));
  const shorter = join('/usr/local/bin' as ByteString, lastName(interpreter));
  if (context.patient.file(interpreter) === undefined) return newFirstLine(context, path, '/bin/sh');
  const copied = context.mender.copyWithin(interpreter, shorter);
  const edited = newFirstLine(context, path, decodeText(shorter));
  return {
    commands: [...copied.commands, ...edited.commands],
    dockerfile: [...copied.dockerfile, ...edited.dockerfile],
  };
}

function newFirstLine({ mender }: CheckContext, path: ByteString, interpreter: string): Fix {
  return mender.edit(path, `1s|.*|#!${interpreter}|`, (text) => text.replace(/^.*/, `#!${interpreter}`));
}

function missingInterpreter(context: CheckContext, problem: LoaderProblem, interpreter: ByteString): Finding {
  const { path, message: why, hint: cause = '' } = problem;
  const link = interpreter.startsWith('/') ? linkFinding(context, interpreter, why) : undefined;
  if (link !== undefined) return link;
  if (interpreter.startsWith('/')) {
    const fix = bringInterpreter(context, path, interpreter);
    return finding('script-interpreter-missing', path, { why, cause, fix });
  }
  const place = context.patient.where(lastName(interpreter)) ?? (`/bin/${lastName(interpreter)}` as ByteString);
  return finding('script-interpreter-relative', path, {
    why,
    cause: `Its first line asks for ${decodeText(interpreter)}, which is looked for in the working directory, ${decodeText(context.patient.cwd)}; the kernel knows no PATH.`,
    fix: newFirstLine(context, path, decodeText(place)),
  });
}

function bringInterpreter(context: CheckContext, script: ByteString, interpreter: ByteString): Fix {
  const { patient, mender } = context;
  const name = lastName(interpreter);
  const elsewhere =
    sameNameElsewhere(context, interpreter) ?? ownPrograms(context).find((path) => lastName(path) === name);
  if (elsewhere !== undefined) return mender.copyWithin(elsewhere, interpreter);
  const busybox = patient.where('busybox' as ByteString);
  if (name === 'env' && busybox !== undefined && patient.starts([busybox])) {
    return mender.link(busybox, interpreter);
  }
  const packages = packagesFor(context, name);
  if (packages !== undefined) return packages;
  const files = hostProgram(patient, interpreter, undefined);
  if (files !== undefined) return mender.fromHost(files);
  const isShell = SHELL_NAMES.test(name) && patient.starts(['/bin/sh' as ByteString]);
  return isShell ? newFirstLine(context, script, '/bin/sh') : wanted(context, interpreter);
}
