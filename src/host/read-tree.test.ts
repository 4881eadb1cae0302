import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteString } from '../bytes/index.ts';
import { compareTrees, mustTreePath, readContent, type TreePath } from '../tree/index.ts';
import { hostPath, joinHostPath, readTree, readTreePaced } from './index.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plinth-tree-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const at = (path: string): TreePath => mustTreePath(path as ByteString);

describe('readTree', () => {
  it('reads kinds, links, contents and times', () => {
    mkdirSync(join(directory, 'd'), { mode: 0o750 });
    writeFileSync(join(directory, 'd/f'), 'text', { mode: 0o604 });
    utimesSync(join(directory, 'd/f'), 1, 2);
    linkSync(join(directory, 'd/f'), join(directory, 'g'));
    symlinkSync('d/nothing', join(directory, 'l'));
    const tree = readTree(directory);
    const file = tree.lookup(at('d/f'));
    expect(file).toMatchObject({ kind: 'file', mtimeNs: 2_000_000_000n });
    expect(file?.kind === 'file' ? readContent(file.content).toString() : '').toBe('text');
    expect(tree.lookup(at('g'))).toBe(file);
    expect(tree.lookup(at('l'))).toMatchObject({ kind: 'symlink', target: 'd/nothing' });
    expect([...tree.walk()].map(({ path }) => path)).toEqual(['d', 'd/f', 'g', 'l']);
  });

  it('keeps names that are not UTF-8', () => {
    const name = 'caf\xe9\xff' as ByteString;
    writeFileSync(hostPath(joinHostPath(directory as ByteString, name)), 'x');
    expect([...readTree(directory).root.children.keys()]).toEqual([name]);
  });

  it('does not open the directories that the filter leaves out', () => {
    mkdirSync(join(directory, 'node_modules/deep'), { recursive: true });
    writeFileSync(join(directory, 'kept'), '');
    const asked: [string, boolean][] = [];
    const tree = readTree(directory, {
      filter: (path, isDirectory) => {
        asked.push([path, isDirectory]);
        return path !== 'node_modules';
      },
    });
    expect([...tree.root.children.keys()]).toEqual(['kept']);
    expect(asked.sort()).toEqual([
      ['kept', false],
      ['node_modules', true],
    ]);
  });

  it('leaves sockets out and reports them', async () => {
    const server = createServer().listen(join(directory, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    const sockets: string[] = [];
    const tree = readTree(directory, { onSocket: (path) => sockets.push(path) });
    server.close();
    expect(tree.root.children.size).toBe(0);
    expect(sockets).toEqual(['socket']);
  });

  it('follows a link to the directory itself', () => {
    mkdirSync(join(directory, 'd'), { mode: 0o700 });
    writeFileSync(join(directory, 'd/f'), '');
    symlinkSync('d', join(directory, 'l'));
    expect(compareTrees(readTree(join(directory, 'd')), readTree(join(directory, 'l')))).toEqual([]);
  });

  it('says which directory is missing', () => {
    expect(() => readTree(join(directory, 'no'))).toThrowError(
      `read directory ${join(directory, 'no')}: no such file or directory (ENOENT)`,
    );
  });
});

describe('readTreePaced', () => {
  it('reads the same', async () => {
    mkdirSync(join(directory, 'a/b'), { recursive: true });
    expect(compareTrees(readTree(directory), await readTreePaced(directory))).toEqual([]);
  });
});
