import { describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.ts';

const standard = (bytes: Uint8Array): number => ~crc32c(0xffffffff, bytes) >>> 0;

describe('crc32c', () => {
  // RFC 3720, appendix B.4
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['ascending', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['the check value', Buffer.from('123456789'), 0xe3069283],
  ])('of %s', (_, bytes, expected) => {
    expect(standard(bytes)).toBe(expected);
  });

  it('goes on from a state, at any cut', () => {
    const bytes = Buffer.from('the quick brown fox jumps over the lazy dog');
    const whole = crc32c(0xffffffff, bytes);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(crc32c(crc32c(0xffffffff, bytes, 0, cut), bytes, cut)).toBe(whole);
    }
  });
});
