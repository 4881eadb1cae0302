import { type ByteString, decodeText } from '../../bytes/index.ts';
import type { Tree } from '../../tree/index.ts';
import { databaseText } from './database-text.ts';
import type { InstalledPackage } from './installed-package.ts';

/** Where apk keeps what is installed; newer systems have merged /lib into /usr. */
const PLACES = ['lib/apk/db/installed', 'usr/lib/apk/db/installed'];

/** The packages that apk has in `tree` (apk-tools, installed database: one letter, a colon, a value a line). */
export function readApk(tree: Tree): InstalledPackage[] {
  const text = PLACES.map((place) => databaseText(tree, place)).find((found) => found !== undefined);
  return text === undefined ? [] : text.split(/\n{2,}/).flatMap(readRecord);
}

function readRecord(record: string): InstalledPackage[] {
  let [name, version, directory] = ['', '', ''];
  const paths: ByteString[] = [];
  for (const line of record.split('\n')) {
    if (line[1] !== ':') continue;
    const value = line.slice(2);
    if (line[0] === 'P') name = value;
    else if (line[0] === 'V') version = value;
    else if (line[0] === 'F') directory = value;
    else if (line[0] === 'R') paths.push(`${directory}/${value}` as ByteString);
  }
  if (name === '') return [];
  return [{ manager: 'apk', name: decodeText(name as ByteString), version: decodeText(version as ByteString), paths }];
}
