export { type ElfErrorCode, elfErrors } from './elf-error.ts';
export { encodeProgram } from './image.ts';
export { type Machine, machineOf } from './machine.ts';
export {
  type Address,
  type Condition,
  type Loaded,
  loaded,
  type Operand,
  type Operation,
  Program,
  type Result,
  type StepIndex,
  within,
} from './program.ts';
export { type ElfFile, FLAGS_1, isProgram, isStatic } from './read/elf-file.ts';
export { type ElfReadErrorCode, elfReadErrors } from './read/elf-read-error.ts';
export { type ByteOrder, ELF_MAGIC, type ElfClass, type ElfHeader, type ElfType, isElf } from './read/header.ts';
export { type ExpectedMachine, MachineTable } from './read/machine-name.ts';
export { type MachineFacts, type ProgramArchitecture, sameMachine } from './read/machine-platform.ts';
export { NameBeginnings } from './read/name-beginnings.ts';
export type { AbiNote, DlopenNote } from './read/notes.ts';
export { readElf } from './read/read-elf.ts';
export type { VersionNeeded, VersionsNeeded } from './read/versions.ts';
export { type Abi, syscallNumber, syscallNumbers } from './syscall-numbers.ts';
