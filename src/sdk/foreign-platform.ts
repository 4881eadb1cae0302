import { type Emulator, emulatorFor } from '../doctor/index.ts';
import { MachineTable } from '../elf/index.ts';
import { normalizePlatform, type Platform } from '../oci/index.ts';
import { readEmulators } from './host-facts.ts';

/** Why programs of another platform do not start here, and what can be done about it. */
export interface ForeignObstacle {
  readonly reason: string;
  readonly hint: string;
}

/**
 * Why programs for `platform` would not start in a container here; undefined if the kernel knows an interpreter for
 * them (binfmt_misc, Documentation/admin-guide/binfmt-misc.rst), as qemu-user registers them.
 */
export function foreignObstacle(
  platform: Platform,
  emulators: readonly Emulator[] = readEmulators(),
): ForeignObstacle | undefined {
  const elsewhere = 'Build the image for this platform, or run it on a machine of its own.';
  const header = platform.os === 'linux' ? programHeader(platform) : undefined;
  if (header === undefined) return { reason: 'nothing here runs such programs', hint: elsewhere };
  const open = emulators.filter(({ isFixed }) => isFixed);
  if (emulatorFor(header, open) !== undefined) return undefined;
  const hint = `Install the package qemu-user-static (it registers its interpreters with the flag F). ${elsewhere}`;
  const closed = emulatorFor(header, emulators);
  if (closed === undefined) return { reason: 'no interpreter of such programs is registered (binfmt_misc)', hint };
  const reason = `the interpreter ${closed.interpreter} is registered without the flag F, so a container would not see it`;
  return { reason, hint };
}

/** How an executable for the platform begins (System V gABI, ELF header); undefined if its machine is not known. */
function programHeader(platform: Platform): Buffer | undefined {
  const { architecture } = normalizePlatform(platform);
  const { machine, class: elfClass = 64, byteOrder = 'little' } = new MachineTable().expected(architecture) ?? {};
  if (machine === undefined) return undefined;
  const isLittle = byteOrder === 'little';
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, elfClass === 64 ? 2 : 1, isLittle ? 1 : 2, 1]);
  const half = (value: number, at: number) =>
    isLittle ? header.writeUInt16LE(value, at) : header.writeUInt16BE(value, at);
  half(2, 16);
  half(machine, 18);
  half(1, isLittle ? 20 : 22);
  return header;
}
