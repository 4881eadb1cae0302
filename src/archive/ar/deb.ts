import { archiveError } from '../archive-error.ts';
import type { Compression } from '../codec/compression.ts';
import type { ArchiveSource } from '../source.ts';
import { type ArMember, scanAr } from './ar.ts';

/** A tar archive inside a package: where it lies and how it is compressed. */
export interface DebPart {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly compression: Compression;
}

/** The two archives of a Debian package. */
export interface Deb {
  /** Of the package's description and scripts. */
  readonly control: DebPart;
  /** Of its files. */
  readonly data: DebPart;
}

const VERSION_BYTES = 4;
const COMPRESSIONS: ReadonlyMap<string, Compression> = new Map([
  ['', 'none'],
  ['.gz', 'gzip'],
  ['.xz', 'xz'],
  ['.zst', 'zstd'],
  ['.bz2', 'bzip2'],
]);

/**
 * Finds the parts of the Debian package in `source`: an ar archive of debian-binary, control.tar and data.tar, in this
 * order; members whose names begin with `_` may stand between. deb(5).
 *
 * @throws PlinthError `ar-corrupt`, `deb-invalid`
 */
export function readDeb(source: ArchiveSource): Deb {
  const members = scanAr(source);
  const version = nextMember(members, 'debian-binary');
  checkVersion(source, version);
  const control = part(nextMember(members, 'control.tar'), 'control.tar');
  const data = part(nextMember(members, 'data.tar'), 'data.tar');
  return { control, data };
}

function nextMember(members: Iterator<ArMember>, want: string): ArMember {
  for (let next = members.next(); next.done !== true; next = members.next()) {
    const { name } = next.value;
    if (name.startsWith(want)) return next.value;
    if (!name.startsWith('_')) throw invalid(`member is ${JSON.stringify(name)}, wanted is ${want}`);
  }
  throw invalid(`it has no ${want}`);
}

function checkVersion(source: ArchiveSource, { offsetBytes, sizeBytes }: ArMember): void {
  const bytes = Buffer.alloc(Math.min(VERSION_BYTES, sizeBytes));
  source.read(bytes, offsetBytes);
  const version = bytes.toString('latin1');
  if (!/^2\.\d[\d\n]?$/.test(version)) throw invalid(`format is ${JSON.stringify(version)}, wanted is 2.0`);
}

function part({ name, offsetBytes, sizeBytes }: ArMember, want: string): DebPart {
  const compression = COMPRESSIONS.get(name.slice(want.length));
  if (compression === undefined) throw invalid(`compression of ${JSON.stringify(name)} is not known`);
  return { offsetBytes, sizeBytes, compression };
}

function invalid(fact: string): Error {
  return archiveError('deb-invalid', `read Debian package: ${fact}`);
}
