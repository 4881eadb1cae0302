import { type ByteString, decodeText } from '../../bytes/index.ts';
import { isProgram } from '../../elf/index.ts';
import { readContent } from '../../tree/index.ts';
import { type Finding, finding } from '../finding.ts';
import type { CheckContext } from './check.ts';
import { planFindings } from './plan.ts';
import { ownPrograms, replaceProgram, wanted } from './replace.ts';
import { simpleWords, startedCommands } from './shell-words.ts';

const BUSYBOX_LIMIT_BYTES = 8 << 20;
const SHELL = /^(?:.*\/)?(?:sh|bash|ash|dash)$/;

/** The command of the image, all that it opens on its way, and what it says to a shell. */
export function checkStart(context: CheckContext): Finding[] {
  const { patient } = context;
  if (patient.words.length === 0 || patient.words[0] === '') return [noCommand(context)];
  const found = planFindings(context, patient.plan, patient.words);
  if (found.length > 0) return found;
  return [...libraryAsProgram(context), ...checkShellText(context)];
}

function noCommand(context: CheckContext): Finding {
  const { patient, mender } = context;
  const own = ownPrograms(context);
  const shell = patient.where('sh' as ByteString);
  const command = own.length === 1 ? own[0] : (shell ?? own[0]);
  return finding('command-none', '/' as ByteString, {
    why: 'start container: no command, neither given nor in the image',
    cause: 'The image has neither ENTRYPOINT nor CMD.',
    fix: command === undefined ? wanted(context, '/app' as ByteString) : mender.command([command]),
  });
}

function libraryAsProgram(context: CheckContext): Finding[] {
  const { patient } = context;
  const step = patient.plan.steps.find(({ elf, namedBy }) => elf !== undefined && namedBy !== 'loader');
  if (step?.elf === undefined || isProgram(step.elf)) return [];
  const { path } = step.file;
  return [
    finding('program-is-library', path, {
      why: 'Segmentation fault',
      cause: 'It is a shared library: it has no loader, and does not say that it is a program.',
      fix: replaceProgram(context, path, { plan: patient.plan, words: patient.words }),
    }),
  ];
}

/** What `sh -c TEXT` starts first. */
function checkShellText(context: CheckContext): Finding[] {
  const { patient, mender } = context;
  const [shell = '' as ByteString, option, text = '' as ByteString] = patient.words;
  if (!SHELL.test(shell) || option !== '-c') return [];
  const said = decodeText(text);
  const list = quotedList(said);
  if (list !== undefined) {
    return [
      finding('command-quoted', shell, {
        why: `${decodeText(shell)}: ${said.split(/\s/, 1)[0]}: not found`,
        cause: `${said} is no JSON, which has double quotes, so it is taken for a command of the shell.`,
        fix: mender.command(list as ByteString[]),
      }),
    ];
  }
  const words = simpleWords(said);
  // Only what comes first is sure to be run.
  const first = words?.[0] ?? startedCommands(said.split(/&&|\|\||[;|&\n]/, 1)[0] ?? '')[0];
  return first === undefined
    ? []
    : shellCommandFindings(context, first as ByteString, (words ?? [first]) as ByteString[]);
}

/** `['/app', '-v']` and `[/app, -v]`. */
function quotedList(text: string): string[] | undefined {
  const [, inner] = /^\[\s*(.*?)\s*\]$/s.exec(text) ?? [];
  if (inner === undefined || !/^['"\u201c/]/.test(inner)) return undefined;
  return inner.split(/\s*,\s*/).map((word) => word.replace(/^['"\u201c\u201d]|['"\u201c\u201d]$/g, ''));
}

/** What keeps a command that a shell was given from starting. */
export function shellCommandFindings(
  context: CheckContext,
  command: ByteString,
  words: readonly ByteString[] = [command],
): Finding[] {
  const { patient } = context;
  if (!command.includes('/') && isApplet(context, command)) return [];
  const plan = patient.planOf(words);
  return (
    planFindings(context, plan, words)
      // A shell runs a file without a first line itself.
      .filter(({ code }) => code !== 'script-no-first-line')
      .map((one) => {
        if (one.code !== 'command-missing' && one.code !== 'command-not-on-path') return one;
        return { ...one, code: 'shell-command-missing', why: `sh: ${decodeText(command)}: not found` };
      })
  );
}

/** Whether the shell has the command in itself: that of BusyBox has its applets. */
function isApplet({ patient }: CheckContext, command: ByteString): boolean {
  const shell = patient.where(patient.words[0] ?? ('/bin/sh' as ByteString));
  const content = shell === undefined ? undefined : patient.file(shell)?.content;
  if (content === undefined || content.sizeBytes > BUSYBOX_LIMIT_BYTES) return false;
  const bytes = readContent(content);
  return bytes.includes('BusyBox v') && bytes.includes(`\0${command}\0`, 0, 'latin1');
}
