import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeText } from '../bytes/index.ts';
import { forEachChunk, readContent, withOpenContent } from '../tree/index.ts';
import { fileContent, fileSource } from './index.ts';

const TEXT = '0123456789';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plinth-content-'));
  path = join(directory, 'ﬁle');
  writeFileSync(path, TEXT);
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const content = (sizeBytes = TEXT.length) => fileContent(encodeText(path), sizeBytes);

describe('fileContent', () => {
  it('reads all, a part, and nothing past the end', () => {
    expect(readContent(content()).toString()).toBe(TEXT);
    const into = Buffer.alloc(4);
    expect(content().read(into, 3)).toBe(4);
    expect(into.toString()).toBe('3456');
    expect(content().read(into, 8)).toBe(2);
    expect(content().read(into, 10)).toBe(0);
  });

  it('leaves no file open', () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    content().read(Buffer.alloc(1), 0);
    expect(open()).toBe(before);
  });

  it('fails when another file takes the place of one that was read in part', () => {
    const read = (): void =>
      forEachChunk(content(), Buffer.alloc(4), () => {
        renameSync(path, `${path}-old`);
        writeFileSync(path, 'other data');
      });
    expect(read).toThrowError(expect.objectContaining({ code: 'host-file-changed' }));
  });

  it.each([
    ['shrank', () => truncateSync(path, 5)],
    ['grew', () => appendFileSync(path, 'more')],
  ])('fails when the file %s', (_name, change) => {
    const before = content();
    change();
    expect(() => readContent(before)).toThrowError(expect.objectContaining({ code: 'host-file-changed' }));
  });

  it('held open reads what it opened first, and looks at the end whether that was all', () => {
    const into = Buffer.alloc(4);
    const readTwice = (change: () => void) =>
      withOpenContent(content(), (open) => {
        open.read(into, 0);
        change();
        return open.read(into, 4);
      });
    expect([readTwice(() => {}), into.toString()]).toEqual([4, '4567']);
    expect(readTwice(() => renameSync(path, `${path}-old`))).toBe(4);
    renameSync(`${path}-old`, path);
    expect(() => readTwice(() => appendFileSync(path, 'more'))).toThrowError(
      expect.objectContaining({ code: 'host-file-changed' }),
    );
  });

  it('held open opens nothing before it is read', () => {
    expect(withOpenContent(fileContent(encodeText(`${path}-no`), 1), () => 'unread')).toBe('unread');
  });

  it('fails when a link took the place of the file', () => {
    const before = content();
    renameSync(path, `${path}-old`);
    symlinkSync(`${path}-old`, path);
    expect(() => readContent(before)).toThrowError(
      expect.objectContaining({ code: 'host-read-failed', details: { path, system: 'ELOOP' } }),
    );
  });

  it('says which file is missing', () => {
    expect(() => readContent(fileContent(encodeText(`${path}-no`), 1))).toThrowError(
      `read ${path}-no: no such file or directory (ENOENT)`,
    );
  });
});

describe('fileSource', () => {
  it('reads at random until it is closed', () => {
    using source = fileSource(path);
    const into = Buffer.alloc(20);
    expect(source.sizeBytes).toBe(10);
    expect(source.read(into, 4)).toBe(6);
    expect(into.toString('latin1', 0, 6)).toBe('456789');
    source.close();
    expect(() => source.read(into, 0)).toThrowError();
  });

  it('says which file is missing', () => {
    expect(() => fileSource(`${path}-no`)).toThrowError(expect.objectContaining({ code: 'host-read-failed' }));
  });
});
