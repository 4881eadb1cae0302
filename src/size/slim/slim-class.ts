import { nearMiss, PlinthError } from '../../errors/index.ts';
import type { SizeErrorCode } from '../size-error.ts';

/** A kind of files that an image may do without. */
export interface SlimClass {
  readonly name: SlimClassName;
  /** What they are, or why they can go, in a few words. */
  readonly reason: string;
  /** Whether they go unless they are kept; the others only on request. */
  readonly byDefault: boolean;
  /** Whether directories that have nothing left go, too; others are there to be written to. */
  readonly dropsDirectories: boolean;
}

export type SlimClassName = (typeof NAMES)[number];

const NAMES = [
  'caches',
  'debug',
  'documentation',
  'manuals',
  'locales',
  'development',
  'bytecode',
  'logs',
  'temporary',
  'backups',
  'licences',
] as const;

const REASONS: Readonly<Record<SlimClassName, string>> = {
  caches: 'package lists and archives, fetched again',
  debug: 'debug symbols, for debuggers only',
  documentation: '/usr/share/doc and the like, without licences',
  manuals: 'man and info pages, for people with a shell',
  locales: 'translations into languages that are not in use',
  development: 'headers and static libraries, for compilers',
  bytecode: '__pycache__, made again where it is missing',
  logs: 'logs of installations',
  temporary: 'what is in /tmp and /var/tmp',
  backups: 'former account files, records and settings',
  licences: 'licences and copyright notices',
};

/** Every class, in the order in which they are shown. */
export const SLIM_CLASSES: readonly SlimClass[] = NAMES.map((name) => ({
  name,
  reason: REASONS[name],
  byDefault: name !== 'licences',
  dropsDirectories: ['debug', 'documentation', 'locales', 'development', 'bytecode', 'licences'].includes(name),
}));

/** The class of this name. @throws PlinthError `slim-class-unknown` with the nearest */
export function parseSlimClass(text: string): SlimClassName {
  const name = NAMES.find((candidate) => candidate === text);
  if (name !== undefined) return name;
  const near = nearMiss(text, NAMES);
  throw new PlinthError<SizeErrorCode>(`read class: there is no class ${JSON.stringify(text.slice(0, 60))}`, {
    code: 'slim-class-unknown',
    hint: near === undefined ? `The classes are ${NAMES.join(', ')}.` : `Did you mean ${near}?`,
    details: { name: text },
  });
}
