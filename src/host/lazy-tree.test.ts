import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteString } from '../bytes/index.ts';
import { equalTrees, readContent, type TreePath } from '../tree/index.ts';
import { lazyTree } from './lazy-tree.ts';
import { readTree } from './read-tree.ts';

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'plinth-lazy-'));
  mkdirSync(join(scratch, 'usr/bin'), { recursive: true });
  writeFileSync(join(scratch, 'usr/bin/env'), 'ENV');
  chmodSync(join(scratch, 'usr/bin/env'), 0o755);
  linkSync(join(scratch, 'usr/bin/env'), join(scratch, 'usr/bin/other'));
  symlinkSync('usr/bin', join(scratch, 'bin'));
});
afterEach(() => rmSync(scratch, { recursive: true }));

describe('lazyTree', () => {
  it('is the tree that was read at once', () => {
    expect(equalTrees(lazyTree(scratch), readTree(scratch))).toBe(true);
  });

  it('looks at what it is asked for', () => {
    const found = lazyTree(scratch).resolve('/bin/env' as ByteString);
    expect(found?.path).toBe('usr/bin/env');
    expect(found?.node).toMatchObject({ kind: 'file', mode: 0o755 });
    expect(found?.node.kind === 'file' && readContent(found.node.content).toString()).toBe('ENV');
  });

  it('keeps what was read once', () => {
    const tree = lazyTree(scratch);
    const path = 'usr/bin/late' as TreePath;
    expect(tree.lookup(path)).toBeUndefined();
    writeFileSync(join(scratch, path), '');
    expect(tree.lookup(path)).toBeUndefined();
    expect(lazyTree(scratch).lookup(path)).toBeDefined();
  });

  it('has one node for the names of one file', () => {
    const tree = lazyTree(scratch);
    expect(tree.lookup('usr/bin/env' as TreePath)).toBe(tree.lookup('usr/bin/other' as TreePath));
  });

  it('has nothing under names that are none', () => {
    const { children } = lazyTree(scratch).root;
    for (const name of ['', '.', '..', 'usr/bin', 'x'.repeat(300), 'a\0b']) {
      expect(children.get(name as ByteString)).toBeUndefined();
    }
  });
});
