/*
 * An ar archive: "!<arch>\n", then members, each a header of 60 bytes and its data, filled up to an even length. ar(5).
 *
 *   0 name 16 │ 16 mtime 12 │ 28 uid 6 │ 34 gid 6 │ 40 mode 8, octal │ 48 size 10 │ 58 "`\n"
 *
 * Names end in "/" (GNU) or blanks. Longer ones: "/123" is a place in the member "//" (GNU), "#1/20" says that the data
 * begins with 20 bytes of name (BSD).
 */
import { type ByteString, byteString } from '../../bytes/index.ts';
import { archiveError } from '../archive-error.ts';
import { parseDecimal } from '../decimal.ts';
import type { ArchiveSource } from '../source.ts';

const MAGIC = '!<arch>\n';
const HEADER_BYTES = 60;
const NAME_LIMIT_BYTES = 4096;
const NAME_TABLE_LIMIT_BYTES = 1024 * 1024;

/** One member of an ar archive and where its bytes lie. */
export interface ArMember {
  readonly name: ByteString;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/**
 * Reads the members of the ar archive in `source`, headers only. Tables of symbols and of long names are no members.
 *
 * @throws PlinthError `ar-corrupt`
 */
export function* scanAr(source: ArchiveSource): Generator<ArMember> {
  if (readText(source, 0, MAGIC.length) !== MAGIC) throw corrupt('it does not begin with !<arch>', 0);
  let longNames = '';
  for (let at = MAGIC.length; at < source.sizeBytes; ) {
    const header = readText(source, at, HEADER_BYTES);
    if (header.length < HEADER_BYTES) throw corrupt('it ends in a header', at);
    if (header.slice(58) !== '`\n') throw corrupt('header does not end with its mark', at);
    const name = header.slice(0, 16).trimEnd();
    const sizeBytes = parseDecimal(header.slice(48, 58).trimEnd());
    const offsetBytes = at + HEADER_BYTES;
    if (Number.isNaN(sizeBytes)) throw corrupt('size is not a number', at);
    if (offsetBytes + sizeBytes > source.sizeBytes) throw corrupt(`it ends in the member ${JSON.stringify(name)}`, at);
    at = offsetBytes + sizeBytes + (sizeBytes % 2);
    if (name === '//') longNames = readText(source, offsetBytes, Math.min(sizeBytes, NAME_TABLE_LIMIT_BYTES));
    else if (name !== '/' && name !== '/SYM64/') yield namedMember(source, name, longNames, { offsetBytes, sizeBytes });
  }
}

function namedMember(
  source: ArchiveSource,
  name: string,
  longNames: string,
  { offsetBytes, sizeBytes }: Omit<ArMember, 'name'>,
): ArMember {
  if (name.startsWith('#1/')) {
    const nameBytes = parseDecimal(name.slice(3));
    if (!(nameBytes <= Math.min(sizeBytes, NAME_LIMIT_BYTES))) throw corrupt('length of a name is wrong', offsetBytes);
    const text = readText(source, offsetBytes, nameBytes).replace(/\0+$/, '');
    return { name: text as ByteString, offsetBytes: offsetBytes + nameBytes, sizeBytes: sizeBytes - nameBytes };
  }
  if (name.startsWith('/')) {
    const start = parseDecimal(name.slice(1));
    const end = longNames.indexOf('\n', start);
    if (!(start < longNames.length) || end < 0) throw corrupt('place of a name is wrong', offsetBytes);
    return { name: withoutSlash(longNames.slice(start, end)), offsetBytes, sizeBytes };
  }
  return { name: withoutSlash(name), offsetBytes, sizeBytes };
}

function withoutSlash(name: string): ByteString {
  return (name.endsWith('/') ? name.slice(0, -1) : name) as ByteString;
}

function readText(source: ArchiveSource, at: number, length: number): string {
  const bytes = Buffer.allocUnsafe(length);
  return byteString(bytes, 0, source.read(bytes, at));
}

function corrupt(fact: string, offsetBytes: number): Error {
  return archiveError('ar-corrupt', `read ar archive: ${fact} at offset ${offsetBytes}`, { offsetBytes });
}
