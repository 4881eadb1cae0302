import { describe, expect, it } from 'vitest';
import { editDistance, nearMiss } from './near-miss.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['build', 'build', 0],
    ['bild', 'build', 1],
    ['biuld', 'build', 1],
    ['buld', 'build', 1],
    ['run', 'rm', 2],
    ['kitten', 'sitting', 3],
  ])('%s → %s: %d', (left, right, distance) => {
    expect(editDistance(left, right)).toBe(distance);
    expect(editDistance(right, left)).toBe(distance);
  });
});

describe('nearMiss', () => {
  const commands = ['build', 'run', 'images', 'inspect'];
  it.each([
    ['biuld', 'build'],
    ['image', 'images'],
    ['ruin', 'run'],
    ['xyz', undefined],
    ['', undefined],
  ])('%s → %s', (word, expected) => {
    expect(nearMiss(word, commands)).toBe(expected);
  });
});
