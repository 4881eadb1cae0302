import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';
import { choice, parsed, text, texts, toggle } from './flag.ts';
import { parseSize } from './options/size.ts';

const flags = {
  rm: toggle(''),
  interactive: toggle('', 'i'),
  tty: toggle('', 't'),
  env: texts('KEY=VALUE', '', 'e'),
  user: text('USER', '', 'u'),
  size: parsed(parseSize, { value: 'SIZE', help: '' }),
  network: choice(['host', 'none'], { help: '', initial: 'host' }),
};

describe('parseCommandLine', () => {
  it.each([
    [['--rm'], { rm: true }],
    [['--rm=false'], { rm: false }],
    [['--rm=1'], { rm: true }],
    [['-it'], { interactive: true, tty: true }],
    [['-ti'], { interactive: true, tty: true }],
    [['-i=false'], { interactive: false }],
    [['-e', 'A=1', '-eB=2', '-e=C=3', '--env', 'D', '--env=E=5'], { env: ['A=1', 'B=2', 'C=3', 'D', 'E=5'] }],
    [['-itu0'], { interactive: true, tty: true, user: '0' }],
    [['-u', '-1'], { user: '-1' }],
    [['--user='], { user: '' }],
    [['--size', '2K'], { size: 2048 }],
    [['--network', 'none'], { network: 'none' }],
    [['-u', 'a', '-u', 'b'], { user: 'b' }],
  ])('reads %j', (argv, expected) => {
    expect(parseCommandLine(flags, argv).flags).toMatchObject(expected);
  });

  it('lets flags stand after operands, and ends them at --', () => {
    const line = parseCommandLine(flags, ['a', '--rm', '-', '--', '--tty', '-x']);
    expect(line.operands).toEqual(['a', '-', '--tty', '-x']);
    expect(line.flags).toMatchObject({ rm: true, tty: false });
  });

  it('leaves what follows the first operand alone when asked to', () => {
    const line = parseCommandLine(flags, ['--rm', 'image', '-x', '--rm', '--help', '--'], { stopAtOperand: true });
    expect(line.operands).toEqual(['image', '-x', '--rm', '--help', '--']);
    expect(line.help).toBe(false);
  });

  it.each([
    [['--hlp'], 'unknown flag: --hlp', undefined],
    [['--usr', 'x'], 'unknown flag: --usr', 'Did you mean --user?'],
    [['--constructor'], 'unknown flag: --constructor', undefined],
    [['-x'], 'unknown flag: -x', undefined],
    [['-ix'], 'unknown flag: -x in -ix', undefined],
    [['--user'], 'read --user: it needs a value', undefined],
    [['-u'], 'read -u: it needs a value', undefined],
    [['--rm=maybe'], 'read --rm: "maybe" is neither true nor false', undefined],
    [['--size', 'big'], 'read --size: "big" is not a size such as 150M, 2GiB or 1048576', undefined],
    [['--network', 'bridge'], 'read --network: "bridge" is not one of host, none', undefined],
  ])('refuses %j', (argv, message, hint) => {
    expect(() => parseCommandLine(flags, argv)).toThrow(expect.objectContaining({ code: 'usage-flag', message, hint }));
  });

  it.each([[['--help']], [['-h']], [['--rm', '--help', '--unknown']]])('sees that %j asks for help', (argv) => {
    expect(parseCommandLine(flags, argv).help).toBe(true);
  });

  it('gives -h to a flag that has this letter', () => {
    const line = parseCommandLine({ hostname: text('NAME', '', 'h') }, ['-h', 'box']);
    expect(line).toMatchObject({ help: false, flags: { hostname: 'box' } });
  });
});
