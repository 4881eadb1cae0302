import { describe, expect, it } from 'vitest';
import { parseCount } from './count.ts';
import { parseShare, parseSizeOrShare } from './share.ts';

describe('parseShare', () => {
  it.each([
    ['0', 0],
    ['0.95', 0.95],
    ['1', 1],
    ['95', 0.95],
    ['95%', 0.95],
    ['0.5%', 0.005],
    ['100 %', 1],
  ])('%s', (given, expected) => expect(parseShare(given)).toBe(expected));

  it.each(['', '%', '-1', '101', '1e1', 'much', '5%%'])('refuses %j', (given) => {
    expect(() => parseShare(given)).toThrow(/is not a part of a whole such as/);
  });
});

describe('parseSizeOrShare', () => {
  it.each([
    ['20MB', { bytes: 20_000_000 }],
    ['5', { bytes: 5 }],
    ['5%', { share: 0.05 }],
  ])('%s', (given, expected) => expect(parseSizeOrShare(given)).toEqual(expected));

  it.each(['five', '101%'])('refuses %j', (given) => expect(() => parseSizeOrShare(given)).toThrow(/is not a/));
});

describe('parseCount', () => {
  it('reads whole numbers', () => expect(['0', '12'].map(parseCount)).toEqual([0, 12]));
  it.each(['', '-1', '1.5', 'x', '9999999999'])('refuses %j', (given) => {
    expect(() => parseCount(given)).toThrow(/is not a whole number/);
  });
});
