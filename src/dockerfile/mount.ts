import { nearMissHint } from './near-miss.ts';

/** A `--mount` of RUN, as written: what its values mean is for the one who mounts. */
export interface Mount {
  /** `bind` if none is given. */
  readonly type: string;
  /** The other keys, in lower case, with their values; `''` for a key without one. */
  readonly fields: ReadonlyMap<string, string>;
}

const TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];
const KEYS = [
  'from',
  'source',
  'src',
  'target',
  'dst',
  'destination',
  'readonly',
  'ro',
  'readwrite',
  'rw',
  'id',
  'sharing',
  'required',
  'size',
  'mode',
  'uid',
  'gid',
  'env',
];
const BARE_KEYS = new Set(['readonly', 'ro', 'readwrite', 'rw', 'required']);

/** What is wrong with a mount. */
export interface MountFault {
  readonly fault: string;
  readonly hint?: string | undefined;
}

/** Reads `type=…,key=value,…` (comma-separated values with quotes, as in a CSV file). */
export function parseMount(text: string): Mount | MountFault {
  const fields = splitCsv(text);
  if (fields === undefined) return { fault: `the mount ${JSON.stringify(text)} has a misplaced quote` };
  const values = new Map<string, string>();
  for (const field of fields) {
    const equals = field.indexOf('=');
    const key = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    if (key !== 'type' && !KEYS.includes(key)) {
      return { fault: `unexpected key ${JSON.stringify(key)} in a mount`, hint: nearMissHint(key, ['type', ...KEYS]) };
    }
    if (equals < 0 && !BARE_KEYS.has(key))
      return { fault: `the mount field ${JSON.stringify(field)} must be key=value` };
    values.set(key, equals < 0 ? '' : field.slice(equals + 1));
  }
  const type = (values.get('type') ?? 'bind').toLowerCase();
  values.delete('type');
  if (!type.includes('$') && !TYPES.includes(type)) {
    return { fault: `unsupported mount type ${JSON.stringify(type)}`, hint: nearMissHint(type, TYPES) };
  }
  if (values.get('from')?.match(/\$./)) {
    return { fault: '"from" of a mount takes no variables', hint: 'Name the stage or image with FROM … AS first.' };
  }
  return { type, fields: values };
}

function splitCsv(text: string): string[] | undefined {
  const fields: string[] = [];
  const field = /"((?:[^"]|"")*)"(?=,|$)|([^",]*)(?=,|$)/y;
  for (let at = 0; at <= text.length; ) {
    field.lastIndex = at;
    const match = field.exec(text);
    if (match === null) return undefined;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    at = field.lastIndex + 1;
  }
  return fields;
}
