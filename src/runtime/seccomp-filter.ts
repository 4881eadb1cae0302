import { type Abi, type Machine, syscallNumbers } from '../elf/index.ts';
import { PlinthError } from '../errors/index.ts';
import type { RuntimeErrorCode } from './runtime-error.ts';
import type { SeccompCondition, SeccompRule, SeccompSpec } from './spec.ts';

// Classic BPF (Linux, Documentation/networking/filter.rst): an instruction is {u16 code, u8 jt, u8 jf, u32 k}. It reads
// struct seccomp_data: {u32 number, u32 architecture, u64 instruction pointer, u64 arguments[6]}.
type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, k: number];

const LOAD_WORD = 0x20;
const AND = 0x54;
const JUMP = 0x05;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_OR_EQUAL = 0x35;
const RETURN = 0x06;

const NUMBER_OFFSET = 0;
const ARCHITECTURE_OFFSET = 4;
const ARGUMENTS_OFFSET = 16;

/** include/uapi/linux/audit.h */
const AUDIT_ARCHITECTURE: Readonly<Record<Abi, number>> = {
  'x86-64': 0xc000_003e,
  arm64: 0xc000_00b7,
  i386: 0x4000_0003,
  arm: 0x4000_0028,
};
/** The predecessor of 32 bits whose programs a machine runs, as a specification names it. */
const PREDECESSOR = { 'x86-64': ['i386', 'SCMP_ARCH_X86'], arm64: ['arm', 'SCMP_ARCH_ARM'] } as const;
/** The x32 ABI of x86-64 marks its numbers so. */
const X32_BIT = 0x4000_0000;
const ENOSYS = 38;
const EPERM = 1;
const RETURN_ALLOW = 0x7fff_0000;
const RETURN_ERRNO = 0x0005_0000;
const RETURN_LOG = 0x7ffc_0000;
const RETURN_KILL_THREAD = 0;
const RETURN_KILL_PROCESS = 0x8000_0000;

/** What a kernel answers that does not have a system call. */
const FOREIGN: Instruction = [RETURN, 0, 0, RETURN_ERRNO | ENOSYS];

const UNKNOWN: Verdict = [FOREIGN];

/** The program text for one system call, or for all of a gap. */
type Verdict = readonly Instruction[];
/** A specification that is the same for every ABI. */
interface Policy {
  readonly rules: readonly RuleCode[];
  readonly fallback: Verdict;
}
interface RuleCode {
  readonly names: readonly string[];
  readonly code: Verdict;
  /** With a call that passes no condition, the code goes on behind itself. */
  readonly isTest: boolean;
}
interface Range {
  /** The first number for which the verdict holds. */
  readonly from: number;
  readonly verdict: Verdict;
}

/**
 * A seccomp specification as a BPF program for `machine`.
 *
 * The calls of programs of 32 bits are judged if `architectures` has them, by their own numbers. Those of any other ABI
 * (x32) fail with ENOSYS; so do those with a number beyond all that the specification names, as in runc: a C library then
 * falls back to an older call, where EPERM would be final. Numbers are found by binary search, so a call costs about
 * eight comparisons. Rules for one system call are tried in their order.
 *
 * @throws PlinthError `runtime-spec-unsupported`
 */
export function compileSeccomp(spec: SeccompSpec, machine: Machine): Buffer {
  const [predecessor, name] = PREDECESSOR[machine];
  const abis: Abi[] = [machine, ...(spec.architectures?.includes(name) ? [predecessor] : [])];
  const policy = {
    fallback: verdictOf(spec.defaultAction, spec.defaultErrnoRet),
    rules: (spec.syscalls ?? []).map(codeOf),
  };
  return encode([[LOAD_WORD, 0, 0, ARCHITECTURE_OFFSET], ...abis.flatMap((abi) => judgeAbi(policy, abi)), FOREIGN]);
}

/** Decides the calls of one ABI, and passes over all others with the architecture still loaded. */
function judgeAbi(policy: Policy, abi: Abi): Instruction[] {
  const code: Instruction[] = [
    [LOAD_WORD, 0, 0, NUMBER_OFFSET],
    ...(abi === 'x86-64' ? ([[JUMP_GREATER_OR_EQUAL, 0, 1, X32_BIT], FOREIGN] as const) : []),
    ...searchTree(ranges(policy, abi)),
  ];
  return [[JUMP_EQUAL, 1, 0, AUDIT_ARCHITECTURE[abi]], [JUMP, 0, 0, code.length], ...code];
}

/** A gap in the numbers as wide as this lies behind the newest call, not among the old ones: arm has calls beyond. */
const WIDE_GAP = 0x1000;

/** Consecutive system calls with the same verdict are one range. */
function ranges(policy: Policy, abi: Abi): Range[] {
  const { fallback } = policy;
  const permissive = fallback === verdictOf('SCMP_ACT_ALLOW') || fallback === verdictOf('SCMP_ACT_LOG');
  const beyond = permissive ? fallback : UNKNOWN;
  const found: Range[] = [];
  const add = (from: number, verdict: Verdict) => {
    if (found.at(-1)?.verdict !== verdict) found.push({ from, verdict });
  };
  let next = 0;
  for (const [number, verdict] of verdictTable(policy, abi)) {
    if (number > next) add(next, number - next < WIDE_GAP ? fallback : beyond);
    add(number, verdict);
    next = number + 1;
  }
  add(next, beyond);
  return found;
}

