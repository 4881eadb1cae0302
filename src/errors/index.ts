export { editDistance, nearMiss } from './near-miss.ts';
export { type ErrorFields, errorFact, isPlinthError, PlinthError, systemErrorCode } from './plinth-error.ts';
