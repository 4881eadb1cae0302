import { describe, expect, it } from 'vitest';
import { formatPlatform, hostPlatform, matchesPlatform, parsePlatform, platformDistance } from './platform.ts';

describe('parsePlatform', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['aarch64', 'linux/arm64'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['Linux/AMD64', 'linux/amd64'],
    ['linux/sw64', 'linux/sw64'],
    ['macos/arm64', 'darwin/arm64'],
  ])('reads %s as %s', (text, normal) => {
    expect(formatPlatform(parsePlatform(text))).toBe(normal);
  });

  it.each(['', 'linux', 'linux/', '/amd64', 'linux/arm/v7/x', 'linux/ä', 'a b'])('refuses %j', (text) => {
    expect(() => parsePlatform(text)).toThrow(expect.objectContaining({ code: 'platform-invalid' }));
  });
});

describe('platformDistance', () => {
  it.each([
    ['linux/amd64', 'linux/amd64', 0],
    ['linux/amd64', 'linux/amd64/v3', 2],
    ['linux/amd64/v3', 'linux/amd64', undefined],
    ['linux/arm/v6', 'linux/arm/v7', 1],
    ['linux/arm/v7', 'linux/arm/v6', undefined],
    ['linux/arm64', 'linux/arm64/v8', 0],
    ['linux/arm64', 'linux/arm64/v9', 1],
    ['linux/arm64', 'linux/amd64', undefined],
    ['windows/amd64', 'linux/amd64', undefined],
  ])('an image for %s on %s is %s away', (image, wanted, distance) => {
    expect(platformDistance(parsePlatform(image), parsePlatform(wanted))).toBe(distance);
    expect(matchesPlatform(parsePlatform(image), parsePlatform(wanted))).toBe(distance !== undefined);
  });
});

it('names the host in the words of images', () => {
  expect(formatPlatform(hostPlatform('linux', 'x64'))).toBe('linux/amd64');
  expect(formatPlatform(hostPlatform('darwin', 'arm64'))).toBe('darwin/arm64');
});
