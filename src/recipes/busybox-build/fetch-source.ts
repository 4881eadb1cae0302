import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorFact } from '../../errors/index.ts';
import type { Tree } from '../../tree/index.ts';
import { recipesError } from '../error.ts';
import type { RecipePowers } from '../powers.ts';
import type { StepReport } from './build-progress.ts';
import { checkDigest, fetchDebianSource } from './debian-source.ts';
import { download, withoutSecrets } from './download.ts';
import { findSource, newestSeconds, patchSource, unpackTar } from './source-tree.ts';

/** Where the source comes from. */
export interface SourceWish {
  /** The path or the address of a tarball; absent: Debian's source package. */
  readonly source?: string | undefined;
  /** `sha256:…` of the tarball; an address must have one. */
  readonly checksum?: string | undefined;
}

/** A source, ready to be written to a directory. */
export interface Source {
  readonly tree: Tree;
  /** For the user: a path, an address, or the package with its version. */
  readonly origin: string;
  /** Of Debian's, that were applied. */
  readonly patches: number;
  /** The newest time in it, in seconds since 1970. */
  readonly epochSeconds: number;
}

const MAX_BYTES = 64 * 1024 * 1024;

/** Whether a source is an address. */
export function isAddress(source: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(source);
}

/** @throws PlinthError `busybox-checksum` if an address lacks a checksum, or one is malformed */
export function checkSourceWish({ source, checksum }: SourceWish): void {
  if (checksum !== undefined && !/^sha256:[0-9a-f]{64}$/.test(checksum)) {
    const fact = `${JSON.stringify(checksum.slice(0, 100))} is not sha256: and 64 digits`;
    throw recipesError('busybox-checksum', `read checksum: ${fact}`, { hint: 'sha256sum prints the digits.' });
  }
  if (source === undefined || checksum !== undefined || !isAddress(source)) return;
  throw recipesError('busybox-checksum', `fetch ${withoutSecrets(source)}: an address needs a checksum`, {
    hint: 'Add --checksum sha256:…; the digits are beside the tarball on the server, or sha256sum prints them.',
  });
}

/**
 * Fetches and unpacks the source, within the empty directory `scratch`.
 *
 * @throws PlinthError `busybox-source-missing`, `busybox-source-invalid`, `busybox-download-failed`,
 *   `busybox-checksum`, `busybox-patch-failed`
 */
export async function fetchSource(wish: SourceWish, { scratch, powers, report, signal }: FetchPowers): Promise<Source> {
  const { source, checksum } = wish;
  if (source === undefined) {
    const directory = join(scratch, 'package');
    mkdirSync(directory);
    const { origin, tarball, debian } = await fetchDebianSource({ directory, powers, signal });
    checkDigest(tarball, checksum, origin);
    const plain = findSource(await unpackTar(tarball, origin), origin);
    const { source: tree, patches } = patchSource(plain, await unpackTar(debian, origin));
    return { tree, origin, patches, epochSeconds: newestSeconds(tree) };
  }
  const origin = isAddress(source) ? withoutSecrets(source) : source;
  const tarball = isAddress(source)
    ? await download(source, {
        env: powers.env,
        signal,
        onProgress: (done, total) => report.progress('downloading', done, total),
      })
    : readTarball(source);
  checkDigest(tarball, checksum, origin);
  const tree = findSource(await unpackTar(tarball, origin), origin);
  return { tree, origin, patches: 0, epochSeconds: newestSeconds(tree) };
}

export interface FetchPowers {
  readonly scratch: string;
  readonly powers: RecipePowers;
  readonly report: StepReport;
  readonly signal?: AbortSignal | undefined;
}

function readTarball(path: string): Buffer {
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_BYTES}`);
    return readFileSync(path);
  } catch (error) {
    throw recipesError('busybox-source-missing', `read BusyBox source ${path}: ${errorFact(error)}`, {
      hint: 'Give the path of a release tarball, or nothing for the source package of Debian.',
      cause: error,
      details: { path },
    });
  }
}
