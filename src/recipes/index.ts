export { type RecipesErrorCode, recipesErrors } from './error.ts';
export { type MiniosOptions, type MiniosReport, newMinios } from './minios.ts';
export { type ProgramResult, processPowers, type RecipePowers, type RunOptions } from './powers.ts';
