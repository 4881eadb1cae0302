import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
// @ts-expect-error a plain script without types
import { CLI_DOCS_PATH, cliDocs } from '../../scripts/cli-docs.mjs';
import { commandEntries } from '../../src/cli/command-table.ts';

const text = readFileSync(CLI_DOCS_PATH, 'utf8');

it('shows the help of every command in docs/cli.md, and of no other', async () => {
  expect(text).toBe(await cliDocs(text));
});

it.each(commandEntries().map(({ name }) => name))('has an example of plinth %s', (name) => {
  const section = text.split(/^(?=## plinth )/m).find((part) => part.startsWith(`## plinth ${name}\n`));
  const examples = [...(section ?? '').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join('');
  expect(examples).toMatch(new RegExp(`^(.*\\| )?plinth ${name}\\b`, 'm'));
});
