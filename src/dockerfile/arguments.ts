import type { EscapeCharacter } from './directive.ts';
import { type DockerfileErrorCode, dockerfileProblem } from './dockerfile-error.ts';
import { readJsonForm } from './json-form.ts';
import { type LogicalLine, rangeIn, type Word } from './source-range.ts';
import type { InstructionName } from './syntax-node.ts';
import { isBlankAt, isSpaceAt, skipSpace } from './white-space.ts';
import { splitBlanks, splitQuoted, wholeWord } from './words.ts';

/** The part of a logical line that holds the arguments, white space trimmed at both ends. */
export interface ArgumentText {
  readonly source: LogicalLine;
  readonly start: number;
  readonly end: number;
  readonly escape: EscapeCharacter;
}

/** The arguments of an instruction. */
export interface ArgumentWords {
  readonly args: readonly Word[];
  readonly isJson: boolean;
}

type Reader = (text: ArgumentText) => ArgumentWords;

const plain = (args: readonly Word[]): ArgumentWords => ({ args, isJson: false });
const readWhole: Reader = ({ source, start, end }) => plain(wholeWord(source.text, start, end));
const readBlanks: Reader = ({ source, start, end }) => plain(splitBlanks(source.text, start, end));
const readQuoted: Reader = (text) => plain(splitQuoted(text.source.text, text.start, text.end, text.escape));
const readJsonOrWhole: Reader = (text) => readJson(text) ?? readWhole(text);
const readJsonOrBlanks: Reader = (text) => readJson(text) ?? readBlanks(text);

/** How each instruction's arguments are cut (Dockerfile reference, Format, and the section of each). */
const READERS: Readonly<Record<Exclude<InstructionName, 'onbuild'>, Reader>> = {
  add: readJsonOrBlanks,
  arg: readQuoted,
  cmd: readJsonOrWhole,
  copy: readJsonOrBlanks,
  entrypoint: readJsonOrWhole,
  env: (text) => readPairs(text, 'ENV'),
  expose: readBlanks,
  from: readBlanks,
  healthcheck: readHealthcheck,
  label: (text) => readPairs(text, 'LABEL'),
  maintainer: readWhole,
  run: readJsonOrWhole,
  shell: readJsonOrWhole,
  stopsignal: readWhole,
  user: readWhole,
  volume: readJsonOrBlanks,
  workdir: readWhole,
};

/**
 * Cuts the arguments of an instruction other than ONBUILD.
 *
 * @throws PlinthError `dockerfile-arguments-invalid`
 */
export function readArguments(name: Exclude<InstructionName, 'onbuild'>, text: ArgumentText): ArgumentWords {
  return READERS[name](text);
}

function readJson(text: ArgumentText): ArgumentWords | undefined {
  const { start, end } = text;
  const form = readJsonForm(text.source.text.slice(start, end));
  if (form === undefined) return undefined;
  if (form === 'not-strings') throw invalid(text, 'an argument array holds something other than strings');
  return { args: form.strings.map((string) => ({ text: string, start, end })), isJson: true };
}

/** `CMD` or `NONE`, then what a CMD instruction would have. */
function readHealthcheck(text: ArgumentText): ArgumentWords {
  const line = text.source.text;
  let stop = text.start;
  while (stop < text.end && !isSpaceAt(line, stop)) stop++;
  if (stop === text.start) return plain([]);
  const command = readJsonOrWhole({ ...text, start: skipSpace(line, stop, text.end) });
  return { ...command, args: [{ text: line.slice(text.start, stop), start: text.start, end: stop }, ...command.args] };
}

/** `name=value …`, or the old `name value`: a flat list of name, value, and `=` or nothing. */
function readPairs(text: ArgumentText, name: string): ArgumentWords {
  const line = text.source.text;
  const words = splitQuoted(line, text.start, text.end, text.escape);
  const [first] = words;
  if (first === undefined) return plain([]);
  if (!first.text.includes('=')) return plain(readOldPair(text, name));
  return plain(words.flatMap((word) => splitPair(text, word)));
}

function readOldPair(text: ArgumentText, name: string): Word[] {
  const line = text.source.text;
  let stop = text.start;
  while (stop < text.end && !isBlankAt(line, stop)) stop++;
  if (stop === text.end) throw invalid(text, `${name} must have two arguments, a name and a value`);
  let value = stop;
  while (value < text.end && isBlankAt(line, value)) value++;
  return [
    { text: line.slice(text.start, stop), start: text.start, end: stop },
    { text: line.slice(value, text.end), start: value, end: text.end },
    { text: '', start: stop, end: stop },
  ];
}

function splitPair(text: ArgumentText, word: Word): Word[] {
  const equals = word.text.indexOf('=');
  if (equals < 0) {
    throw invalid(text, `can't find = in ${JSON.stringify(word.text)}, it must be of the form name=value`, word);
  }
  const at = word.start + equals;
  return [
    { text: word.text.slice(0, equals), start: word.start, end: at },
    { text: word.text.slice(equals + 1), start: at + 1, end: word.end },
    { text: '=', start: at, end: at + 1 },
  ];
}

function invalid(text: ArgumentText, fact: string, word: { start: number; end: number } = text) {
  const code: DockerfileErrorCode = 'dockerfile-arguments-invalid';
  return dockerfileProblem(fact, { code, range: rangeIn(text.source, word.start, word.end) });
}
