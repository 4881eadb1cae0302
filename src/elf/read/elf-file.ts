import type { ByteString } from '../../bytes/index.ts';
import type { ElfHeader } from './header.ts';
import type { NameBeginnings } from './name-beginnings.ts';
import type { AbiNote, DlopenNote } from './notes.ts';
import type { VersionsNeeded } from './versions.ts';

/** What an ELF file says about how it is started and what it needs. */
export interface ElfFile extends ElfHeader {
  /** The loader that the kernel starts the program with. */
  readonly interpreter: ByteString | undefined;
  /** Whether it has a dynamic section: static-pie programs have one, too. */
  readonly hasDynamic: boolean;
  readonly needed: readonly ByteString[];
  /** Libraries that stand in for parts of this one (DT_FILTER), and those that may (DT_AUXILIARY). */
  readonly filters: readonly ByteString[];
  readonly auxiliaries: readonly ByteString[];
  readonly soname: ByteString | undefined;
  readonly rpath: ByteString | undefined;
  readonly runpath: ByteString | undefined;
  /** DT_FLAGS_1; see {@link FLAGS_1}. */
  readonly flags1: number;
  readonly versionsNeeded: readonly VersionsNeeded[];
  readonly versionsDefined: readonly ByteString[];
  readonly abiNote: AbiNote | undefined;
  /** In hex. */
  readonly buildId: string | undefined;
  readonly dlopenNotes: readonly DlopenNote[];
  /**
   * The names of the symbols that it takes from others, of those only that begin with one of `beginnings` if these are
   * given. Read now.
   *
   * @throws PlinthError `elf-invalid`
   */
  symbolsNeeded(beginnings?: NameBeginnings): readonly ByteString[];
}

/** Bits of DT_FLAGS_1. */
export const FLAGS_1 = { nodeflib: 0x800, pie: 0x0800_0000 } as const;

/** Whether a kernel starts `elf`: it is an executable, or a shared object that is a program (PIE). */
export function isProgram(elf: ElfFile): boolean {
  if (elf.type === 'executable') return true;
  return elf.type === 'shared' && (elf.interpreter !== undefined || (elf.flags1 & FLAGS_1.pie) !== 0);
}

/** Whether `elf` needs neither a loader nor libraries. */
export function isStatic(elf: ElfFile): boolean {
  return isProgram(elf) && elf.interpreter === undefined && elf.needed.length === 0;
}
