import type { Cli } from './cli.ts';
import { usageError } from './error.ts';

/** Asks on the terminal; answers are lines. */
export interface Questions {
  /** The answer; `initial` for an empty one, which is asked for again if there is none. */
  ask(question: string, initial?: string): Promise<string>;
  /** One of `words`, which `list` explains. */
  choose(list: string, question: string, words: readonly string[]): Promise<string>;
}

/** How often one question is asked before it is given up. */
const ATTEMPT_LIMIT = 5;
const LINE_LIMIT = 4096;

/** Lets `use` ask questions; what was typed ahead is lost when it is done. */
export async function withQuestions<Result>(
  cli: Pick<Cli, 'stdin' | 'stderr'>,
  use: (questions: Questions) => Promise<Result>,
): Promise<Result> {
  const lines = readLines(cli.stdin());
  const attempt = async (question: string, accept: (line: string) => string | undefined): Promise<string> => {
    for (let count = 0; count < ATTEMPT_LIMIT; count++) {
      cli.stderr.write(`${question}: `);
      const { value, done } = await lines.next();
      if (done === true) break;
      const answer = accept(value.trim());
      if (answer !== undefined) return answer;
    }
    throw usageError('usage-operands', `ask for ${question}: there was no answer`);
  };
  try {
    return await use({
      ask: (question, initial) =>
        attempt(initial === undefined ? question : `${question} [${initial}]`, (line) => line || initial),
      choose(list, question, words) {
        cli.stderr.write(list);
        return attempt(`${question} (${words.join(', ')})`, (line) => words.find((word) => word === line));
      },
    });
  } finally {
    await lines.return(undefined);
  }
}

async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, undefined> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]).subarray(-LINE_LIMIT);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = rest.subarray(0, end).toString();
      rest = rest.subarray(end + 1);
      yield line;
    }
  }
  return undefined;
}
