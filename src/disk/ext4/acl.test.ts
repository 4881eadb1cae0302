import { describe, expect, it } from 'vitest';
import { encodeAcl } from './acl.ts';

const attribute = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('encodeAcl', () => {
  it('drops the ids of entries that name no one', () => {
    const given = attribute(
      '02000000 0100 0600 ffffffff 0200 0400 d2040000 0400 0400 ffffffff 1000 0400 ffffffff 2000 0000 ffffffff',
    );
    const expected = attribute('01000000 0100 0600 0200 0400 d2040000 0400 0400 1000 0400 2000 0000');
    expect(encodeAcl(given)).toEqual(expected);
  });

  it.each([
    ['nothing', ''],
    ['another version', '01000000 0100 0600 ffffffff'],
    ['half an entry', '02000000 0100 0600'],
    ['an unknown tag', '02000000 0300 0600 ffffffff'],
    ['unknown permissions', '02000000 0100 0800 ffffffff'],
  ])('refuses %s', (_, hex) => {
    expect(encodeAcl(attribute(hex))).toBeUndefined();
  });
});
