import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeProgram, loaded, type Machine, Program, within } from '../../src/elf/index.ts';
import { compilePlan, defaultSpec, planContainer } from '../../src/runtime/index.ts';

// Debian packages: binutils, binutils-aarch64-linux-gnu, qemu-user-static. QEMU's user mode offers no namespaces, so
// arm64 is run with the calls that every program makes.

const directory = mkdtempSync(join(tmpdir(), 'plinth-elf-'));

beforeAll(() => {
  for (const tool of ['objdump', 'aarch64-linux-gnu-objdump', 'qemu-aarch64-static']) {
    expect(spawnSync(tool, ['--version']).status, `${tool} is installed`).toBe(0);
  }
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

const OBJDUMP: Readonly<Record<Machine, readonly string[]>> = {
  'x86-64': ['objdump', '-mi386:x86-64'],
  arm64: ['aarch64-linux-gnu-objdump', '-maarch64'],
};

/** A child writes its greeting and ends with 42; its parent waits for it and ends with that status. */
function familyProgram(): Program {
  const program = new Program();
  const pid = program.zeros(8);
  const status = program.zeros(8);
  program.add({ kind: 'syscall', name: 'clone', args: [17, 0, 0, 0, 0] });
  program.add({ kind: 'store', to: pid, value: 'result', sizeBytes: 8 });
  program.add({ kind: 'branch', left: 'result', when: 'equal', right: 0, label: 'child' });
  program.add({ kind: 'syscall', name: 'wait4', args: [loaded(pid), status, 0, 0] });
  program.add({ kind: 'syscall', name: 'exit_group', args: [loaded(within(status, 1), 1)] });
  program.add({ kind: 'label', name: 'child' });
  program.add({ kind: 'step', index: 70_000 });
  program.add({ kind: 'syscall', name: 'write', args: [1, program.string('child\n'), 6] });
  program.add({ kind: 'syscall', name: 'execve', args: [program.string('/nowhere'), program.table([]), 0] });
  program.add({ kind: 'branch', left: 'result', when: 'not-equal', right: -2, label: 'wrong' });
  program.add({ kind: 'store', to: pid, value: 'step', sizeBytes: 4 });
  program.add({ kind: 'branch', left: loaded(pid, 4), when: 'not-equal', right: 70_000, label: 'wrong' });
  program.add({ kind: 'set', to: status, value: -1 });
  program.add({ kind: 'branch', left: loaded(status), when: 'less', right: 0, label: 'right' });
  program.add({ kind: 'label', name: 'wrong' });
  program.add({ kind: 'syscall', name: 'exit_group', args: [1] });
  program.add({ kind: 'label', name: 'right' });
  program.add({ kind: 'syscall', name: 'exit_group', args: [42] });
  return program;
}

/** Execs another program with arguments and environment. */
function execProgram(path: string): Program {
  const program = new Program();
  const args = program.table([program.string(path)]);
  program.add({ kind: 'syscall', name: 'execve', args: [program.string(path), args, program.table([])] });
  program.add({ kind: 'syscall', name: 'exit_group', args: [1] });
  return program;
}

function write(name: string, program: Program, machine: Machine): string {
  const file = join(directory, `${name}-${machine}`);
  writeFileSync(file, encodeProgram(program, machine), { mode: 0o755 });
  return file;
}

/** The code of `file`, behind its data: the second program header says where. */
function disassemble(file: Buffer, machine: Machine): string {
  const code = join(directory, 'code');
  writeFileSync(code, file.subarray(Number(file.readBigUInt64LE(64 + 56 + 8))));
  const [tool = '', flag = ''] = OBJDUMP[machine];
  return execFileSync(tool, ['-b', 'binary', flag, '-D', code], { encoding: 'utf8' });
}

describe('programs', () => {
  it('run on x86-64', () => {
    const result = spawnSync(write('family', familyProgram(), 'x86-64'), { encoding: 'utf8' });
    expect([result.status, result.stdout]).toEqual([42, 'child\n']);
  });

  it('run on arm64 under QEMU', () => {
    const result = spawnSync('qemu-aarch64-static', [write('family', familyProgram(), 'arm64')], { encoding: 'utf8' });
    expect([result.status, result.stdout]).toEqual([42, 'child\n']);
  });

  it('exec another program', () => {
    const family = write('family', familyProgram(), 'x86-64');
    expect(spawnSync(write('exec', execProgram(family), 'x86-64')).status).toBe(42);
  });

  it.each(['x86-64', 'arm64'] as const)('disassemble without a gap on %s', (machine) => {
    const text = disassemble(encodeProgram(familyProgram(), machine), machine);
    expect(text).not.toMatch(/\(bad\)|undefined|\.inst|\.byte/);
    expect(text.match(machine === 'arm64' ? /svc\s+#0x0/g : /syscall/g)).toHaveLength(7);
  });

  it.each(['x86-64', 'arm64'] as const)('that start a container disassemble without a gap on %s', (machine) => {
    const plan = planContainer(
      defaultSpec({
        machine,
        rootPath: '/root',
        hostname: 'box',
        network: 'none',
        process: { args: ['/bin/sh'], cwd: '/', user: { uid: 1000, gid: 1000 }, terminal: true, noNewPrivileges: true },
      }),
      {
        machine,
        parentPid: 1,
        userNamespace: 'none',
        stdio: ['null', 'null', 'null'],
        isDirectory: () => true,
        unifiedCgroups: true,
      },
    );
    const { elf, steps } = compilePlan(plan);
    const text = disassemble(elf, machine);
    expect(text).not.toMatch(/\(bad\)|undefined|\.inst|\.byte/);
    // Each step is one call; the rest report, wait and end.
    expect(text.match(machine === 'arm64' ? /svc\s+#0x0/g : /syscall/g)?.length).toBeGreaterThan(steps.length);
  });

  it.each(['x86-64', 'arm64'] as const)('are static executables to readelf on %s', (machine) => {
    const text = execFileSync('readelf', ['-hlW', write('header', familyProgram(), machine)], { encoding: 'utf8' });
    expect(text).toMatch(machine === 'arm64' ? /Machine:\s+AArch64/ : /Machine:\s+Advanced Micro Devices X86-64/);
    expect(text).toMatch(/LOAD .* RW {2}0x10000\n.*LOAD .* R E 0x10000\n.*GNU_STACK .* RW /);
  });
});
