import type { Platform } from '../oci/index.ts';
import type { Tree } from '../tree/index.ts';

/** The machine that something is to run on. */
export interface HostFacts {
  readonly platform: Platform;
  /** Version of the kernel; undefined if not known. */
  readonly kernel?: readonly [major: number, minor: number, patch: number] | undefined;
  /** What the kernel starts programs of other machines with. */
  readonly emulators: readonly Emulator[];
  /** Where missing files may be copied from. */
  readonly tree?: Tree | undefined;
}

/** One rule of the kernel's binfmt_misc (Documentation/admin-guide/binfmt-misc.rst). */
export interface Emulator {
  readonly name: string;
  readonly interpreter: string;
  readonly magic: Uint8Array;
  readonly mask: Uint8Array;
  readonly offsetBytes: number;
  /** The interpreter was opened when the rule was made, so that it need not be in the image (flag F). */
  readonly isFixed: boolean;
}

/** The rule of which a file that begins with `head` is. */
export function emulatorFor(head: Uint8Array, emulators: readonly Emulator[]): Emulator | undefined {
  return emulators.find(({ magic, mask, offsetBytes }) =>
    magic.every((byte, index) => {
      const mine = head[offsetBytes + index];
      const bits = mask[index] ?? 0xff;
      return mine !== undefined && (mine & bits) === (byte & bits);
    }),
  );
}

/**
 * A rule as the kernel shows it in /proc/sys/fs/binfmt_misc; undefined if it is switched off or goes by the name's end.
 */
export function parseEmulator(name: string, text: string): Emulator | undefined {
  const lines = text.split('\n');
  const value = (key: string): string | undefined =>
    lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1);
  const [interpreter, magic] = [value('interpreter'), value('magic')];
  if (lines[0] !== 'enabled' || interpreter === undefined || magic === undefined) return undefined;
  return {
    name,
    interpreter,
    magic: Buffer.from(magic, 'hex'),
    mask: Buffer.from(value('mask') ?? '', 'hex'),
    offsetBytes: Number(value('offset') ?? 0),
    isFixed: lines.some((line) => /^flags:.*F/.test(line)),
  };
}
