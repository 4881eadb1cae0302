import type { Heredoc } from './heredoc.ts';
import { type LogicalLine, rangeIn, type SourceRange, type Word } from './source-range.ts';

/** The instructions of a Dockerfile. */
export const INSTRUCTION_NAMES = [
  'add',
  'arg',
  'cmd',
  'copy',
  'entrypoint',
  'env',
  'expose',
  'from',
  'healthcheck',
  'label',
  'maintainer',
  'onbuild',
  'run',
  'shell',
  'stopsignal',
  'user',
  'volume',
  'workdir',
] as const;
export type InstructionName = (typeof INSTRUCTION_NAMES)[number];

const NAMES: ReadonlySet<string> = new Set(INSTRUCTION_NAMES);

/** Whether `name`, in lower case, is an instruction. */
export function isInstructionName(name: string): name is InstructionName {
  return NAMES.has(name);
}

/** One instruction, cut into its parts but not yet understood. */
export interface SyntaxNode {
  readonly name: InstructionName;
  /** The `--name=value` words, quotes and escapes taken out. */
  readonly flags: readonly Word[];
  /** What stands after the flags, cut as the instruction wants it; quotes and escapes still in, except in the exec form. */
  readonly args: readonly Word[];
  /** Whether the arguments were an array of strings (the exec form). */
  readonly isJson: boolean;
  /** The here-documents; those of an instruction within ONBUILD are the ONBUILD's. */
  readonly heredocs: readonly Heredoc[];
  /** The instruction within ONBUILD. */
  readonly sub: SyntaxNode | undefined;
  /** The first line in the file, from 1. */
  readonly line: number;
  /** The last line, here-documents included. */
  readonly endLine: number;
  readonly source: LogicalLine;
  /** Where the instruction's own text begins and ends in `source`. */
  readonly start: number;
  readonly end: number;
}

/** The range of a word of `node`, or of the whole instruction. */
export function nodeRange(node: SyntaxNode, word?: Word): SourceRange {
  return rangeIn(node.source, word?.start ?? node.start, word?.end ?? node.end);
}

/** The text of the instruction, continuation lines joined, without its here-documents. */
export function nodeText(node: SyntaxNode): string {
  return node.source.text.slice(node.start, node.end);
}
