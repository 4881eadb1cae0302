import { readFileSync } from 'node:fs';
import type { ByteString } from '../bytes/index.ts';

/** The features that each level of the x86-64 psABI adds, in the words of /proc/cpuinfo. */
const LEVELS: readonly (readonly [level: string, features: readonly string[]])[] = [
  ['x86-64-v2', ['cx16', 'lahf_lm', 'popcnt', 'sse4_1', 'sse4_2', 'ssse3']],
  ['x86-64-v3', ['abm', 'avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'movbe', 'xsave']],
  ['x86-64-v4', ['avx512bw', 'avx512cd', 'avx512dq', 'avx512f', 'avx512vl']],
];

/** The subdirectories of glibc-hwcaps that this machine's processor is good for, best first. */
export function hostHwcaps(): ByteString[] {
  return hwcapsOf(readCpuInfo());
}

/** {@link hostHwcaps} of the text of /proc/cpuinfo. */
export function hwcapsOf(cpuInfo: string): ByteString[] {
  const features = new Set(/^flags\s*:(.*)$/m.exec(cpuInfo)?.[1]?.trim().split(/\s+/));
  const missing = LEVELS.findIndex(([, needed]) => !needed.every((feature) => features.has(feature)));
  const reached = missing < 0 ? LEVELS : LEVELS.slice(0, missing);
  return reached.map(([level]) => level as ByteString).reverse();
}

function readCpuInfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
