// Brings the table of findings into docs/doctor.md from the codes in src/doctor; the words around it are kept. Run it with the pinned Node.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { doctorCodes } from '../src/doctor/index.ts';

export const DOCTOR_DOCS_PATH = resolve(import.meta.dirname, '../docs/doctor.md');

/** The text of docs/doctor.md with the table of all findings as they are now. */
export function doctorDocs(text) {
  const rows = Object.entries(doctorCodes).map(
    ([code, { severity, meaning, seen }]) =>
      `| \`${code}\` | ${severity} | ${meaning} | ${seen.replaceAll('|', '\\|')} |`,
  );
  const table = ['| code | severity | what is the matter | how it shows |', '|---|---|---|---|', ...rows].join('\n');
  return text.replace(/^\| code [\s\S]*?\n(?!\|)/m, () => `${table}\n`);
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(DOCTOR_DOCS_PATH, doctorDocs(readFileSync(DOCTOR_DOCS_PATH, 'utf8')));
}
