import { isPlinthError } from '../errors/index.ts';
import type { DirectiveName, EscapeCharacter } from './directive.ts';
import { type DockerfileProblem, dockerfileProblem, throwProblems } from './dockerfile-error.ts';
import type { ArgInstruction, FromInstruction, Instruction } from './instruction.ts';
import { readInstruction } from './read-instruction.ts';
import { readSyntax, type SyntaxWarning } from './syntax.ts';
import { nodeRange, type SyntaxNode } from './syntax-node.ts';

/** A Dockerfile, read and understood. */
export interface Dockerfile {
  /** ARG before the first FROM: visible in FROM lines, and in a stage that declares them again. */
  readonly globalArgs: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
  readonly escape: EscapeCharacter;
  readonly directives: ReadonlyMap<DirectiveName, string>;
  readonly warnings: readonly SyntaxWarning[];
}

/** From one FROM to the next. */
export interface Stage {
  /** From 0. */
  readonly index: number;
  readonly from: FromInstruction;
  /** What follows FROM. */
  readonly instructions: readonly Instruction[];
}

/**
 * Reads a Dockerfile.
 *
 * @throws PlinthError the one problem there is, or `dockerfile-invalid` with every problem in `details.problems`
 */
export function readDockerfile(text: string): Dockerfile {
  const { syntax, problems } = readSyntax(text);
  const reader = new StageReader();
  for (const node of syntax.nodes) reader.add(node);
  const all = [...problems, ...reader.problems];
  if (all.length === 0 && reader.stages.length === 0) all.push(noStage(syntax.nodes));
  throwProblems(all.sort((left, right) => lineOf(left) - lineOf(right)));
  const { escape: escaper, directives, warnings } = syntax;
  return { globalArgs: reader.globalArgs, stages: reader.stages, escape: escaper, directives, warnings };
}

/**
 * Reads the instruction that an ONBUILD of a base image holds as text.
 *
 * @throws PlinthError as {@link readDockerfile}
 */
export function readTrigger(text: string): Instruction {
  const { syntax, problems } = readSyntax(text);
  throwProblems(problems);
  const [node, second] = syntax.nodes;
  if (node === undefined || second !== undefined) {
    const fact = 'an ONBUILD trigger is not exactly one instruction';
    const range = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };
    throw dockerfileProblem(fact, { code: 'dockerfile-instruction-misplaced', range });
  }
  return readInstruction(node);
}

class StageReader {
  readonly globalArgs: ArgInstruction[] = [];
  readonly stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  readonly problems: DockerfileProblem[] = [];
  #hasFrom = false;

  add(node: SyntaxNode): void {
    try {
      const isEarly = !this.#hasFrom && node.name !== 'from' && node.name !== 'arg';
      // A FROM that cannot be read still begins a stage: what follows is not out of place.
      this.#hasFrom ||= node.name === 'from';
      const instruction = readInstruction(node);
      if (isEarly) throw misplaced(node);
      this.#place(instruction);
    } catch (error) {
      if (!isPlinthError(error)) throw error;
      this.problems.push(error as DockerfileProblem);
    }
  }

  #place(instruction: Instruction): void {
    if (instruction.kind === 'from') {
      this.stages.push({ index: this.stages.length, from: instruction, instructions: [] });
    } else if (instruction.kind === 'arg' && !this.#hasFrom) {
      this.globalArgs.push(instruction);
    } else {
      this.stages.at(-1)?.instructions.push(instruction);
    }
  }
}

function misplaced(node: SyntaxNode): DockerfileProblem {
  return dockerfileProblem(`${node.name.toUpperCase()} stands before the first FROM`, {
    code: 'dockerfile-instruction-misplaced',
    range: nodeRange(node),
    hint: 'Only ARG may stand before FROM.',
  });
}

function noStage(nodes: readonly SyntaxNode[]): DockerfileProblem {
  const last = nodes.at(-1);
  const start = { line: 1, column: 1 };
  return dockerfileProblem('there is no FROM', {
    code: 'dockerfile-instruction-misplaced',
    range: last === undefined ? { start, end: start } : nodeRange(last),
    hint: 'Begin with FROM and an image, or FROM scratch.',
  });
}

function lineOf(problem: DockerfileProblem): number {
  return Number(problem.details.line);
}

/** The stage that `reference` names (letter case aside) or counts from 0; the last of several with one name. */
export function findStage(stages: readonly Stage[], reference: string): Stage | undefined {
  if (/^\d{1,9}$/.test(reference)) return stages[Number(reference)];
  const name = reference.toLowerCase();
  return stages.findLast((stage) => stage.from.stageName === name);
}

/** The stage before `stage` that its FROM, with `image` expanded, builds upon; undefined if that is an image. */
export function findBaseStage(stages: readonly Stage[], stage: Stage, image: string): Stage | undefined {
  const name = image.toLowerCase();
  return stages.slice(0, stage.index).findLast((candidate) => candidate.from.stageName === name);
}
