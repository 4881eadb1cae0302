import { isPlinthError, PlinthError } from '../errors/index.ts';
import type { EscapeCharacter } from './directive.ts';
import type { DockerfileErrorCode } from './dockerfile-error.ts';
import { type Environment, expandWord, expandWords } from './expansion.ts';
import { parseSyntax } from './syntax.ts';
import type { SyntaxNode } from './syntax-node.ts';

/**
 * What `plinth dockerfile parse` prints: the instructions as a JSON array.
 *
 * @throws PlinthError as `parseSyntax`
 */
export function dockerfileParseOutput(text: string): string {
  return `${JSON.stringify(parseSyntax(text).nodes.map(nodeOutput), null, 2)}\n`;
}

interface NodeOutput {
  readonly name: string;
  readonly flags: readonly string[];
  readonly args: readonly string[];
  readonly json: boolean;
  readonly line: number;
  readonly endLine: number;
  readonly heredocs: readonly unknown[];
  readonly sub: NodeOutput | null;
}

function nodeOutput(node: SyntaxNode): NodeOutput {
  return {
    name: node.name,
    flags: node.flags.map((word) => word.text),
    args: node.args.map((word) => word.text),
    json: node.isJson,
    line: node.line,
    endLine: node.endLine,
    heredocs: node.heredocs.map(({ name, content, expand, chomp, fileDescriptor }) => {
      return { name, content, expand, chomp, fd: fileDescriptor };
    }),
    sub: node.sub === undefined ? null : nodeOutput(node.sub),
  };
}

/**
 * What `plinth dockerfile expand` prints for its input, a JSON array of `{word, env, mode}`: an array of `{value}`,
 * `{values}` or `{error}` in the same order. `env` is an object or an array of `NAME=value`; `escape` may be given.
 *
 * @throws PlinthError `dockerfile-request-invalid`
 */
export function dockerfileExpandOutput(json: string): string {
  const requests = parseRequests(json);
  return `${JSON.stringify(requests.map(expandRequest), null, 2)}\n`;
}

interface ExpandRequest {
  readonly word: string;
  readonly env: Environment;
  readonly mode: 'word' | 'words';
  readonly escape: EscapeCharacter;
}

function expandRequest(request: ExpandRequest): unknown {
  const { word, env, mode } = request;
  try {
    if (mode === 'words') return { values: expandWords(word, env, request) };
    return { value: expandWord(word, env, request) };
  } catch (error) {
    if (!isPlinthError(error)) throw error;
    return { error: error.message };
  }
}

function parseRequests(json: string): ExpandRequest[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw invalidRequest('the input is not JSON', cause);
  }
  if (!Array.isArray(value)) throw invalidRequest('the input is not an array');
  return value.map(parseRequest);
}

function parseRequest(value: unknown, index: number): ExpandRequest {
  const at = `item ${index + 1}`;
  if (typeof value !== 'object' || value === null) throw invalidRequest(`${at} is not an object`);
  const { word, env = [], mode = 'word', escape: escaper = '\\' } = value as Record<string, unknown>;
  if (typeof word !== 'string') throw invalidRequest(`${at} has no string \`word\``);
  if (mode !== 'word' && mode !== 'words') throw invalidRequest(`${at} has a \`mode\` other than "word" and "words"`);
  if (escaper !== '\\' && escaper !== '`') throw invalidRequest(`${at} has an \`escape\` other than \\ and \``);
  const variables = parseEnvironment(env);
  if (variables === undefined) throw invalidRequest(`${at} has an \`env\` that is no list of NAME=value`);
  return { word, env: variables, mode, escape: escaper };
}

function parseEnvironment(env: unknown): Environment | undefined {
  if (env === null) return new Map();
  if (typeof env !== 'object') return undefined;
  const entries = Array.isArray(env) ? env.map(parseVariable) : Object.entries(env);
  const isSound = entries.every((entry) => entry !== undefined && typeof entry[1] === 'string');
  return isSound ? new Map(entries as [string, string][]) : undefined;
}

function parseVariable(text: unknown): [string, string] | undefined {
  if (typeof text !== 'string') return undefined;
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}

function invalidRequest(fact: string, cause?: unknown): PlinthError<DockerfileErrorCode> {
  return new PlinthError(`read expand requests: ${fact}`, {
    code: 'dockerfile-request-invalid',
    hint: 'Give an array such as [{"word": "$HOME/x", "env": ["HOME=/root"], "mode": "word"}].',
    cause,
  });
}
