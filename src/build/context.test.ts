import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteString } from '../bytes/index.ts';
import { type Node, readContent, type Tree, type TreePath } from '../tree/index.ts';
import { contextTree } from './context.ts';
import { StatCache } from './stat-cache.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plinth-context-'));
  writeFileSync(join(directory, 'file'), 'content');
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const open = (): Tree => contextTree(directory as ByteString, { cache: StatCache.decode(undefined) });

function read(node: Node | undefined): string {
  if (node?.kind !== 'file') throw new Error('it is no file');
  return readContent(node.content).toString();
}

describe('a file of a context', () => {
  it('is one under all its names', () => {
    linkSync(join(directory, 'file'), join(directory, 'other'));
    const tree = open();
    expect(tree.lookup('file' as TreePath)).toBe(tree.lookup('other' as TreePath));
  });

  it.each([
    ['removed', (path: string) => rmSync(path), 'it is gone'],
    ['cut short', (path: string) => truncateSync(path, 3), 'it ended after 3 of 7 bytes'],
    ['replaced by a link', (path: string) => replace(path, () => symlinkSync('other', path)), 'it is no file any more'],
    ['replaced by a directory', (path: string) => replace(path, () => mkdirSync(path)), 'it is no file any more'],
  ])('is missed when it was %s since it was looked at', (_, change, fact) => {
    const node = open().lookup('file' as TreePath);
    change(join(directory, 'file'));
    expect(() => read(node)).toThrow(
      expect.objectContaining({ code: 'source-changed', message: `read file: ${fact}` }),
    );
  });
});

function replace(path: string, make: () => void): void {
  renameSync(path, `${path} of before`);
  make();
}
