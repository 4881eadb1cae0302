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
export { syscallNumber, syscallNumbers } from './syscall-numbers.ts';
