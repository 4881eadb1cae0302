import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import * as sdk from '../../src/sdk/index.ts';

const CHECKOUT = resolve(import.meta.dirname, '../..');
const text = (name: string): string => readFileSync(join(CHECKOUT, name), 'utf8');

function typescriptBlocks(name: string): string[] {
  return [...text(name).matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, block]) => `${block}\nexport {};\n`);
}

it.each(['README.md', 'docs/sdk.md'])('the examples of %s are typed as they stand', (name) => {
  const blocks = typescriptBlocks(name);
  expect(blocks.length).toBeGreaterThan(0);
  // Within the checkout, where @types/node is found.
  const directory = mkdtempSync(join(CHECKOUT, 'node_modules/.plinth-docs-'));
  try {
    for (const [index, block] of blocks.entries()) writeFileSync(join(directory, `example-${index + 1}.ts`), block);
    const compilerOptions = { paths: { plinth: [join(CHECKOUT, 'src/sdk/index.ts')] }, isolatedDeclarations: false };
    const config = { extends: join(CHECKOUT, 'tsconfig.json'), compilerOptions, include: ['*.ts'] };
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(CHECKOUT, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', directory], { encoding: 'utf8' });
    expect(stdout).toBe('');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

it('docs/sdk.md has an example of every function', () => {
  const examples = typescriptBlocks('docs/sdk.md').join('\n');
  const functions = Object.entries(sdk).flatMap(([name, value]) =>
    typeof value === 'function' && /^[a-z]/.test(name) ? [name] : [],
  );
  expect(functions.filter((name) => !new RegExp(`\\b${name}\\(`).test(examples))).toEqual([]);
});
