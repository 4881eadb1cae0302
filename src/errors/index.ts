export { editDistance, nearMiss } from './near-miss.ts';
export { type ErrorFields, isPlinthError, PlinthError, systemErrorCode } from './plinth-error.ts';
