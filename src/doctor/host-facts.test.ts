import { expect, it } from 'vitest';
import { emulatorFor, parseEmulator } from './index.ts';

const QEMU = `enabled
interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P
flags: POCF
offset 0
magic 7f454c460201010000000000000000000200b700
mask ffffffffffffff00fffffffffffffffffeffffff
`;

it('reads a rule as the kernel shows it, and finds the files that it is for', () => {
  const rule = parseEmulator('qemu-aarch64', QEMU);
  expect(rule).toMatchObject({ name: 'qemu-aarch64', offsetBytes: 0, isFixed: true });
  const head = Buffer.from('7f454c460201010300000000000000000300b70001', 'hex');
  expect(
    emulatorFor(
      head,
      [rule].filter((one) => one !== undefined),
    ),
  ).toBe(rule);
  expect(
    emulatorFor(
      Buffer.from('7f454c46', 'hex'),
      [rule].filter((one) => one !== undefined),
    ),
  ).toBeUndefined();
});

it('passes over rules that are switched off, and those that go by the end of a name', () => {
  expect(parseEmulator('off', QEMU.replace('enabled', 'disabled'))).toBeUndefined();
  expect(parseEmulator('jar', 'enabled\ninterpreter /usr/bin/jexec\nflags: \nextension .jar\n')).toBeUndefined();
});
