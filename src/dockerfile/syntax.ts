import { isPlinthError } from '../errors/index.ts';
import { readArguments } from './arguments.ts';
import { type DirectiveName, DirectiveReader, type EscapeCharacter } from './directive.ts';
import { type DockerfileProblem, dockerfileProblem, throwProblems } from './dockerfile-error.ts';
import { readFlagWords } from './flag-words.ts';
import { findHeredocMarks, type Heredoc, readHeredoc } from './heredoc.ts';
import { LineReader } from './line-reader.ts';
import { type ReadLine, readLogicalLine } from './logical-line.ts';
import { nearMissHint } from './near-miss.ts';
import { lineRange, rangeIn, type SourceRange } from './source-range.ts';
import { INSTRUCTION_NAMES, isInstructionName, type SyntaxNode } from './syntax-node.ts';
import { isBlankAt, skipSpace, trimSpaceEnd } from './white-space.ts';

/** A Dockerfile cut into instructions. */
export interface Syntax {
  readonly nodes: readonly SyntaxNode[];
  readonly escape: EscapeCharacter;
  /** The parser directives at the top. */
  readonly directives: ReadonlyMap<DirectiveName, string>;
  readonly warnings: readonly SyntaxWarning[];
}

/** Something that is read, but should be written otherwise. */
export interface SyntaxWarning {
  readonly message: string;
  readonly range: SourceRange;
}

/**
 * Cuts a Dockerfile into instructions.
 *
 * @throws PlinthError any code of `dockerfile-*` that concerns lines, directives, here-documents, names and arguments
 */
export function parseSyntax(text: string): Syntax {
  const { syntax, problems } = readSyntax(text);
  throwProblems(problems);
  return syntax;
}

/** What could be read of a Dockerfile, and what could not. */
export interface SyntaxReading {
  readonly syntax: Syntax;
  readonly problems: readonly DockerfileProblem[];
}

/** Cuts a Dockerfile into instructions and collects the problems; an instruction with a problem is left out. */
export function readSyntax(text: string): SyntaxReading {
  const reader = new SyntaxReader(text);
  reader.readAll();
  return reader;
}

class SyntaxReader implements SyntaxReading {
  readonly problems: DockerfileProblem[] = [];
  readonly #reader: LineReader;
  readonly #directives = new DirectiveReader();
  readonly #nodes: SyntaxNode[] = [];
  readonly #warnings: SyntaxWarning[] = [];

  constructor(text: string) {
    this.#reader = new LineReader(text);
  }

  get syntax(): Syntax {
    const { escape: escaper, values } = this.#directives;
    return { nodes: this.#nodes, escape: escaper, directives: values, warnings: this.#warnings };
  }

  readAll(): void {
    let count = 0;
    // Lines, directives and here-documents decide where the next instruction begins: nothing after such a fault is sure.
    const isOver = this.#collect(() => {
      for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) {
        count++;
        this.#readInstruction(line);
      }
    });
    if (count > 0 || isOver) return;
    this.problems.push(
      dockerfileProblem('file with no instructions', {
        code: 'dockerfile-empty',
        range: lineRange(Math.max(this.#reader.line, 1), 0),
        hint: 'A Dockerfile starts with FROM, for instance `FROM scratch`.',
      }),
    );
  }

  #nextLine(): ReadLine | undefined {
    return readLogicalLine(this.#reader, this.#directives);
  }

  #readInstruction(line: ReadLine): void {
    const { source } = line;
    if (line.hasEmptyLine) {
      const range = rangeIn(source, 0, source.text.length);
      this.#warnings.push({ message: 'empty line between continuation lines', range });
    }
    let node: SyntaxNode | undefined;
    const hasProblem = this.#collect(() => {
      node = readNode(line, 0, this.#directives.escape);
    });
    if (hasProblem || node === undefined) {
      this.#skipHeredocs(line);
      return;
    }
    const heredocs = this.#readHeredocs(node);
    const endLine = this.#reader.line;
    this.#nodes.push(withLines(node, heredocs, endLine));
  }

  /** What is meant as a here-document of a faulty instruction must not be taken for instructions. */
  #skipHeredocs({ source }: ReadLine): void {
    const range = rangeIn(source, 0, source.text.length);
    for (const mark of findHeredocMarks(source.text)) readHeredoc(mark, this.#reader, range);
  }

  #readHeredocs(node: SyntaxNode): Heredoc[] {
    if (!mayHaveHeredoc(node.name === 'onbuild' ? node.sub : node)) return [];
    const range = rangeIn(node.source, node.start, node.end);
    return findHeredocMarks(node.source.text).map((mark) => readHeredoc(mark, this.#reader, range));
  }

  /** Runs `read` and keeps the problem it throws; returns whether it threw one. */
  #collect(read: () => void): boolean {
    try {
      read();
      return false;
    } catch (error) {
      if (!isPlinthError(error)) throw error;
      this.problems.push(error as DockerfileProblem);
      return true;
    }
  }
}

/** One within another is refused later; this keeps the reading of it bounded. */
const ONBUILD_LIMIT = 100;

function mayHaveHeredoc(node: SyntaxNode | undefined): boolean {
  return node !== undefined && !node.isJson && (node.name === 'run' || node.name === 'copy' || node.name === 'add');
}

function withLines(node: SyntaxNode, heredocs: readonly Heredoc[], endLine: number): SyntaxNode {
  const sub = node.sub && withLines(node.sub, [], endLine);
  return { ...node, heredocs, endLine, sub };
}

/** The instruction in a logical line that begins at `from`. */
function readNode(line: ReadLine, from: number, escaper: EscapeCharacter, depth: number = 0): SyntaxNode {
  const { source } = line;
  const { text } = source;
  const start = skipSpace(text, from);
  const end = trimSpaceEnd(text, start);
  let nameEnd = start;
  while (nameEnd < end && !isBlankAt(text, nameEnd)) nameEnd++;
  let at = nameEnd;
  while (at < end && isBlankAt(text, at)) at++;
  const word = text.slice(start, nameEnd);
  const name = word.toLowerCase();
  if (!isInstructionName(name)) throw unknownInstruction(word, rangeIn(source, start, nameEnd));
  const { flags, rest } = readFlagWords(text, at, end, escaper);
  const argsStart = skipSpace(text, rest, end);
  const shape = { name, flags, heredocs: [], line: line.line, endLine: line.line, source, start, end };
  if (name !== 'onbuild') {
    return { ...shape, ...readArguments(name, { source, start: argsStart, end, escape: escaper }), sub: undefined };
  }
  if (depth === ONBUILD_LIMIT) {
    const range = rangeIn(source, start, end);
    throw dockerfileProblem(`more than ${ONBUILD_LIMIT} ONBUILD in a row`, { code: 'dockerfile-too-complex', range });
  }
  const sub = argsStart === end ? undefined : readNode(line, argsStart, escaper, depth + 1);
  return { ...shape, args: [], isJson: false, sub };
}

function unknownInstruction(word: string, range: SourceRange): DockerfileProblem {
  const names = INSTRUCTION_NAMES.map((name) => name.toUpperCase());
  return dockerfileProblem(`unknown instruction ${JSON.stringify(word.slice(0, 100))}`, {
    code: 'dockerfile-instruction-unknown',
    range,
    hint: nearMissHint(word, names) ?? `The instructions are ${names.join(', ')}.`,
  });
}
