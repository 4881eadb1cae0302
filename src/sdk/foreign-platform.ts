import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MachineTable } from '../elf/index.ts';
import { normalizePlatform, type Platform } from '../oci/index.ts';

const BINFMT_MISC = '/proc/sys/fs/binfmt_misc';

/** Why programs of another platform do not start here, and what can be done about it. */
export interface ForeignObstacle {
  readonly reason: string;
  readonly hint: string;
}

/**
 * Why programs for `platform` would not start in a container here; undefined if the kernel knows an interpreter for
 * them (binfmt_misc, Documentation/admin-guide/binfmt-misc.rst), as qemu-user registers them.
 */
export function foreignObstacle(platform: Platform, directory: string = BINFMT_MISC): ForeignObstacle | undefined {
  const elsewhere = 'Build the image for this platform, or run it on a machine of its own.';
  const header = platform.os === 'linux' ? programHeader(platform) : undefined;
  if (header === undefined) return { reason: 'nothing here runs such programs', hint: elsewhere };
  const entries = readEntries(directory);
  const fitting = entries.filter((entry) => matches(entry, header));
  if (fitting.some(({ flags }) => flags.includes('F'))) return undefined;
  const [entry] = fitting;
  const hint = `Install the package qemu-user-static (it registers its interpreters with the flag F). ${elsewhere}`;
  if (entry === undefined) return { reason: 'no interpreter of such programs is registered (binfmt_misc)', hint };
  const reason = `the interpreter ${entry.interpreter} is registered without the flag F, so a container would not see it`;
  return { reason, hint };
}

interface BinfmtEntry {
  readonly interpreter: string;
  readonly flags: string;
  readonly offset: number;
  readonly magic: Buffer;
  readonly mask: Buffer;
}

function readEntries(directory: string): BinfmtEntry[] {
  if (!existsSync(join(directory, 'status')) || readText(join(directory, 'status')).trim() !== 'enabled') return [];
  const names = readdirSync(directory).filter((name) => name !== 'status' && name !== 'register');
  return names.flatMap((name) => parseEntry(readText(join(directory, name))));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function parseEntry(text: string): BinfmtEntry[] {
  const [state, ...lines] = text.split('\n');
  const fact = (word: string) => lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1) ?? '';
  const magic = Buffer.from(fact('magic'), 'hex');
  // Without a magic it goes by the extension of a file's name.
  if (state !== 'enabled' || magic.length === 0) return [];
  const mask = fact('mask') === '' ? Buffer.alloc(magic.length, 0xff) : Buffer.from(fact('mask'), 'hex');
  const flags = lines.find((line) => line.startsWith('flags:'))?.slice('flags:'.length) ?? '';
  return [{ interpreter: fact('interpreter'), flags, offset: Number(fact('offset')), magic, mask }];
}

function matches({ offset, magic, mask }: BinfmtEntry, header: Buffer): boolean {
  if (!Number.isSafeInteger(offset) || offset < 0 || mask.length !== magic.length) return false;
  return magic.every((byte, index) => (((header[offset + index] ?? -1) ^ byte) & (mask[index] ?? 0)) === 0);
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
