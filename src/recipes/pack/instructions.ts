import { decodeText } from '../../bytes/index.ts';
import type { Companion } from './companion.ts';
import type { PackedProgram, PackInstruction } from './pack-request.ts';

interface ImageFacts {
  /** PATH. */
  readonly path: string;
  readonly hasLocale: boolean;
  readonly companions: ReadonlySet<Companion>;
}

/** How an image of these programs starts: one is its entry point, of several the first is the command. */
export function planInstructions(
  programs: readonly PackedProgram[],
  { path, hasLocale, companions }: ImageFacts,
): PackInstruction[] {
  const lines: PackInstruction[] = [{ text: `ENV PATH=${quoteValue(path)}`, why: 'Where programs are looked for.' }];
  if (hasLocale) lines.push({ text: 'ENV LANG=C.UTF-8', why: 'Programs know letters beyond ASCII.' });
  const [first, ...more] = programs.filter(({ isProgram }) => isProgram);
  if (first === undefined) return lines;
  const words = JSON.stringify([decodeText(first.path)]);
  if (more.length > 0) return [...lines, { text: `CMD ${words}`, why: 'What runs if no command is given.' }];
  lines.push({ text: `ENTRYPOINT ${words}`, why: "What runs; words after the image's name are its arguments." });
  for (const { name, instructions = [], program } of companions) {
    if (program?.test(lastName(first)) !== true) continue;
    for (const text of instructions) lines.push({ text, why: WHYS[text.split(' ')[0] ?? ''] ?? name });
  }
  return lines;
}

const WHYS: Readonly<Record<string, string>> = {
  CMD: 'Its arguments if none are given.',
  EXPOSE: 'Where it listens.',
  STOPSIGNAL: 'The signal by which it ends in good order.',
};

function lastName({ path }: PackedProgram): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A value of ENV: in quotes where it has more than the usual characters. */
function quoteValue(value: string): string {
  return /^[\w/:.,+@-]*$/.test(value) ? value : `"${value.replace(/["\\$]/g, '\\$&')}"`;
}
