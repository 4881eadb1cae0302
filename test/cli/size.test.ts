import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlinthResult, plinth as startPlinth } from '../support/plinth.ts';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'plinth-size-test-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function plinth(args: readonly string[], input = ''): PlinthResult {
  return startPlinth(args, { cwd: scratch, input, env: { FORCE_COLOR: '0', PLINTH_ROOT: join(scratch, 'store') } });
}

function put(file: string, content: string): void {
  const path = join(scratch, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** What GNU find says of the regular files below `directory`: their bytes, each inode once, and how many names there are. */
function find(directory: string): { readonly bytes: number; readonly names: number } {
  const text = execFileSync('find', [directory, '-mindepth', '1', '-printf', '%y %i %s\n'], { encoding: 'utf8' });
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const sizes = new Map(rows.filter(([kind]) => kind === 'f').map(([, inode, size]) => [inode, Number(size)]));
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return { bytes, names: rows.filter(([kind]) => kind !== 'd').length };
}

describe('du', () => {
  beforeAll(() => {
    put('context/one/bin/tool', 'tool'.repeat(5000));
    put('context/one/share/text', 'text'.repeat(100));
    put('context/one/share/again', 'text'.repeat(100));
    linkSync(join(scratch, 'context/one/bin/tool'), join(scratch, 'context/one/bin/alias'));
    symlinkSync('tool', join(scratch, 'context/one/bin/link'));
    put('context/two/share/text', 'other');
    put('context/Dockerfile', 'FROM scratch\nCOPY one /\nCOPY two /\nCOPY --chmod=700 one/bin /bin\n');
    expect(plinth(['build', '-t', 'sized', 'context'])).toMatchObject({ status: 0 });
  });

  it('counts what find counts in the exported tree', () => {
    expect(plinth(['build', '-o', 'exported', 'context'])).toMatchObject({ status: 0 });
    const { bytes, names } = find(join(scratch, 'exported'));
    expect(JSON.parse(plinth(['du', '--json', 'sized']).stdout)).toMatchObject({ shownBytes: bytes, files: names });
    const ofDirectory = JSON.parse(plinth(['du', '--json', '--depth', '1', './exported']).stdout);
    expect(ofDirectory).toMatchObject({ shownBytes: bytes, files: names, wastedBytes: 0, efficiency: 1 });
    for (const { path, sizeBytes, files } of ofDirectory.directories.slice(1)) {
      expect({ bytes: sizeBytes, names: files }).toEqual(find(join(scratch, 'exported', path)));
    }
    execFileSync('tar', ['-C', join(scratch, 'exported'), '-czf', join(scratch, 'exported.tgz'), '.']);
    expect(plinth(['du', './exported.tgz']).stdout).toBe(plinth(['du', './exported']).stdout);
  });

  it('shows the layers and what they hold in vain', () => {
    const { stdout, status } = plinth(['du', '--layers', '--files', 'sized']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^20\.4kB in 5 files, 40\.8kB stored in 3 layers\nefficiency 50\.0%: .* 20\.4kB\n/);
    expect(stdout).toMatch(/2 +5B +0B +0 +1 +0 +COPY two \//);
    expect(stdout).toMatch(/20kB +1 +same again in 3 +\/bin\/alias/);
    expect(stdout).toMatch(/400B +1 +overwritten in 2 +\/share\/text/);
    expect(stdout).not.toContain('Directories');
  });

  it('fails when a limit does not hold, and says which', () => {
    expect(plinth(['du', '--max-size', '1M', '--max-wasted', '60%', '--min-efficiency', '0.4', 'sized']).status).toBe(
      0,
    );
    const limits = ['--max-size', '40000', '--max-wasted', '1k', '--min-efficiency', '95%'];
    const over = plinth(['du', ...limits, 'sized']);
    expect(over.status).toBe(1);
    expect(over.stderr).toBe(
      'over the limit: the layers hold 40.8kB (40805 bytes), --max-size allows 40kB (40000)\n' +
        'over the limit: 20.4kB (20400 bytes) are wasted, --max-wasted allows 1.02kB (1024)\n' +
        'over the limit: the efficiency is 50.0%, --min-efficiency wants 95.0%\n',
    );
    expect(JSON.parse(plinth(['du', '--json', ...limits, 'sized']).stdout).breaches).toHaveLength(3);
  });

  it('does not count holes', () => {
    put('sparse/file', '');
    truncateSync(join(scratch, 'sparse/file'), 2 ** 40);
    expect(JSON.parse(plinth(['du', '--json', './sparse']).stdout)).toMatchObject({ storedBytes: 0, files: 1 });
  });

  it.each([
    [['sizedd'], 1, /error: find image sizedd: .*\nhint: Did you mean sized/],
    [['./missing'], 1, /error: open \.\/missing: no such file or directory\n/],
    [['--max-wasted', 'much', 'sized'], 2, /error: read --max-wasted: "much" is not a size/],
    [['--files', '--depth', '3', 'sized'], 2, /--depth is for directories/],
    [['--package', 'sized'], 2, /--packages/],
    [[], 2, /exactly 1 argument/],
  ])('%j is refused', (args, status, message) => {
    expect(plinth(['du', ...args])).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(message) });
  });
});
