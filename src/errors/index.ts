export { type ErrorFields, isPlinthError, PlinthError, systemErrorCode } from './plinth-error.ts';
