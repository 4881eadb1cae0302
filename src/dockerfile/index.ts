export { type ArgPlatform, PREDEFINED_ARGS, platformArgs, resolveGlobalArgs } from './build-arg.ts';
export type { DirectiveName, EscapeCharacter } from './directive.ts';
export {
  type Dockerfile,
  findBaseStage,
  findStage,
  readDockerfile,
  readTrigger,
  type Stage,
} from './dockerfile.ts';
export {
  type DockerfileErrorCode,
  type DockerfileProblem,
  dockerfileErrors,
  dockerfileProblem,
  problemRange,
  problemsOf,
} from './dockerfile-error.ts';
export { dockerfileExpandOutput, dockerfileParseOutput } from './dockerfile-output.ts';
export { expandInstruction } from './expand-instruction.ts';
export { type Environment, type ExpansionOptions, expandWord, expandWords } from './expansion.ts';
export { type Heredoc, heredocText } from './heredoc.ts';
export { createIgnoreMatcher, type IgnoreMatcher, parseIgnoreFile } from './ignore-file.ts';
export type {
  ArgDefinition,
  ArgInstruction,
  CmdInstruction,
  CommandForm,
  CopyInstruction,
  EntrypointInstruction,
  EnvInstruction,
  ExposeInstruction,
  FromInstruction,
  HealthcheckInstruction,
  InlineFile,
  Instruction,
  LabelInstruction,
  MaintainerInstruction,
  NamedValue,
  OnbuildInstruction,
  RunInstruction,
  ShellInstruction,
  StopsignalInstruction,
  UserInstruction,
  VolumeInstruction,
  WorkdirInstruction,
} from './instruction.ts';
export { isGitSource, isUrlSource, type LanguageFeature, languageFeatures, usedFeatures } from './language-feature.ts';
export type { Mount } from './mount.ts';
export { compilePattern, hasWildcard, matchPattern } from './path-pattern.ts';
export { type RunCommand, runCommand } from './run-instruction.ts';
export { renderSourceExcerpt } from './source-excerpt.ts';
export type { SourcePosition, SourceRange } from './source-range.ts';
export { parseSyntax, type Syntax, type SyntaxWarning } from './syntax.ts';
export { type InstructionName, nodeRange, nodeText, type SyntaxNode } from './syntax-node.ts';
