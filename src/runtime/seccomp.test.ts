import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Machine, syscallNumber, syscallNumbers } from '../elf/index.ts';
import { DEFAULT_CAPABILITIES } from './default-spec.ts';
import { compileSeccomp } from './seccomp-filter.ts';
import { defaultSeccomp } from './seccomp-policy.ts';
import type { SeccompCondition, SeccompSpec } from './spec.ts';

const ALLOW = 0x7fff_0000;
const errno = (number: number) => 0x0005_0000 | number;
const [EPERM, ENOSYS] = [1, 38];
const AUDIT = { 'x86-64': 0xc000_003e, arm64: 0xc000_00b7, i386: 0x4000_0003, arm: 0x4000_0028 } as const;
const MACHINES: readonly Machine[] = ['x86-64', 'arm64'];
const PREDECESSOR = { 'x86-64': 'i386', arm64: 'arm' } as const;

/** What the kernel does with a filter (Documentation/networking/filter.rst), for the instructions that ours have. */
function judge(filter: Buffer, architecture: number, number: number, args: readonly bigint[] = []): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(architecture, 4);
  for (const [index, value] of args.entries()) data.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + 8 * index);
  let accumulator = 0;
  for (let at = 0; at < filter.length / 8; at++) {
    const k = filter.readUInt32LE(at * 8 + 4);
    const jump = (taken: boolean) => filter.readUInt8(at * 8 + (taken ? 2 : 3));
    switch (filter.readUInt16LE(at * 8)) {
      case 0x20:
        accumulator = data.readUInt32LE(k);
        break;
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x05:
        at += k;
        break;
      case 0x15:
        at += jump(accumulator === k);
        break;
      case 0x35:
        at += jump(accumulator >= k);
        break;
      case 0x06:
        return k;
      default:
        throw new Error(`instruction ${at} is unknown`);
    }
  }
  throw new Error('the filter has no end');
}

function defaultFilter(machine: Machine, capabilities = DEFAULT_CAPABILITIES) {
  const filter = compileSeccomp(defaultSeccomp(machine, capabilities), machine);
  return (name: string, ...args: bigint[]) => judge(filter, AUDIT[machine], syscallNumber(machine, name), args);
}

