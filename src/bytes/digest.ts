import { createHash, type Hash } from 'node:crypto';
import { PlinthError } from '../errors/index.ts';

/** `sha256:` and 64 lower-case hex digits (OCI image specification, descriptor.md, Digests). */
export type Digest = `sha256:${string}` & { readonly __brand: 'Digest' };

/** The digest of an uncompressed layer tar (OCI image specification, config.md, Layer DiffID). */
export type DiffId = Digest & { readonly __diffId: true };

/** The digest that names a stack of layers (OCI image specification, config.md, Layer ChainID). */
export type ChainId = Digest & { readonly __chainId: true };

/** The errors thrown by `bytes/`: code → what it means. */
export const bytesErrors = {
  'digest-invalid': 'A digest is not `sha256:` and 64 lower-case hex digits.',
  'digest-unsupported': 'A digest uses an algorithm other than sha256.',
} as const;
export type BytesErrorCode = keyof typeof bytesErrors;

const SHA256 = /^sha256:[0-9a-f]{64}$/;

/**
 * `text` as a digest.
 *
 * @throws PlinthError `digest-invalid`, `digest-unsupported` (an algorithm other than sha256)
 */
export function parseDigest(text: string): Digest {
  if (SHA256.test(text)) return text as Digest;
  const algorithm = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):[a-zA-Z0-9=_-]+$/.exec(text)?.[1];
  if (algorithm !== undefined && algorithm !== 'sha256') {
    throw new PlinthError<BytesErrorCode>(`read digest: algorithm ${algorithm} is not supported, only sha256`, {
      code: 'digest-unsupported',
      details: { algorithm },
    });
  }
  throw new PlinthError<BytesErrorCode>(
    `read digest: ${JSON.stringify(text.slice(0, 100))} is not sha256:<64 hex digits>`,
    {
      code: 'digest-invalid',
    },
  );
}

/** Whether `text` is a sha256 digest. */
export function isDigest(text: string): text is Digest {
  return SHA256.test(text);
}

/** The sha256 digest of `data`. */
export function digestOf(data: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(data).digest('hex')}` as Digest;
}

/** The digest of what `hash` (a sha256) has been fed; the hash is spent. */
export function finishDigest(hash: Hash): Digest {
  return `sha256:${hash.digest('hex')}` as Digest;
}

/** The hex part of a digest: its name among the blobs. */
export function digestHex(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** The chain id of `diffId` upon the stack `parent` (OCI image specification, config.md, Layer ChainID). */
export function chainId(parent: ChainId | undefined, diffId: DiffId): ChainId {
  if (parent === undefined) return diffId as Digest as ChainId;
  return digestOf(`${parent} ${diffId}`) as ChainId;
}
