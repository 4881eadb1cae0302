import { describe, expect, it } from 'vitest';
import { hwcapsOf } from './processor.ts';

const V2 = 'cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3';
const V3 = `${V2} abm avx avx2 bmi1 bmi2 f16c fma movbe xsave`;

describe('hwcapsOf', () => {
  it.each([
    ['fpu sse2', []],
    [V2, ['x86-64-v2']],
    [V3, ['x86-64-v3', 'x86-64-v2']],
    [`${V3} avx512bw avx512cd avx512dq avx512f avx512vl`, ['x86-64-v4', 'x86-64-v3', 'x86-64-v2']],
    [V3.replace('popcnt', ''), []],
  ])('%s', (features, expected) => expect(hwcapsOf(`model : 1\nflags\t\t: ${features}\nbugs :\n`)).toEqual(expected));

  it('finds nothing in another text', () => expect(hwcapsOf('Features : fp asimd')).toEqual([]));
});
