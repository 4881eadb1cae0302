import { describe, expect, it } from 'vitest';
import { parseEnvFile, parseLabel, parseVariable } from './key-value.ts';
import { parseOutputSpec } from './output-spec.ts';
import { parseSize } from './size.ts';
import { parseVolume } from './volume.ts';

describe('parseSize', () => {
  it.each([
    ['0', 0],
    ['1048576', 1048576],
    ['150M', 150 * 1024 ** 2],
    ['150m', 150 * 1024 ** 2],
    ['2GiB', 2 * 1024 ** 3],
    ['2GB', 2e9],
    ['1.5G', 1.5 * 1024 ** 3],
    ['4 kB', 4000],
    ['1T', 1024 ** 4],
  ])('%s', (given, expected) => expect(parseSize(given)).toBe(expected));

  it.each(['', 'M', '-1', '1X', '1e9', '0x10', '9999999999T', 'NaN'])('refuses %j', (given) => {
    expect(() => parseSize(given)).toThrow(/is not a size/);
  });
});

describe('parseVolume', () => {
  it.each([
    ['/a:/b', { source: '/a', target: '/b', readOnly: false }],
    ['/a:/b:ro', { source: '/a', target: '/b', readOnly: true }],
    ['/a:/b:rw', { source: '/a', target: '/b', readOnly: false }],
    ['./x:/b', { source: '/here/x', target: '/b', readOnly: false }],
    ['..:/b', { source: '/', target: '/b', readOnly: false }],
    ['.:/b', { source: '/here', target: '/b', readOnly: false }],
  ])('%s', (given, expected) => expect(parseVolume(given, '/here')).toEqual(expected));

  it.each([
    ['/a', /is not SOURCE:TARGET/],
    [':/b', /is not SOURCE:TARGET/],
    ['/a:b', /not an absolute path/],
    ['data:/b', /write \.\/data:\/b/],
    ['/a:/b:z', /"z" is neither ro nor rw/],
    ['/a:/b:ro:x', /is not SOURCE:TARGET/],
  ])('refuses %s', (given, message) => expect(() => parseVolume(given, '/here')).toThrow(message));
});

describe('parseVariable', () => {
  it.each([
    ['A=1', ['A', '1']],
    ['A=', ['A', '']],
    ['A=b=c', ['A', 'b=c']],
    ['HOME', ['HOME', '/root']],
    ['UNSET', undefined],
  ])('%s', (given, expected) => expect(parseVariable(given, { HOME: '/root' })).toEqual(expected));

  it('refuses a value without a name', () => expect(() => parseVariable('=x', {})).toThrow(/no name before/));
});

describe('parseLabel', () => {
  it.each([
    ['a=b', ['a', 'b']],
    ['a', ['a', '']],
  ])('%s', (given, expected) => expect(parseLabel(given)).toEqual(expected));
});

describe('parseEnvFile', () => {
  it('takes lines as they stand', () => {
    const content = '\uFEFFA=1\n# no\n\n  B="q" \nHOME\nUNSET\r\nC=#x\n';
    expect(parseEnvFile(content, { HOME: '/root' })).toEqual([
      ['A', '1'],
      ['B', '"q" '],
      ['HOME', '/root'],
      ['C', '#x'],
    ]);
  });

  it('names the line that is wrong', () => {
    expect(() => parseEnvFile('A=1\nA B=2\n', {})).toThrow('line 2: "A B" cannot be the name of a variable');
  });
});

describe('parseOutputSpec', () => {
  it.each([
    ['-', { type: 'tar', dest: '-' }],
    ['out', { type: 'local', dest: 'out' }],
    ['type=image', { type: 'image' }],
    ['type=tar', { type: 'tar', dest: '-' }],
    ['type=docker,dest=a.tar', { type: 'docker', dest: 'a.tar' }],
    ['dest=a=b,type=oci', { type: 'oci', dest: 'a=b' }],
    ['type=local,destination=d', { type: 'local', dest: 'd' }],
    ['type=ext4,dest=d', { type: 'ext4', dest: 'd', journal: true }],
    ['type=ext4,dest=d,size=1G,journal=false', { type: 'ext4', dest: 'd', sizeBytes: 1024 ** 3, journal: false }],
    [
      'type=ext4,dest=d,free=8M,label=x',
      { type: 'ext4', dest: 'd', freeBytes: 8 * 1024 ** 2, journal: true, label: 'x' },
    ],
  ])('%s', (given, expected) => expect(parseOutputSpec(given)).toEqual(expected));

  it.each([
    ['', /empty/],
    ['dest=x', /type=TYPE is missing/],
    ['type=squashfs,dest=x', /not one of image, oci, docker, tar, local, ext4/],
    ['type=constructor', /not one of/],
    ['type=local', /local needs a dest/],
    ['type=ext4,dest=-', /cannot go to standard output/],
    ['type=tar,size=1', /type=tar has no size; it takes dest/],
    ['type=image,dest=x', /it takes nothing else/],
    ['type=ext4,dest=d,size=1,free=1', /exclude each other/],
    ['type=ext4,dest=d,journal=maybe', /journal is true or false/],
    ['type=ext4,dest=d,=x', /is not KEY=VALUE/],
  ])('refuses %j', (given, message) => expect(() => parseOutputSpec(given)).toThrow(message));
});
