import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elfObject } from '../support/elf-object.ts';
import { type PlinthResult, plinth as startPlinth } from '../support/plinth.ts';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'plinth-deps-test-'));
  put('root/bin/app', elfObject({ interpreter: '/lib/ld.so.1', needed: ['liba.so.1'], machine: 22, little: false }));
  put('root/bin/script', '#!/usr/bin/env -S app\n');
  put('root/bin/other', elfObject({ type: 2, machine: 0xd7a9 }));
  put('root/bin/broken', elfObject({ interpreter: '/lib/ld.so.1', needed: ['libb.so.2'], machine: 22, little: false }));
  put('root/usr/bin/env', elfObject({ type: 2, machine: 22, little: false }));
  put('root/lib/ld.so.1', elfObject({ machine: 22, little: false }));
  put('root/lib/liba.so.1.0', elfObject({ machine: 22, little: false }));
  symlinkSync('liba.so.1.0', join(scratch, 'root/lib/liba.so.1'));
  put('root/lib/libb.so.1', elfObject({ machine: 22, little: false }));
  put('Dockerfile', 'FROM scratch\nCOPY root /\nENV PATH=/bin\n');
  put('.dockerignore', 'store\n');
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function put(file: string, content: string | Buffer): void {
  const path = join(scratch, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, 0o755);
}

function plinth(...args: string[]): PlinthResult {
  return startPlinth(args, { cwd: scratch, env: { FORCE_COLOR: '0', PLINTH_ROOT: join(scratch, 'store') } });
}

describe('deps', () => {
  it('shows what programs of a directory need, of whatever machine they are', () => {
    expect(plinth('deps', '--root', 'root', 'app')).toEqual({
      status: 0,
      stdout: '/bin/app   s390x, loader /lib/ld.so.1\n  liba.so.1   /lib/liba.so.1   default directory\n',
      stderr: '',
    });
  });

  it('goes through scripts and env', () => {
    const { stdout } = plinth('deps', '--root', 'root', '/bin/script');
    expect(stdout).toMatch(/^\/bin\/script → \/usr\/bin\/env → \/bin\/app {3}s390x/);
  });

  it('reads images, their archives and tars', () => {
    const direct = JSON.parse(plinth('deps', '--json', '--root', './root', 'app').stdout);
    expect(direct.paths).toEqual(['/bin/app', '/lib/ld.so.1', '/lib/liba.so.1', '/lib/liba.so.1.0']);
    expect(plinth('build', '-t', 'sys', '--platform', 'linux/s390x', '.')).toMatchObject({ status: 0 });
    expect(plinth('save', '-o', 'sys.tar', 'sys')).toMatchObject({ status: 0 });
    execFileSync('tar', ['-C', join(scratch, 'root'), '-czf', join(scratch, 'root.tar.gz'), '.']);
    for (const source of ['sys', 'sys.tar', 'root.tar.gz']) {
      expect(JSON.parse(plinth('deps', '--json', '--root', source, 'app').stdout)).toEqual(direct);
    }
  });

  it('fails where something is missing, and says what is there', () => {
    const { status, stdout } = plinth('deps', '--root', 'root', 'app', 'broken', 'ap');
    expect(status).toBe(1);
    expect(stdout).toContain('  libb.so.2   not found   needed by /bin/broken\n');
    expect(stdout).toContain(
      '  error: /bin/broken: error while loading shared libraries: libb.so.2: cannot open shared object',
    );
    expect(stdout).toContain('    There is /lib/libb.so.1. Looked in /lib');
    expect(stdout).toContain('  error: exec: "ap": executable file not found in $PATH\n    There is /bin/app.');
  });

  it('names machines that nobody has registered', () => {
    expect(plinth('deps', '--root', 'root', 'other').stdout).toMatch(/^\/bin\/other {3}machine 0xd7a9, static/);
    const named = plinth('deps', '--root', 'root', '--machine', 'dragon=0xd7a9', 'other');
    expect(named.stdout).toMatch(/^\/bin\/other {3}dragon, static/);
    expect(plinth('deps', '--machine', 'dragon=0x12345', 'x')).toMatchObject({ status: 2 });
  });

  it('prints a tree, a graph, or JSON', () => {
    expect(plinth('deps', '--root', 'root', '--tree', 'app').stdout).toContain(
      '  └─ liba.so.1   /lib/liba.so.1   default directory\n',
    );
    expect(plinth('deps', '--root', 'root', '--dot', 'app').stdout).toContain('  "/bin/app" -> "/lib/liba.so.1";\n');
    expect(plinth('deps', '--tree', '--dot', 'app')).toMatchObject({ status: 2 });
  });

  it('looks at this machine by itself', () => {
    const { status, stdout } = plinth('deps', process.execPath);
    expect(status).toBe(0);
    expect(stdout).toMatch(/ {2}libc\.so\.6 +\/\S+ +ld\.so\.cache\n/);
  });

  it('keeps the store apart from the root', () => {
    const { status, stderr } = plinth('--root', join(scratch, 'empty'), 'deps', '--root', 'sys', 'app');
    expect(status).toBe(1);
    expect(stderr).toContain('sys');
  });
});
