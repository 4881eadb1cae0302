import { readAdd, readCopy } from './copy-instruction.ts';
import { type DockerfileErrorCode, type DockerfileProblem, dockerfileProblem } from './dockerfile-error.ts';
import { FlagValues } from './flag-values.ts';
import { readHealthcheck } from './healthcheck-instruction.ts';
import type {
  ArgDefinition,
  ArgInstruction,
  FromInstruction,
  Instruction,
  NamedValue,
  OnbuildInstruction,
  ShellInstruction,
  VolumeInstruction,
} from './instruction.ts';
import { checkValues } from './instruction-values.ts';
import { readCommandForm, readRun } from './run-instruction.ts';
import type { Word } from './source-range.ts';
import { type InstructionName, nodeRange, nodeText, type SyntaxNode } from './syntax-node.ts';
import { trimSpace } from './white-space.ts';

type Readers = { readonly [Name in InstructionName]: (node: SyntaxNode) => Instruction };

const READERS: Readers = {
  add: readAdd,
  arg: readArg,
  cmd: (node) => ({ kind: 'cmd', node: withoutFlags(node), command: readCommandForm(node) }),
  copy: readCopy,
  entrypoint: (node) => ({ kind: 'entrypoint', node: withoutFlags(node), command: readCommandForm(node) }),
  env: (node) => ({ kind: 'env', node, values: readPairs(node) }),
  expose: (node) => ({ kind: 'expose', node, ports: readSome(node) }),
  from: readFrom,
  healthcheck: readHealthcheck,
  label: (node) => ({ kind: 'label', node, values: readPairs(node) }),
  maintainer: (node) => ({ kind: 'maintainer', node, name: readOne(node) }),
  onbuild: readOnbuild,
  run: readRun,
  shell: readShell,
  stopsignal: (node) => ({ kind: 'stopsignal', node, signal: readOne(node) }),
  user: (node) => ({ kind: 'user', node, user: readOne(node) }),
  volume: readVolume,
  workdir: (node) => ({ kind: 'workdir', node, path: readOne(node) }),
};

/**
 * Understands one instruction.
 *
 * @throws PlinthError `dockerfile-arguments-invalid`, `dockerfile-flag-*`, `dockerfile-value-invalid`, …
 */
export function readInstruction(node: SyntaxNode): Instruction {
  const instruction = READERS[node.name](node);
  checkValues(instruction);
  return instruction;
}

function readFrom(node: SyntaxNode): FromInstruction {
  const [image, as, stage] = node.args;
  const isNamed = node.args.length === 3 && as?.text.toLowerCase() === 'as';
  if (image === undefined || (node.args.length !== 1 && !isNamed)) {
    throw invalid(
      node,
      undefined,
      'FROM requires either one or three arguments',
      'Write FROM image or FROM image AS name.',
    );
  }
  const stageName = isNamed ? stage?.text.toLowerCase() : undefined;
  if (stageName !== undefined && !/^[a-z][a-z0-9-_.]*$/.test(stageName)) {
    const fact = `invalid name for build stage: ${JSON.stringify(stage?.text)}`;
    const hint = 'A stage name starts with a letter and has only letters, digits, -, _ and . after it.';
    throw invalid(node, stage, fact, hint, 'dockerfile-value-invalid');
  }
  const flags = new FlagValues(node, { platform: 'text' });
  return { kind: 'from', node, image: image.text, stageName, platform: flags.text('platform') || undefined };
}

function readArg(node: SyntaxNode): ArgInstruction {
  readSome(node);
  return { kind: 'arg', node, args: node.args.map((word) => readDefinition(node, word)) };
}

function readDefinition(node: SyntaxNode, word: Word): ArgDefinition {
  const equals = word.text.indexOf('=');
  if (equals < 0) return { name: word.text, value: undefined };
  if (equals === 0) throw invalid(node, word, 'ARG names can not be blank');
  return { name: word.text.slice(0, equals), value: word.text.slice(equals + 1) };
}

/** Name, value and separator follow each other in the arguments. */
function readPairs(node: SyntaxNode): NamedValue[] {
  readSome(node);
  const values: NamedValue[] = [];
  for (let at = 0; at + 1 < node.args.length; at += 3) {
    const name = node.args[at];
    if (!name?.text) throw invalid(node, name, `${node.name.toUpperCase()} names can not be blank`);
    values.push({ name: name.text, value: node.args[at + 1]?.text ?? '' });
  }
  return values;
}

function readShell(node: SyntaxNode): ShellInstruction {
  const args = readSome(node);
  if (!node.isJson) {
    throw invalid(
      node,
      undefined,
      'SHELL requires the arguments to be in JSON form',
      'Write it as SHELL ["/bin/sh", "-c"].',
    );
  }
  return { kind: 'shell', node, args };
}

function readVolume(node: SyntaxNode): VolumeInstruction {
  const paths = readSome(node).map(trimSpace);
  if (paths.includes('')) throw invalid(node, undefined, 'a path of VOLUME is empty');
  return { kind: 'volume', node, paths };
}

const NEVER_TRIGGERED: ReadonlySet<string> = new Set(['onbuild', 'from', 'maintainer']);

function readOnbuild(node: SyntaxNode): OnbuildInstruction {
  withoutFlags(node);
  const { sub } = node;
  if (sub === undefined) throw invalid(node, undefined, 'ONBUILD requires an instruction');
  if (NEVER_TRIGGERED.has(sub.name)) {
    const fact = `${sub.name.toUpperCase()} isn't allowed as an ONBUILD trigger`;
    throw dockerfileProblem(fact, { code: 'dockerfile-instruction-misplaced', range: nodeRange(sub) });
  }
  readInstruction({ ...sub, heredocs: node.heredocs });
  const heredocs = node.heredocs.map(({ content, name }) => `\n${content}${name}`).join('');
  return { kind: 'onbuild', node, trigger: nodeText(sub) + heredocs };
}

/** Refuses every flag. */
function withoutFlags(node: SyntaxNode): SyntaxNode {
  new FlagValues(node, {});
  return node;
}

function readOne(node: SyntaxNode): string {
  withoutFlags(node);
  const [word, ...more] = node.args;
  if (word === undefined || more.length > 0) {
    throw invalid(node, undefined, `${node.name.toUpperCase()} requires exactly one argument`);
  }
  return word.text;
}

function readSome(node: SyntaxNode): string[] {
  withoutFlags(node);
  if (node.args.length === 0)
    throw invalid(node, undefined, `${node.name.toUpperCase()} requires at least one argument`);
  return node.args.map(({ text }) => text);
}

function invalid(
  node: SyntaxNode,
  word: Word | undefined,
  fact: string,
  hint?: string,
  code: DockerfileErrorCode = 'dockerfile-arguments-invalid',
): DockerfileProblem {
  return dockerfileProblem(fact, { code, range: nodeRange(node, word), hint });
}
