import { describe, expect, it } from 'vitest';
import { containerCommand, mergeEnv } from './command.ts';
import { checkName, newId, newName } from './name.ts';

const IMAGE = { Entrypoint: ['/entry', '-x'], Cmd: ['serve'] };

describe('containerCommand', () => {
  it.each([
    ['the image alone', IMAGE, { args: [] }, ['/entry', '-x', 'serve']],
    ['arguments replace CMD', IMAGE, { args: ['sh', '-l'] }, ['/entry', '-x', 'sh', '-l']],
    ['an entrypoint replaces both', IMAGE, { entrypoint: '/bin/sh', args: [] }, ['/bin/sh']],
    ['an entrypoint with arguments', IMAGE, { entrypoint: '/bin/sh', args: ['-c', 'x'] }, ['/bin/sh', '-c', 'x']],
    ['an empty entrypoint leaves the arguments', IMAGE, { entrypoint: '', args: ['true'] }, ['true']],
    ['null fields', { Entrypoint: null, Cmd: ['a'] }, { args: [] }, ['a']],
  ])('%s', (_, config, given, command) => {
    expect(containerCommand(config, given)).toEqual(command);
  });

  it.each([
    [{}, { args: [] }],
    [IMAGE, { entrypoint: '', args: [] }],
    [{ Cmd: [''] }, { args: [] }],
  ])('refuses to run nothing', (config, given) => {
    expect(() => containerCommand(config, given)).toThrow(expect.objectContaining({ code: 'command-missing' }));
  });
});

describe('mergeEnv', () => {
  it('lets later values win and keeps the order of first mention', () => {
    expect(mergeEnv(['A=1', 'B=2'], ['C=', 'A=3=4'])).toEqual(['A=3=4', 'B=2', 'C=']);
  });
});

describe('names', () => {
  it('makes ids and names that are valid', () => {
    expect(newId()).toMatch(/^[0-9a-f]{64}$/);
    expect(() => checkName(newName())).not.toThrow();
  });

  it.each(['', '-a', 'a/b', '../x', 'ü', 'a'.repeat(129)])('refuses %j', (name) => {
    expect(() => checkName(name)).toThrow(expect.objectContaining({ code: 'container-name-invalid' }));
  });
});
