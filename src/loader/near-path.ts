import { type ByteString, decodeText } from '../bytes/index.ts';
import { nearMiss } from '../errors/index.ts';
import { directoryOf, lastName, pathIn, type RootFiles } from './root-files.ts';

/** Where programs and loaders lie, beside where they were looked for. */
const OTHER_PLACES = [
  '/bin',
  '/usr/bin',
  '/usr/local/bin',
  '/sbin',
  '/usr/sbin',
  '/lib',
  '/lib64',
  '/usr/lib',
] as ByteString[];
/** Directories longer than this hold no names that are worth comparing with all others. */
const NAMES_LIMIT = 5000;

/** A file that may have been meant by `path`: of the same name elsewhere, or of a similar one in the same place. */
export function nearPath(
  files: RootFiles,
  path: ByteString,
  directories: readonly ByteString[] = [],
): string | undefined {
  const name = lastName(path);
  if (name === '') return undefined;
  const own = path.includes('/') ? [directoryOf(path)] : [];
  for (const directory of new Set([...directories, ...OTHER_PLACES])) {
    const other = pathIn(directory, name);
    if (other !== path && files.find(other)?.node.kind === 'file') return decodeText(other);
  }
  for (const directory of new Set([...own, ...directories])) {
    const names = files.names(directory);
    const near = names.length > NAMES_LIMIT ? undefined : nearMiss(name, names);
    if (near !== undefined && near !== name) return decodeText(pathIn(directory, near as ByteString));
  }
  return undefined;
}
