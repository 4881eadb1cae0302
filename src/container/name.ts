import { randomBytes, randomInt } from 'node:crypto';
import { PlinthError } from '../errors/index.ts';
import type { ContainerErrorCode } from './error.ts';

const QUALITIES = [
  'able',
  'bold',
  'brisk',
  'calm',
  'clear',
  'deft',
  'eager',
  'even',
  'fair',
  'firm',
  'fleet',
  'frank',
  'glad',
  'hardy',
  'keen',
  'kind',
  'level',
  'light',
  'lucid',
  'merry',
  'neat',
  'noble',
  'plain',
  'plumb',
  'quick',
  'quiet',
  'rapid',
  'ready',
  'sharp',
  'sober',
  'solid',
  'sound',
  'spare',
  'stable',
  'stout',
  'sunny',
  'swift',
  'tidy',
  'true',
  'wise',
];
const PARTS = [
  'abacus',
  'apse',
  'arch',
  'ashlar',
  'attic',
  'beam',
  'bracket',
  'brick',
  'buttress',
  'capital',
  'column',
  'corbel',
  'cornice',
  'cupola',
  'dado',
  'dome',
  'eave',
  'facade',
  'frieze',
  'gable',
  'girder',
  'joist',
  'keystone',
  'lintel',
  'loggia',
  'mortar',
  'mullion',
  'nave',
  'niche',
  'pier',
  'pilaster',
  'pillar',
  'portal',
  'quoin',
  'rafter',
  'socle',
  'stile',
  'truss',
  'turret',
  'vault',
];

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;

/** A new container id: 64 random hex digits, never all digits in its first 12, so that it is not taken for a number. */
export function newId(): string {
  for (;;) {
    const id = randomBytes(32).toString('hex');
    if (!/^\d{12}/.test(id)) return id;
  }
}

/** A name for a container that was given none: a quality and a part of a building. */
export function newName(): string {
  return `${QUALITIES[randomInt(QUALITIES.length)]}_${PARTS[randomInt(PARTS.length)]}`;
}

/**
 * Checks a name that a user gave.
 *
 * @throws PlinthError `container-name-invalid`
 */
export function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new PlinthError<ContainerErrorCode>(`name container: ${JSON.stringify(name)} is not a name`, {
    code: 'container-name-invalid',
    hint: 'Use letters, digits, `_`, `.` and `-`, the first one a letter or digit, 128 at most.',
    details: { name },
  });
}
