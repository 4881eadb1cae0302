import { type Digest, isDigest, parseDigest } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import type { OciErrorCode } from './error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The most bytes in one document, as registries limit manifests (OCI distribution specification, Pushing Manifests). */
export const DOCUMENT_LIMIT_BYTES: number = 4 << 20;
/** The deepest nesting of objects and arrays in one document. */
const DEPTH_LIMIT = 64;
/** The most items of one array or object. */
const COUNT_LIMIT = 100_000;

/**
 * A JSON object with typed access to its members. `null` reads as absent, as Go programs write it for empty values.
 * Every accessor throws `document-invalid` naming the document and the place if the member has another type.
 */
export class Fields {
  readonly object: JsonObject;
  readonly document: string;
  readonly place: string;

  constructor(value: unknown, document: string, place = '') {
    this.document = document;
    this.place = place;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.#wrong('', 'an object', value);
    this.object = value as JsonObject;
    if (Object.keys(this.object).length > COUNT_LIMIT) throw this.tooLarge(`has more than ${COUNT_LIMIT} members`);
  }

  string(key: string): string | undefined {
    const value = this.#value(key);
    if (value === undefined || typeof value === 'string') return value;
    throw this.#wrong(key, 'a string', value);
  }

  requiredString(key: string): string {
    const value = this.string(key);
    if (value === undefined || value === '') throw this.#wrong(key, 'a string', value);
    return value;
  }

  boolean(key: string): boolean | undefined {
    const value = this.#value(key);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.#wrong(key, 'true or false', value);
  }

  /** A whole number that JavaScript holds exactly. */
  integer(key: string): number | undefined {
    const value = this.#value(key);
    if (value === undefined || Number.isSafeInteger(value)) return value as number | undefined;
    throw this.#wrong(key, 'a whole number', value);
  }

  /** A size: a whole number that is not negative. */
  size(key: string): number {
    const value = this.integer(key);
    if (value === undefined || value < 0) throw this.#wrong(key, 'a size in bytes', value);
    return value;
  }

  digest(key: string): Digest {
    const text = this.requiredString(key);
    return isDigest(text) ? text : parseDigest(text);
  }

  strings(key: string): string[] | undefined {
    const values = this.#array(key);
    if (values === undefined) return undefined;
    if (!values.every((value) => typeof value === 'string')) throw this.#wrong(key, 'an array of strings', values);
    return values as string[];
  }

  stringMap(key: string): Record<string, string> | undefined {
    const fields = this.fields(key);
    if (fields === undefined) return undefined;
    for (const [name, value] of Object.entries(fields.object)) {
      if (typeof value !== 'string') throw fields.#wrong(name, 'a string', value);
    }
    return fields.object as Record<string, string>;
  }

  /** The names of an object that Go programs use as a set: `{"80/tcp": {}}`. */
  set(key: string): Record<string, Record<string, never>> | undefined {
    const fields = this.fields(key);
    return fields && Object.fromEntries(Object.keys(fields.object).map((name) => [name, {}]));
  }

  /** The member `key`, an object. */
  fields(key: string): Fields | undefined {
    const value = this.#value(key);
    return value === undefined ? undefined : new Fields(value, this.document, this.#at(key));
  }

  /** The member `key`, an array of objects. */
  list(key: string): Fields[] | undefined {
    return this.#array(key)?.map((value, index) => new Fields(value, this.document, `${this.#at(key)}[${index}]`));
  }

  invalid(key: string, want: string): PlinthError<OciErrorCode> {
    return this.#wrong(key, want, this.object[key]);
  }

  tooLarge(fact: string): PlinthError<OciErrorCode> {
    return new PlinthError<OciErrorCode>(`read ${this.document}: ${this.place || 'the document'} ${fact}`, {
      code: 'document-too-large',
    });
  }

  #value(key: string): unknown {
    return Object.hasOwn(this.object, key) ? (this.object[key] ?? undefined) : undefined;
  }

  #array(key: string): unknown[] | undefined {
    const value = this.#value(key);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.#wrong(key, 'an array', value);
    if (value.length > COUNT_LIMIT) throw this.tooLarge(`has more than ${COUNT_LIMIT} items in ${key}`);
    return value;
  }

  #at(key: string): string {
    return this.place === '' || key === '' ? `${this.place}${key}` : `${this.place}.${key}`;
  }

  #wrong(key: string, want: string, got: unknown): PlinthError<OciErrorCode> {
    const place = this.#at(key) || 'the document';
    return new PlinthError<OciErrorCode>(`read ${this.document}: ${place} is ${describe(got)}, want ${want}`, {
      code: 'document-invalid',
      details: { document: this.document, place },
    });
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  return (JSON.stringify(value) ?? typeof value).slice(0, 60);
}

/**
 * The JSON value of `bytes`, read as UTF-8.
 *
 * @throws PlinthError `document-too-large`, `document-invalid`
 */
export function parseJson(bytes: Uint8Array, document: string, limitBytes: number = DOCUMENT_LIMIT_BYTES): unknown {
  if (bytes.length > limitBytes) {
    throw tooLarge(document, `has ${bytes.length} bytes, at most ${limitBytes} are allowed`);
  }
  if (depthOf(bytes) > DEPTH_LIMIT) throw tooLarge(document, `is nested deeper than ${DEPTH_LIMIT}`);
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (cause) {
    const fact = cause instanceof Error ? cause.message : 'not JSON';
    throw new PlinthError<OciErrorCode>(`read ${document}: ${fact}`, { code: 'document-invalid', cause });
  }
}

function tooLarge(document: string, fact: string): PlinthError<OciErrorCode> {
  return new PlinthError<OciErrorCode>(`read ${document}: the document ${fact}`, { code: 'document-too-large' });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How deep brackets nest, outside strings. Counted before parsing: a walk over a deeper value would end our stack. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return deepest;
}
