import { describe, expect, it } from 'vitest';
import { type Questions, withQuestions } from './questions.ts';

/** What `use` gives when these chunks are typed, and what was asked. */
async function answer<Result>(chunks: readonly string[], use: (questions: Questions) => Promise<Result>) {
  const asked: string[] = [];
  const stdin = async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  };
  const stderr = { isTerminal: true, write: (text: string | Uint8Array) => void asked.push(String(text)) };
  const result = await withQuestions({ stdin, stderr }, use);
  return { result, asked: asked.join('') };
}

describe('withQuestions', () => {
  it('takes one line for each question, however they arrive', async () => {
    const { result, asked } = await answer(['o', 'ne\ntwo\n', 'x'], async ({ ask }) => [
      await ask('First'),
      await ask('Second'),
    ]);
    expect(result).toEqual(['one', 'two']);
    expect(asked).toBe('First: Second: ');
  });

  it('takes what it proposes for an empty line', async () => {
    const { result, asked } = await answer(['\n'], ({ ask }) => ask('Directory', 'app'));
    expect({ result, asked }).toEqual({ result: 'app', asked: 'Directory [app]: ' });
  });

  it('asks again for what is none of the words', async () => {
    const { result, asked } = await answer(['no\n\nbase\n'], ({ choose }) =>
      choose('LIST\n', 'Recipe', ['app', 'base']),
    );
    expect(result).toBe('base');
    expect(asked).toBe(`LIST\n${'Recipe (app, base): '.repeat(3)}`);
  });

  it.each([
    ['the end of the input', ['']],
    ['no answer again and again', ['\n'.repeat(9)]],
  ])('gives up at %s', async (_, chunks) => {
    await expect(answer(chunks, ({ ask }) => ask('Program'))).rejects.toThrow('ask for Program: there was no answer');
  });
});
