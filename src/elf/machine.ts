import type { Operation } from './program.ts';

/** The machines for which programs can be encoded. */
export type Machine = 'x86-64' | 'arm64';

/** The machine of a processor as Node names it (`process.arch`), or undefined if there is no encoder for it. */
export function machineOf(arch: string): Machine | undefined {
  if (arch === 'x64') return 'x86-64';
  return arch === 'arm64' ? 'arm64' : undefined;
}

/** Turns operations into machine code. */
export interface Encoder {
  /** `e_machine` of the ELF header. */
  readonly elfMachine: number;
  /** The code of `operations`; data lies at the absolute address `dataAddress`, below 4 GiB. */
  encode(operations: readonly Operation[], dataAddress: number): Buffer;
}
