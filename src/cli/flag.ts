import { usageError } from './error.ts';

/**
 * One flag of a command: what it reads and how it is shown.
 *
 * `read` gets the text after the flag (for a toggle `true` or `false`) and the value so far; it may throw any error,
 * which the parser reports together with the flag's name.
 */
export interface Flag<T> {
  /** One letter. */
  readonly short?: string | undefined;
  /** What the help calls the value; a flag without one is a toggle. */
  readonly value?: string;
  readonly help: string;
  readonly initial: T;
  read(text: string, previous: T): T;
}

/** Flags by their long name. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** What parsing a command line with the flags `F` gives. */
export type FlagValues<F extends Flags> = { readonly [Name in keyof F]: F[Name]['initial'] };

/** A flag that is on when it is there; `--flag=false` switches it off again, as in Docker. */
export function toggle(help: string, short?: string): Flag<boolean> {
  return { short, help, initial: false, read: readBoolean };
}

/** A flag with one text; the last one counts. */
export function text(value: string, help: string, short?: string): Flag<string | undefined> {
  return { short, value, help, initial: undefined, read: (given) => given };
}

/** A flag that may be given several times. */
export function texts(value: string, help: string, short?: string): Flag<readonly string[]> {
  return { short, value, help, initial: [], read: (given, previous) => [...previous, given] };
}

/** A flag whose text `parse` reads; the last one counts. */
export function parsed<T>(
  parse: (given: string) => T,
  { value, help, short }: { readonly value: string; readonly help: string; readonly short?: string },
): Flag<T | undefined> {
  return { short, value, help, initial: undefined, read: parse };
}

/** A flag whose text `parse` reads, and which may be given several times. */
export function parsedEach<T>(
  parse: (given: string) => T,
  { value, help, short }: { readonly value: string; readonly help: string; readonly short?: string },
): Flag<readonly T[]> {
  return { short, value, help, initial: [], read: (given, previous) => [...previous, parse(given)] };
}

/** A flag that takes one of a few words. */
export function choice<const Word extends string>(
  words: readonly Word[],
  { help, initial, short }: { readonly help: string; readonly initial: Word; readonly short?: string },
): Flag<Word> {
  return {
    short,
    value: words.join('|'),
    help,
    initial,
    read(given) {
      const word = words.find((candidate) => candidate === given);
      if (word === undefined)
        throw usageError('usage-flag', `${JSON.stringify(given)} is not one of ${words.join(', ')}`);
      return word;
    },
  };
}

/** Calls `parse`, of a flag that cannot be read by itself; an error of it is reported together with the flag's name. */
export function within<T>(flag: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw usageError('usage-flag', `read ${flag}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readBoolean(given: string): boolean {
  // The words of Go's strconv.ParseBool, which Docker's flags accept.
  if (['1', 't', 'true', 'T', 'TRUE', 'True'].includes(given)) return true;
  if (['0', 'f', 'false', 'F', 'FALSE', 'False'].includes(given)) return false;
  throw usageError('usage-flag', `${JSON.stringify(given)} is neither true nor false`);
}
