import { type ByteString, decodeText } from '../../bytes/index.ts';
import type { Tree } from '../../tree/index.ts';
import { databaseNames, databaseText, filledLines } from './database-text.ts';
import type { InstalledPackage } from './installed-package.ts';

const STATUS = 'var/lib/dpkg/status';
const INFO = 'var/lib/dpkg/info';
/** Where images that are put together without dpkg keep one status file a package. */
const STATUS_PARTS = 'var/lib/dpkg/status.d';

/**
 * The packages that dpkg has in `tree`: of its status file those that are installed, with their lists of files, and
 * those of status.d with the paths in their checksums (dpkg(1), deb-control(5)).
 */
export function readDpkg(tree: Tree): InstalledPackage[] {
  const installed = stanzas(databaseText(tree, STATUS) ?? ('' as ByteString)).filter(isInstalled);
  const parts = databaseNames(tree, STATUS_PARTS).filter((name) => !name.endsWith('.md5sums'));
  return [
    ...installed.map((fields) => packageOf(fields, listedPaths(tree, fields))),
    ...parts.flatMap((part) => readPart(tree, part)),
  ];
}

type Fields = ReadonlyMap<string, ByteString>;

/** The stanzas of a control file; of each the first lines of its fields. */
function stanzas(text: ByteString): Fields[] {
  return text.split(/\n{2,}/).flatMap((stanza) => {
    const fields = new Map<string, ByteString>();
    for (const line of stanza.split('\n')) {
      const colon = line.indexOf(':');
      if (colon > 0 && line[0] !== ' ') fields.set(line.slice(0, colon), line.slice(colon + 1).trim() as ByteString);
    }
    return fields.has('Package') ? [fields] : [];
  });
}

/** Want, error, status: a package that was removed may leave its configuration, and then no list that counts. */
function isInstalled(fields: Fields): boolean {
  return fields.get('Status')?.endsWith(' installed') === true;
}

function packageOf(fields: Fields, paths: readonly ByteString[]): InstalledPackage {
  return {
    manager: 'dpkg',
    name: decodeText(fields.get('Package') ?? ('' as ByteString)),
    version: decodeText(fields.get('Version') ?? ('' as ByteString)),
    paths,
  };
}

function listedPaths(tree: Tree, fields: Fields): ByteString[] {
  const name = fields.get('Package') ?? '';
  // Packages that may be there for several architectures have theirs in the name of the list.
  const places = [`${INFO}/${name}:${fields.get('Architecture') ?? ''}.list`, `${INFO}/${name}.list`];
  const text = places.map((place) => databaseText(tree, place)).find((found) => found !== undefined);
  return text === undefined ? [] : filledLines(text);
}

function readPart(tree: Tree, part: ByteString): InstalledPackage[] {
  const [fields] = stanzas(databaseText(tree, `${STATUS_PARTS}/${part}`) ?? ('' as ByteString));
  if (fields === undefined) return [];
  const sums = filledLines(databaseText(tree, `${STATUS_PARTS}/${part}.md5sums`) ?? ('' as ByteString));
  // `<md5>  <path>`
  return [
    packageOf(
      fields,
      sums.map((line) => line.slice(line.indexOf('  ') + 2) as ByteString),
    ),
  ];
}
