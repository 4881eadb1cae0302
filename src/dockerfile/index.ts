export type { DirectiveName, EscapeCharacter } from './directive.ts';
export {
  type DockerfileErrorCode,
  type DockerfileProblem,
  dockerfileErrors,
  problemRange,
  problemsOf,
} from './dockerfile-error.ts';
export { dockerfileExpandOutput, dockerfileParseOutput } from './dockerfile-output.ts';
export { type Environment, type ExpansionOptions, expandWord, expandWords } from './expansion.ts';
export type { Heredoc } from './heredoc.ts';
export type { SourcePosition, SourceRange } from './source-range.ts';
export { parseSyntax, type Syntax, type SyntaxWarning } from './syntax.ts';
export { type InstructionName, nodeRange, nodeText, type SyntaxNode } from './syntax-node.ts';
