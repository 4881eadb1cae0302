import { describe, expect, it } from 'vitest';
import { parseAddition } from './addition.ts';

describe('parseAddition', () => {
  it.each([
    ['./app', { path: './app' }],
    ['/a:b', { path: '/a:b' }],
    ['app:/srv/app', { path: 'app', to: '/srv/app' }],
    ['a:/b:/c/', { path: 'a:/b', to: '/c/' }],
  ])('reads %s', (given, expected) => {
    expect(parseAddition(given)).toEqual(expected);
  });

  it.each([
    ['', 'the path is empty; write PATH or PATH:DEST'],
    ['app:/', '"/" is no place for one thing'],
    ['app://', '"//" is no place for one thing'],
  ])('refuses %j', (given, message) => {
    expect(() => parseAddition(given)).toThrow(message);
  });
});
