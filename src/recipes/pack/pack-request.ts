import type { ByteString } from '../../bytes/index.ts';
import type { MachineTable } from '../../elf/index.ts';
import type { ClosureOptions } from '../../loader/index.ts';
import type { Platform } from '../../oci/index.ts';
import type { Tree } from '../../tree/index.ts';
import type { PackPart } from './pack-draft.ts';

/** What to take from a root file system. */
export interface PackRequest extends Pick<ClosureOptions, 'path' | 'cwd'> {
  /** Paths, or names on PATH. */
  readonly programs: readonly ByteString[];
  /** Files and directories to take as well, to another place if `to` says one. */
  readonly add?: readonly { readonly path: ByteString; readonly to?: ByteString | undefined }[];
  readonly certificates?: boolean | undefined;
  readonly timezones?: boolean | undefined;
  readonly charsets?: boolean | undefined;
  readonly machines: MachineTable;
}

/** A program that is packed. */
export interface PackedProgram {
  /** As it was asked for. */
  readonly name: ByteString;
  /** Where it is in the new tree, and whether it can be started there: a library cannot. */
  readonly path: ByteString;
  readonly isProgram: boolean;
}

/** A new root file system and how its image starts. */
export interface PackPlan {
  readonly tree: Tree;
  readonly parts: readonly PackPart[];
  readonly programs: readonly PackedProgram[];
  /** Absent if no program is an ELF file. */
  readonly platform?: Platform;
  /** The lines of a Dockerfile that configure the image, each with the reason. */
  readonly instructions: readonly PackInstruction[];
  /** What the user may have to know, one sentence each. */
  readonly notes: readonly string[];
}

/** A line of a Dockerfile. */
export interface PackInstruction {
  readonly text: string;
  readonly why: string;
}