/** The verdict for each number that the specification names, ascending; unknown names are passed over, as in libseccomp. */
function verdictTable({ rules, fallback }: Policy, abi: Abi): [number: number, verdict: Verdict][] {
  const numbers = syscallNumbers(abi);
  const table = new Map<number, Verdict>();
  const decided = new Set<number>();
  for (const { names, code, isTest } of rules) {
    for (const name of names) {
      const number = numbers.get(name);
      if (number === undefined || decided.has(number)) continue;
      const before = table.get(number);
      table.set(number, before === undefined ? code : [...before, ...code]);
      if (!isTest) decided.add(number);
    }
  }
  const sorted = Uint32Array.from(table.keys()).sort();
  return Array.from(sorted, (number) => {
    const verdict = table.get(number) ?? fallback;
    return [number, decided.has(number) ? verdict : [...verdict, ...fallback]];
  });
}

function codeOf({ names, action, errnoRet, args }: SeccompRule): RuleCode {
  const simple = verdictOf(action, errnoRet);
  const isTest = args !== undefined && args.length > 0;
  return { names, code: isTest ? conditional(args, simple) : simple, isTest };
}

/** A jump of a test: on, to the end of its condition, or behind the action. */
type Target = 'next' | 'pass' | 'fail';
interface Compare {
  readonly code: readonly Instruction[];
  readonly k: number;
  readonly equal: Target;
  readonly unequal: Target;
}

/** All conditions, then the action; a condition that fails jumps behind it. */
function conditional(conditions: readonly SeccompCondition[], act: Verdict): Instruction[] {
  const code: Instruction[] = [...act];
  // From the end, so that the distances are known.
  for (const condition of conditions.toReversed()) {
    const pass = code.length;
    for (const { code: load, k, equal, unequal } of compares(condition).toReversed()) {
      const distance = (target: Target) =>
        target === 'next' ? 0 : target === 'fail' ? code.length : code.length - pass;
      code.unshift(...load, [JUMP_EQUAL, distance(equal), distance(unequal), k]);
    }
  }
  return code;
}

/** A 64-bit argument is compared in two halves. */
function compares({ index, op, value, valueTwo = 0 }: SeccompCondition): Compare[] {
  const masked = op === 'SCMP_CMP_MASKED_EQ';
  const equal = masked || op === 'SCMP_CMP_EQ';
  if (!equal && op !== 'SCMP_CMP_NE') {
    throw new PlinthError<RuntimeErrorCode>(`plan seccomp: operator ${op} is not supported`, {
      code: 'runtime-spec-unsupported',
      hint: 'Use SCMP_CMP_EQ, SCMP_CMP_NE or SCMP_CMP_MASKED_EQ.',
    });
  }
  const half = (number: number, at: 0 | 4) => (at === 0 ? number : Math.floor(number / 2 ** 32)) >>> 0;
  return ([0, 4] as const).map((at) => {
    const load: Instruction = [LOAD_WORD, 0, 0, ARGUMENTS_OFFSET + 8 * index + at];
    const last = at === 4;
    return {
      code: masked ? [load, [AND, 0, 0, half(value, at)]] : [load],
      k: half(masked ? valueTwo : value, at),
      equal: last ? (equal ? 'pass' : 'fail') : 'next',
      unequal: equal ? 'fail' : 'pass',
    };
  });
}

function searchTree(sorted: readonly Range[]): Instruction[] {
  const [first] = sorted;
  if (first === undefined) return [];
  if (sorted.length === 1) return [...first.verdict];
  const middle = sorted.length >> 1;
  const below = searchTree(sorted.slice(0, middle));
  const above = searchTree(sorted.slice(middle));
  const pivot = sorted[middle]?.from ?? 0;
  // A conditional jump reaches 255 instructions, a plain one any.
  if (below.length <= 255) return [[JUMP_GREATER_OR_EQUAL, below.length, 0, pivot], ...below, ...above];
  return [[JUMP_GREATER_OR_EQUAL, 0, 1, pivot], [JUMP, 0, 0, below.length], ...below, ...above];
}

/** Equal actions are one object, so that ranges can be compared by identity. */
function verdictOf(action: string, errno: number = EPERM): Verdict {
  const value = returnValue(action, errno);
  const known = simpleVerdicts.get(value);
  if (known !== undefined) return known;
  const verdict: Verdict = [[RETURN, 0, 0, value]];
  simpleVerdicts.set(value, verdict);
  return verdict;
}

const simpleVerdicts = new Map<number, Verdict>();

function returnValue(name: string, errno: number): number {
  switch (name) {
    case 'SCMP_ACT_ALLOW':
      return RETURN_ALLOW;
    case 'SCMP_ACT_ERRNO':
      return RETURN_ERRNO | errno;
    case 'SCMP_ACT_LOG':
      return RETURN_LOG;
    case 'SCMP_ACT_KILL':
    case 'SCMP_ACT_KILL_THREAD':
      return RETURN_KILL_THREAD;
    case 'SCMP_ACT_KILL_PROCESS':
      return RETURN_KILL_PROCESS;
    default:
      throw new PlinthError<RuntimeErrorCode>(`plan seccomp: action ${name} is not supported`, {
        code: 'runtime-spec-unsupported',
      });
  }
}

function encode(program: readonly Instruction[]): Buffer {
  const words = new Uint32Array(program.length * 2);
  for (const [index, [opcode, jumpTrue, jumpFalse, k]] of program.entries()) {
    words[index * 2] = opcode | (jumpTrue << 16) | (jumpFalse << 24);
    words[index * 2 + 1] = k;
  }
  return Buffer.from(words.buffer);
}
