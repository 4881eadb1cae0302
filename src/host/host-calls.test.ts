import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteString } from '../bytes/index.ts';
import {
  futimensNs,
  hostPath,
  lgetxattrs,
  lockFile,
  lremovexattr,
  lsetxattr,
  makeNode,
  removeTree,
  setWindowSize,
  utimensNs,
  writeFileAtomic,
} from './index.ts';

let directory: string;
let path: ByteString;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plinth-calls-'));
  path = join(directory, 'file') as ByteString;
  writeFileSync(path, 'x');
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const mtimeNs = (of: string): bigint => lstatSync(of, { bigint: true }).mtimeNs;

describe('hostPath', () => {
  it('passes bytes beyond ASCII as a buffer', () => {
    expect(hostPath('/a b' as ByteString)).toBe('/a b');
    expect(hostPath('/\xff' as ByteString)).toEqual(Buffer.from([0x2f, 0xff]));
  });
});

describe('utimensNs', () => {
  it.each([0n, 1n, 1_700_000_000_000_000_000n, 1_700_000_000_123_456_789n, -1n, -1_500_000_000n])('sets %d', (time) => {
    utimensNs(path, time);
    expect(mtimeNs(path)).toBe(time);
    const fd = openSync(path, 'r+');
    utimensNs(path, 5n);
    futimensNs(fd, time, path);
    closeSync(fd);
    expect(mtimeNs(path)).toBe(time);
  });

  it.each([7_000_000_000n, 7_000_000_001n])('sets %d on a link, not on what it names', (time) => {
    const link = `${path}-link` as ByteString;
    symlinkSync(path, link);
    const before = mtimeNs(path);
    utimensNs(link, time);
    expect([mtimeNs(link), mtimeNs(path)]).toEqual([time, before]);
  });

  it.each([1n, 1_000_000_000n])('names the file that is missing', (time) => {
    expect(() => utimensNs(`${path}-no` as ByteString, time)).toThrowError(
      `set the time of ${path}-no: no such file or directory (ENOENT)`,
    );
  });
});

describe('extended attributes', () => {
  const note = 'user.note' as ByteString;

  it('are set, read and removed', () => {
    expect(lgetxattrs(path).size).toBe(0);
    lsetxattr(path, note, Buffer.from([0, 255]));
    lsetxattr(path, 'user.empty' as ByteString, Buffer.alloc(0));
    expect([...lgetxattrs(path)].sort()).toEqual([
      ['user.empty', Buffer.alloc(0)],
      ['user.note', Buffer.from([0, 255])],
    ]);
    lremovexattr(path, note);
    lremovexattr(path, note);
    expect([...lgetxattrs(path).keys()]).toEqual(['user.empty']);
  });

  it('are refused by links', () => {
    const link = `${path}-link` as ByteString;
    symlinkSync(path, link);
    expect(() => lsetxattr(link, note, Buffer.from('x'))).toThrowError(
      expect.objectContaining({ code: 'host-xattr-denied' }),
    );
  });

  it('fail on a missing file', () => {
    const missing = `${path}-no` as ByteString;
    const error = expect.objectContaining({ details: { path: missing, system: 'ENOENT' } });
    expect(() => lgetxattrs(missing)).toThrowError(error);
    expect(() => lsetxattr(missing, note, Buffer.from('x'))).toThrowError(error);
    expect(() => lremovexattr(missing, note)).toThrowError(error);
  });
});

describe('makeNode', () => {
  it('makes a named pipe', () => {
    const pipe = `${path}-pipe` as ByteString;
    makeNode(pipe, { kind: 'fifo', mode: 0o600, major: 0, minor: 0 });
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  it('fails where a file is', () => {
    expect(() => makeNode(path, { kind: 'fifo', mode: 0o600, major: 0, minor: 0 })).toThrowError(
      `make fifo ${path}: file already exists (EEXIST)`,
    );
  });
});

describe('lockFile', () => {
  it('keeps others out until it is closed', () => {
    const [one, two, three] = [openSync(path, 'r'), openSync(path, 'r'), openSync(path, 'r')];
    try {
      expect(lockFile(one, 'shared', false)).toBe(true);
      expect(lockFile(two, 'shared', true)).toBe(true);
      expect(lockFile(three, 'exclusive', false)).toBe(false);
      closeSync(one);
      closeSync(two);
      expect(lockFile(three, 'exclusive', false)).toBe(true);
    } finally {
      closeSync(three);
    }
  });

  it('fails on what is no open file', () => {
    expect(() => lockFile(-1, 'shared', false)).toThrowError(expect.objectContaining({ code: 'host-write-failed' }));
  });
});

describe('setWindowSize', () => {
  it('fails on what is no terminal', () => {
    const fd = openSync(path, 'r');
    try {
      expect(() => setWindowSize(fd, 24, 80)).toThrowError(
        expect.objectContaining({ details: { path: `descriptor ${fd}`, system: 'ENOTTY' } }),
      );
    } finally {
      closeSync(fd);
    }
  });
});

describe('writeFileAtomic', () => {
  it.each([false, true])('replaces a file and leaves nothing else, fsync %s', (fsync) => {
    writeFileAtomic(path, 'new', { fsync, mode: 0o600 });
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['file']);
  });

  it('leaves nothing behind when it fails', () => {
    mkdirSync(join(directory, 'd/x'), { recursive: true });
    expect(() => writeFileAtomic(join(directory, 'd'), 'new')).toThrowError(
      expect.objectContaining({ code: 'host-write-failed' }),
    );
    expect(readdirSync(directory).sort()).toEqual(['d', 'file']);
  });
});

describe('removeTree', () => {
  it('removes directories that may not be read or written', () => {
    const tree = join(directory, 'tree');
    mkdirSync(join(tree, 'a/b'), { recursive: true });
    writeFileSync(join(tree, 'a/b/f'), '');
    writeFileSync(join(tree, 'a/f'), '');
    chmodSync(join(tree, 'a/b'), 0o000);
    chmodSync(join(tree, 'a'), 0o500);
    removeTree(tree);
    expect(existsSync(tree)).toBe(false);
  });

  it('removes directories nested deeper than a path can say', () => {
    const nest = `for (let i = 0; i < 3000; i++) { fs.mkdirSync('deep'); fs.writeFileSync('f', ''); process.chdir('deep'); }`;
    const made = spawnSync(process.execPath, ['--eval', nest], { cwd: directory, encoding: 'utf8' });
    expect(made.status).toBe(0);
    removeTree(join(directory, 'deep'));
    expect(readdirSync(directory).sort()).toEqual(['f', 'file']);
  });

  it('removes a file, and nothing where nothing is', () => {
    removeTree(path);
    expect(existsSync(path)).toBe(false);
    removeTree(path);
    removeTree(join(path, 'below'));
  });
});
