// The doors of the rooms: src/*/index.ts, which only say what the files behind them export.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The names in the braces of an import or an export, types left out: `[{ name, as }]`. */
export function namesIn(list) {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '))
    .map((text) => {
      const [name, as = name] = text.split(' as ');
      return { name, as };
    });
}

/** What a door hands on: by the name it gives, the file behind it and the name there. */
export function readDoor(path) {
  const handed = readFileSync(path, 'utf8').matchAll(/^export \{([^}]*)\} from '([^']*)';/gm);
  return new Map(
    [...handed].flatMap(([, list, file]) =>
      namesIn(list).map(({ name, as }) => [as, { file: join(dirname(path), file), name }]),
    ),
  );
}
