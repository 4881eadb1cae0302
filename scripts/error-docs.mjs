// Writes docs/errors.md from the `<room>Errors` tables that the rooms export. Run it with the pinned Node.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const SRC = resolve(import.meta.dirname, '../src');
export const ERROR_DOCS_PATH = resolve(import.meta.dirname, '../docs/errors.md');

/** The text of docs/errors.md. */
export async function errorDocs() {
  const sections = [];
  const seen = new Map();
  for (const room of readdirSync(SRC).sort()) {
    const table = await errorTable(room);
    if (table === undefined) continue;
    for (const code of Object.keys(table)) {
      if (seen.has(code)) throw new Error(`error code ${code} is in both ${seen.get(code)} and ${room}`);
      seen.set(code, room);
    }
    const rows = Object.entries(table)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
    sections.push(`## ${room}\n\n| code | meaning |\n|---|---|\n${rows.join('\n')}\n`);
  }
  return `# Errors

Every error that Plinth throws on purpose is a \`PlinthError\` with a \`code\`, a message that says what was tried, on what and what was found, often a \`hint\`,
and plain \`details\` (path, digest, line, expected, actual). Match on the code; messages may change. The command prints message and hint, and with \`--debug\` code, cause and stack.

This page is made from the sources by \`node scripts/error-docs.mjs\`.

${sections.join('\n')}`;
}

/** The tables of a room, from whichever of its files export them. */
async function errorTable(room) {
  const files = readdirSync(join(SRC, room), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && /^export const \w+Errors\b/m.test(readFileSync(join(SRC, room, file), 'utf8')),
  );
  const doors = await Promise.all(files.map((file) => import(pathToFileURL(join(SRC, room, file)).href)));
  const tables = doors.flatMap((door) => Object.entries(door).filter(([name]) => name.endsWith('Errors')));
  return tables.length === 0 ? undefined : Object.assign({}, ...tables.map(([, table]) => table));
}

if (process.argv[1] === import.meta.filename) writeFileSync(ERROR_DOCS_PATH, await errorDocs());