describe.each(MACHINES)('the default policy on %s', (machine) => {
  const call = defaultFilter(machine);
  const number = (name: string) => syscallNumber(machine, name);
  const filter = compileSeccomp(defaultSeccomp(machine, DEFAULT_CAPABILITIES), machine);

  it('allows what programs need', () => {
    const names = 'read write openat execve futex statx clone chroot ptrace openat2 rseq mseal statmount'.split(' ');
    expect(names.filter((name) => call(name) !== ALLOW)).toEqual([]);
  });

  it('refuses what leads out of a container', () => {
    const names = `mount umount2 pivot_root setns unshare bpf keyctl add_key request_key kexec_load init_module reboot
      swapon open_by_handle_at perf_event_open userfaultfd io_uring_setup fsopen move_mount open_tree sethostname
      clock_settime syslog quotactl move_pages mbind vhangup`.split(/\s+/);
    expect(names.filter((name) => call(name) !== errno(EPERM))).toEqual([]);
  });

  it.each([
    ['clone', [0x0001_0000], ALLOW],
    ['clone', [0x1000_0011], errno(EPERM)],
    ['clone', [0x0200_0000], errno(EPERM)],
    ['clone3', [0], errno(ENOSYS)],
    ['personality', [0xffff_ffff], ALLOW],
    ['personality', [8], ALLOW],
    ['personality', [0x0004_0000], errno(EPERM)],
    ['socket', [1], ALLOW],
    ['socket', [16], ALLOW],
    ['socket', [38], errno(EPERM)],
    ['socket', [40], errno(EPERM)],
    ['socket', [0x1_0000_0028], errno(EPERM)],
    ['socket', [46], errno(EPERM)],
  ] as const)('%s %j', (name, args, expected) => {
    expect(call(name, ...args.map(BigInt))).toBe(expected);
  });

  it('knows no call of another architecture', () => {
    const foreign = machine === 'arm64' ? [AUDIT.i386, AUDIT['x86-64']] : [AUDIT.arm, AUDIT.arm64];
    expect(foreign.map((architecture) => judge(filter, architecture, number('read')))).toEqual(
      foreign.map(() => errno(ENOSYS)),
    );
  });

  it('knows no call that is newer than itself, so that a C library takes an older one', () => {
    expect(judge(filter, AUDIT[machine], 900)).toBe(errno(ENOSYS));
    expect(call('file_getattr')).toBe(errno(ENOSYS));
  });

  it('knows no call of 32 bits unless the specification has them', () => {
    const { architectures: _, ...spec } = defaultSeccomp(machine, DEFAULT_CAPABILITIES);
    const own = compileSeccomp(spec, machine);
    expect(judge(own, AUDIT[PREDECESSOR[machine]], 3)).toBe(errno(ENOSYS));
    expect(judge(own, AUDIT[machine], number('read'))).toBe(ALLOW);
  });

  it('gives calls back with their capability', () => {
    const privileged = defaultFilter(machine, ['CAP_SYS_ADMIN', 'CAP_SYS_TIME']);
    const names = ['mount', 'unshare', 'setns', 'clone3', 'bpf', 'clock_settime'];
    expect(names.filter((name) => privileged(name) !== ALLOW)).toEqual([]);
    expect(privileged('clone', 0x1000_0011n)).toBe(ALLOW);
    expect(privileged('reboot')).toBe(errno(EPERM));
    expect(defaultFilter(machine, [])('chroot')).toBe(errno(EPERM));
  });

  it('is short enough for the kernel', () => {
    expect(filter.length / 8).toBeLessThan(4096);
  });
});

describe.each(MACHINES)('the default policy for programs of 32 bits on %s', (machine) => {
  const abi = PREDECESSOR[machine];
  const numbers = syscallNumbers(abi);
  const filter = compileSeccomp(defaultSeccomp(machine, DEFAULT_CAPABILITIES), machine);
  const call = (name: string, ...args: bigint[]) => judge(filter, AUDIT[abi], numbers.get(name) ?? -1, args);

  it('allows what programs need', () => {
    const names =
      `exit_group read write openat execve mmap2 fstat64 fcntl64 _llseek clone getuid32 setgroups32 sigreturn
      clock_gettime64 futex_time64 statx ppoll_time64`.split(/\s+/);
    const own = { i386: ['socketcall', 'waitpid', 'set_thread_area'], arm: ['set_tls', 'cacheflush', 'recv'] }[abi];
    expect([...names, ...own].filter((name) => call(name) !== ALLOW)).toEqual([]);
  });

  it('refuses all that it refuses on the machine itself, and what only they have', () => {
    const own = syscallNumbers(machine);
    const refused = [...numbers.keys()].filter(
      (name) => own.has(name) && judge(filter, AUDIT[machine], own.get(name) ?? -1, [0n]) !== ALLOW,
    );
    expect(refused).toEqual(expect.arrayContaining(['mount', 'unshare', 'setns', 'bpf', 'clock_settime', 'reboot']));
    expect(refused.filter((name) => call(name, 0n) === ALLOW)).toEqual([]);
    const further = ['clock_settime64', ...(abi === 'i386' ? ['umount', 'stime', 'vm86', 'vm86old'] : [])];
    expect(further.filter((name) => call(name) !== errno(EPERM))).toEqual([]);
  });

  it('looks at arguments', () => {
    expect(call('clone', 0x1000_0011n)).toBe(errno(EPERM));
    expect(call('clone3', 0n)).toBe(errno(ENOSYS));
    expect(call('socket', 1n)).toBe(ALLOW);
    expect(call('socket', 40n)).toBe(errno(EPERM));
    expect(call('personality', 0xffff_ffffn)).toBe(ALLOW);
  });

  it('knows no call that is newer than itself', () => {
    for (const unknown of [900, 0xf_0000, 0xf_0007]) expect(judge(filter, AUDIT[abi], unknown)).toBe(errno(ENOSYS));
  });
});

