import { isPlinthError, PlinthError } from '../errors/index.ts';

/** Calls `parse`; an error of it that knows its line gets the text, so that the line can be shown. */
export function withSource<T>(source: string, file: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!isPlinthError(error)) throw error;
    const { message, code, hint, details } = error;
    throw new PlinthError(message, { code, hint, cause: error, details: { ...details, source, file } });
  }
}
