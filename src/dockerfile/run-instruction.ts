import { dockerfileProblem } from './dockerfile-error.ts';
import { FlagValues } from './flag-values.ts';
import { heredocText, parseHeredocMark } from './heredoc.ts';
import type { CommandForm, RunInstruction } from './instruction.ts';
import { type Mount, parseMount } from './mount.ts';
import { nodeRange, type SyntaxNode } from './syntax-node.ts';

const FLAGS = { mount: 'texts', network: 'text', security: 'text', device: 'texts' } as const;
type RunFlags = FlagValues<keyof typeof FLAGS>;

/** The arguments of RUN, CMD or ENTRYPOINT as a command line. */
export function readCommandForm(node: SyntaxNode, args: SyntaxNode['args'] = node.args): CommandForm {
  const texts = args.map(({ text }) => text);
  return node.isJson ? { form: 'exec', args: texts } : { form: 'shell', text: texts.join(' ') };
}

/** Reads RUN. @throws PlinthError `dockerfile-*` */
export function readRun(node: SyntaxNode): RunInstruction {
  const flags: RunFlags = new FlagValues(node, FLAGS);
  if (node.args.length === 0) {
    const range = nodeRange(node);
    throw dockerfileProblem('RUN requires a command', { code: 'dockerfile-arguments-invalid', range });
  }
  return {
    kind: 'run',
    node,
    command: readCommandForm(node),
    mounts: flags.texts('mount').map((text, index) => readMount(flags, text, index)),
    network: readChoice(flags, 'network', ['default', 'none', 'host'] as const),
    security: readChoice(flags, 'security', ['sandbox', 'insecure'] as const),
    devices: flags.texts('device'),
  };
}

function readMount(flags: RunFlags, text: string, index: number): Mount {
  const mount = parseMount(text);
  if ('fault' in mount) throw flags.problem('mount', index, mount.fault, mount.hint);
  return mount;
}

/** One of `choices`, the first by default. */
function readChoice<const Choice extends string>(
  flags: RunFlags,
  name: 'network' | 'security',
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const value = flags.text(name);
  if (value === undefined) return choices[0];
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  throw flags.problem(name, 0, `--${name} is ${JSON.stringify(value)}, it must be one of ${choices.join(', ')}`);
}

/** What a RUN step executes. */
export type RunCommand =
  /** A program with its arguments. */
  | { readonly kind: 'exec'; readonly args: readonly string[] }
  /** A text for the shell in force. */
  | { readonly kind: 'shell'; readonly text: string }
  /** A file of this name to be made and executed: a here-document that begins with `#!`. */
  | { readonly kind: 'script'; readonly name: string; readonly content: string };

/** What `run` executes, its here-documents put where they belong (Dockerfile reference, Here-Documents). */
export function runCommand(run: RunInstruction): RunCommand {
  const { command } = run;
  const { heredocs } = run.node;
  if (command.form === 'exec') return { kind: 'exec', args: command.args };
  const [first] = heredocs;
  if (first === undefined) return { kind: 'shell', text: command.text };
  if (parseHeredocMark(command.text) !== undefined) {
    const content = heredocText(first);
    return content.startsWith('#!') ? { kind: 'script', name: first.name, content } : { kind: 'shell', text: content };
  }
  // The shell reads these itself: they go back where they stood.
  const tail = heredocs.map(({ content, name }) => `\n${content}${name}`).join('');
  return { kind: 'shell', text: command.text + tail };
}
