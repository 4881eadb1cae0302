import { parseSize } from './size.ts';

/** One form in which a build hands over its result. `dest` is a path, `-` standard output. */
export type OutputSpec =
  | { readonly type: 'image' }
  | { readonly type: 'oci' | 'docker' | 'tar'; readonly dest: string }
  | { readonly type: 'local'; readonly dest: string }
  | {
      readonly type: 'ext4';
      readonly dest: string;
      readonly sizeBytes?: number;
      readonly freeBytes?: number;
      readonly journal: boolean;
      readonly label?: string;
    };

type Type = OutputSpec['type'];

const KEYS: Readonly<Record<Type, readonly string[]>> = {
  image: [],
  oci: ['dest'],
  docker: ['dest'],
  tar: ['dest'],
  local: ['dest'],
  ext4: ['dest', 'size', 'free', 'journal', 'label'],
};

/**
 * Docker's `--output`: `type=TYPE,dest=PATH,…`, or a directory, or `-` for a tar on standard output.
 *
 * @throws Error with the fact only; the flag parser adds the flag
 */
export function parseOutputSpec(given: string): OutputSpec {
  if (given === '-') return { type: 'tar', dest: '-' };
  if (!given.includes('=')) {
    if (given === '') throw new Error('the output is empty; write type=TYPE,dest=PATH or a directory');
    return { type: 'local', dest: given };
  }
  const fields = parseFields(given);
  const type = parseType(fields.get('type'));
  checkKeys(type, fields);
  if (type === 'image') return { type };
  // As in Docker, an archive without a place goes to standard output.
  const dest = fields.get('dest') ?? (type === 'local' || type === 'ext4' ? '' : '-');
  if (dest === '') throw new Error(`${type} needs a dest=PATH`);
  if ((type === 'local' || type === 'ext4') && dest === '-') throw new Error(`${type} cannot go to standard output`);
  return type === 'ext4' ? parseExt4(dest, fields) : { type, dest };
}

function parseFields(given: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of given.split(',')) {
    const equals = field.indexOf('=');
    const key = field.slice(0, Math.max(equals, 0)).trim().toLowerCase();
    if (key === '') throw new Error(`${JSON.stringify(field)} is not KEY=VALUE`);
    fields.set(key === 'destination' ? 'dest' : key, field.slice(equals + 1));
  }
  return fields;
}

function parseType(given: string | undefined): Type {
  const names = Object.keys(KEYS).join(', ');
  if (given === undefined) throw new Error(`a type=TYPE is missing; types are ${names}`);
  if (!Object.hasOwn(KEYS, given)) throw new Error(`type ${JSON.stringify(given)} is not one of ${names}`);
  return given as Type;
}

function checkKeys(type: Type, fields: ReadonlyMap<string, string>): void {
  for (const key of fields.keys()) {
    if (key === 'type' || KEYS[type].includes(key)) continue;
    const known = KEYS[type].length === 0 ? 'nothing else' : KEYS[type].join(', ');
    throw new Error(`type=${type} has no ${key}; it takes ${known}`);
  }
}

function parseExt4(dest: string, fields: ReadonlyMap<string, string>): OutputSpec {
  const size = fields.get('size');
  const free = fields.get('free');
  const journal = fields.get('journal') ?? 'true';
  const label = fields.get('label');
  if (size !== undefined && free !== undefined) throw new Error('size and free exclude each other');
  if (journal !== 'true' && journal !== 'false')
    throw new Error(`journal is true or false, not ${JSON.stringify(journal)}`);
  return {
    type: 'ext4',
    dest,
    ...(size === undefined ? {} : { sizeBytes: parseSize(size) }),
    ...(free === undefined ? {} : { freeBytes: parseSize(free) }),
    journal: journal === 'true',
    ...(label === undefined ? {} : { label }),
  };
}