it.each([
  ['i386', { waitpid: 7, socketcall: 102, mmap2: 192, exit_group: 252, openat: 295, getrandom: 355, statx: 383 }],
  ['arm', { lchown: 16, mmap2: 192, exit_group: 248, openat: 322, getrandom: 384, statx: 397, set_tls: 0xf_0005 }],
] as const)('numbers the calls of %s as the kernel does', (abi, expected) => {
  const numbers = syscallNumbers(abi);
  expect(Object.keys(expected).map((name) => numbers.get(name))).toEqual(Object.values(expected));
  expect([numbers.get('pidfd_open'), numbers.get('mseal')]).toEqual([434, 462]);
  expect(numbers.has('syscall')).toBe(false);
});

it('knows no x32 call', () => {
  const filter = compileSeccomp(defaultSeccomp('x86-64', DEFAULT_CAPABILITIES), 'x86-64');
  expect(judge(filter, AUDIT['x86-64'], 0x4000_0000)).toBe(errno(ENOSYS));
  expect(judge(filter, AUDIT['x86-64'], 0x4000_0000 + 520)).toBe(errno(ENOSYS));
});

it.each(MACHINES)('decides any rules on %s as they read', (machine) => {
  const names = [...syscallNumbers(machine).keys()];
  const value = fc.constantFrom(0n, 1n, 2n, 0xffff_ffffn, 0x1_0000_0001n);
  const condition = fc.record({
    index: fc.integer({ min: 0, max: 5 }),
    op: fc.constantFrom('SCMP_CMP_EQ', 'SCMP_CMP_NE', 'SCMP_CMP_MASKED_EQ'),
    value: value.map(Number),
    valueTwo: value.map(Number),
  });
  const rule = fc.record({
    names: fc.array(fc.constantFrom(...names.slice(0, 8)), { minLength: 1, maxLength: 4 }),
    action: fc.constantFrom('SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO'),
    errnoRet: fc.integer({ min: 1, max: 99 }),
    args: fc.array(condition, { maxLength: 3 }),
  });
  const spec = fc.record({ defaultAction: fc.constant('SCMP_ACT_ERRNO'), syscalls: fc.array(rule, { maxLength: 8 }) });
  fc.assert(
    fc.property(spec, fc.constantFrom(...names.slice(0, 8)), fc.array(value, { minLength: 6, maxLength: 6 }), decide),
  );

  function decide(given: SeccompSpec, name: string, args: readonly bigint[]): void {
    const number = syscallNumber(machine, name);
    const named = given.syscalls?.flatMap((each) => each.names).map((each) => syscallNumber(machine, each)) ?? [];
    const first = given.syscalls?.find((each) => each.names.includes(name) && (each.args ?? []).every(holds));
    const beyond = number > Math.max(-1, ...named) ? errno(ENOSYS) : errno(EPERM);
    const expected =
      first === undefined ? beyond : first.action === 'SCMP_ACT_ALLOW' ? ALLOW : errno(first.errnoRet ?? EPERM);
    expect(judge(compileSeccomp(given, machine), AUDIT[machine], number, args)).toBe(expected);

    function holds({ index, op, value: one, valueTwo = 0 }: SeccompCondition): boolean {
      const argument = args[index] ?? 0n;
      if (op === 'SCMP_CMP_MASKED_EQ') return (argument & BigInt(one)) === BigInt(valueTwo);
      return (argument === BigInt(one)) === (op === 'SCMP_CMP_EQ');
    }
  }
});
