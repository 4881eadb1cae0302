import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { foreignObstacle } from './foreign-platform.ts';
import { readEmulators } from './host-facts.ts';

const ARM64 = { os: 'linux', architecture: 'arm64' };
/** As Debian's qemu-user-static registers it; also programs of type ET_DYN. */
const QEMU =
  'enabled\ninterpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P\nflags: POCF\noffset 0\n' +
  'magic 7f454c460201010000000000000000000200b700\nmask ffffffffffffff00fffffffffffffffffeffffff\n';

function obstacle(entries: Record<string, string>, platform = ARM64): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'plinth-binfmt-'));
  try {
    for (const [name, text] of Object.entries(entries)) writeFileSync(join(directory, name), text);
    return foreignObstacle(platform, readEmulators(directory))?.reason;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const status = 'enabled\n';

it.each([
  ['an interpreter is registered', { status, qemu: QEMU }, ARM64, undefined],
  ['it is for other programs', { status, qemu: QEMU }, { os: 'linux', architecture: 'riscv64' }, /no interpreter/],
  ['the system is another', { status, qemu: QEMU }, { os: 'freebsd', architecture: 'arm64' }, /nothing here/],
  ['the machine is not known', { status, qemu: QEMU }, { os: 'linux', architecture: 'zilch' }, /nothing here/],
  ['it is not seen in containers', { status, qemu: QEMU.replace('POCF', 'OC') }, ARM64, /without the flag F/],
  ['it is disabled', { status, qemu: QEMU.replace('enabled', 'disabled') }, ARM64, /no interpreter/],
  ['all are disabled', { status: 'disabled\n', qemu: QEMU }, ARM64, /no interpreter/],
  ['there is no binfmt_misc', {}, ARM64, /no interpreter/],
  [
    'entries are odd',
    { status, a: 'enabled\nextension .x\n', b: '', c: 'enabled\noffset -1\nmagic 7f\nmask ffff\n' },
    ARM64,
    /no interpreter/,
  ],
] as const)('tells whether foreign programs run: %s', (_, entries, platform, reason) => {
  const said = obstacle(entries as unknown as Record<string, string>, platform);
  if (reason === undefined) expect(said).toBeUndefined();
  else expect(said).toMatch(reason);
});
