import { nearMiss } from '../errors/index.ts';
import { usageError } from './error.ts';
import type { Flag, Flags, FlagValues } from './flag.ts';

/** What a command line says. */
export interface CommandLine<F extends Flags> {
  readonly flags: FlagValues<F>;
  readonly operands: readonly string[];
  /** `--help` (or `-h` where that letter is free) was among the flags; nothing else was checked. */
  readonly help: boolean;
}

interface Parser {
  readonly flags: Flags;
  readonly values: Record<string, unknown>;
  readonly rest: string[];
}

/**
 * Reads `argv` by the rules of Docker's command (the pflag library): `--name=value`, `--name value`, `-xvalue`,
 * `-x=value`, `-x value`, toggles joined as in `-it`, `--toggle=false`, and `--` to end the flags.
 *
 * With `stopAtOperand` everything from the first operand on is left as it is.
 *
 * @throws PlinthError `usage-flag`
 */
export function parseCommandLine<F extends Flags>(
  flags: F,
  argv: readonly string[],
  options: { readonly stopAtOperand?: boolean } = {},
): CommandLine<F> {
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(flags)) values[name] = flag.initial;
  const operands: string[] = [];
  const parser: Parser = { flags, values, rest: [...argv] };
  for (let word = parser.rest.shift(); word !== undefined; word = parser.rest.shift()) {
    if (word === '--') {
      operands.push(...parser.rest);
      break;
    }
    if (isHelp(flags, word)) return { flags: values as FlagValues<F>, operands, help: true };
    if (word.startsWith('--')) readLong(parser, word);
    else if (word.startsWith('-') && word !== '-') readShort(parser, word);
    else if (options.stopAtOperand === true) {
      operands.push(word, ...parser.rest);
      break;
    } else operands.push(word);
  }
  return { flags: values as FlagValues<F>, operands, help: false };
}

function isHelp(flags: Flags, word: string): boolean {
  if (word === '--help') return true;
  return word === '-h' && shortFlag(flags, 'h') === undefined;
}

function readLong(parser: Parser, word: string): void {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const flag = Object.hasOwn(parser.flags, name) ? parser.flags[name] : undefined;
  if (flag === undefined) {
    const near = nearMiss(name, Object.keys(parser.flags));
    throw usageError(
      'usage-flag',
      `unknown flag: --${name}`,
      near === undefined ? undefined : `Did you mean --${near}?`,
    );
  }
  if (equals >= 0) store(parser, name, flag, word.slice(equals + 1));
  else if (flag.value === undefined) store(parser, name, flag, 'true');
  else store(parser, name, flag, nextWord(parser, `--${name}`));
}

function readShort(parser: Parser, word: string): void {
  for (let place = 1; place < word.length; place++) {
    const letter = word.charAt(place);
    const found = shortFlag(parser.flags, letter);
    if (found === undefined) {
      throw usageError('usage-flag', `unknown flag: -${letter}${word.length > 2 ? ` in ${word}` : ''}`);
    }
    const [name, flag] = found;
    const tail = word.slice(place + 1);
    if (flag.value === undefined && !tail.startsWith('=')) {
      store(parser, name, flag, 'true');
      continue;
    }
    const given = tail === '' ? nextWord(parser, `-${letter}`) : tail.replace(/^=/, '');
    store(parser, name, flag, given);
    return;
  }
}

function shortFlag(flags: Flags, letter: string): [string, Flag<unknown>] | undefined {
  return Object.entries(flags).find(([, flag]) => flag.short === letter);
}

function nextWord(parser: Parser, flag: string): string {
  const word = parser.rest.shift();
  if (word === undefined) throw usageError('usage-flag', `read ${flag}: it needs a value`);
  return word;
}

function store(parser: Parser, name: string, flag: Flag<unknown>, given: string): void {
  try {
    parser.values[name] = flag.read(given, parser.values[name]);
  } catch (error) {
    const fact = error instanceof Error ? error.message : String(error);
    throw usageError('usage-flag', `read --${name}: ${fact}`, (error as { hint?: string }).hint);
  }
}
