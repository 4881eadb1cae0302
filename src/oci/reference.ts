import { type Digest, isDigest } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import type { OciErrorCode } from './error.ts';

/** The name of an image, normalised: `minios` is `docker.io` and `library/minios`. */
export interface Reference {
  /** Host with optional port. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export const DEFAULT_REGISTRY = 'docker.io';
export const DEFAULT_TAG = 'latest';
const OFFICIAL_PREFIX = 'library/';
/** The most characters of registry and repository together (distribution reference grammar). */
const NAME_LIMIT = 255;

const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DOMAIN_NAME = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = new RegExp(`^(?:${DOMAIN_NAME}(?:\\.${DOMAIN_NAME})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]{1,5})?$`);
const HEX_ID = /^[0-9a-f]{64}$/;

/**
 * `[registry/]repository[:tag][@digest]` as a normalised reference, by the rules of the distribution project and of
 * Docker's familiar names. No tag is added where none is given: see {@link withDefaultTag}.
 *
 * @throws PlinthError `reference-invalid`
 */
export function parseReference(text: string): Reference {
  if (HEX_ID.test(text))
    throw invalid(text, 'is an image id, not a name', 'Give the image a name that is not 64 hex digits.');
  const { name, tag, digest } = splitReference(text);
  const { registry, repository } = splitName(name);
  checkName(text, registry, repository);
  if (tag !== undefined && !TAG.test(tag))
    throw invalid(text, `has the tag ${JSON.stringify(tag.slice(0, 130))}`, TAG_HINT);
  if (digest !== undefined && !isDigest(digest)) {
    throw invalid(text, 'has a digest that is not sha256:<64 hex digits>', 'Write it like name@sha256:….');
  }
  return {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

const TAG_HINT = 'A tag has at most 128 letters, digits, "_", "." and "-", and begins with none of the last two.';
const NAME_HINT =
  'A name has lower-case letters and digits, with single ".", "_" or "-" between them, in parts joined by "/".';

function splitReference(text: string): { name: string; tag: string | undefined; digest: string | undefined } {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const rest = at < 0 ? text : text.slice(0, at);
  const colon = rest.lastIndexOf(':');
  if (colon <= rest.lastIndexOf('/')) return { name: rest, tag: undefined, digest };
  return { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest };
}

/** A first part is a host if it has a dot, a port or upper case, or is `localhost`: Docker's rule. */
function splitName(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const given = isHost ? first : DEFAULT_REGISTRY;
  const registry = given === 'index.docker.io' ? DEFAULT_REGISTRY : given;
  const repository = isHost ? name.slice(slash + 1) : name;
  const official = registry === DEFAULT_REGISTRY && !repository.includes('/');
  return { registry, repository: official ? `${OFFICIAL_PREFIX}${repository}` : repository };
}

function checkName(text: string, registry: string, repository: string): void {
  if (registry.length + repository.length + 1 > NAME_LIMIT) {
    throw invalid(text, `is longer than ${NAME_LIMIT} characters`, 'Shorten the name.');
  }
  if (!DOMAIN.test(registry))
    throw invalid(text, 'has a registry that is not a host name', 'Write it like host:5000/name.');
  if (repository.split('/').every((part) => COMPONENT.test(part))) return;
  const lower = text.toLowerCase();
  if (
    lower !== text &&
    lower !== '' &&
    repository
      .toLowerCase()
      .split('/')
      .every((part) => COMPONENT.test(part))
  ) {
    throw invalid(text, 'has upper-case letters', `Did you mean ${lower}?`);
  }
  throw invalid(text, 'does not follow the grammar of names', NAME_HINT);
}

function invalid(text: string, fact: string, hint: string): PlinthError<OciErrorCode> {
  return new PlinthError<OciErrorCode>(`read image name: ${JSON.stringify(text.slice(0, 300))} ${fact}`, {
    code: 'reference-invalid',
    hint,
  });
}

/** The same reference with the tag `latest` if it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  if (reference.tag !== undefined || reference.digest !== undefined) return reference;
  return { ...reference, tag: DEFAULT_TAG };
}

/** The full name: `docker.io/library/minios:latest`. */
export function formatReference(reference: Reference): string {
  return `${reference.registry}/${reference.repository}${suffix(reference)}`;
}

/** The name as Docker shows it: `minios:latest`, `localhost/minios:latest`. */
export function formatFamiliarReference(reference: Reference): string {
  return `${familiarRepository(reference)}${suffix(reference)}`;
}

/** The repository with its registry as Docker shows it: `minios`, `localhost:5000/minios`. */
export function familiarRepository(reference: Reference): string {
  const { registry, repository } = reference;
  if (registry !== DEFAULT_REGISTRY) return `${registry}/${repository}`;
  const short = repository.slice(OFFICIAL_PREFIX.length);
  return repository.startsWith(OFFICIAL_PREFIX) && !short.includes('/') ? short : repository;
}

function suffix({ tag, digest }: Reference): string {
  return `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
