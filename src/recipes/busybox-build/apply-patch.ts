import { recipesError } from '../error.ts';

/** Reads and changes files of the source; paths are from its root and have been checked. */
export interface PatchedFiles {
  /** Undefined if there is no such file. */
  read(path: string): string | undefined;
  /** Undefined removes the file. */
  write(path: string, text: string | undefined): void;
}

interface Hunk {
  /** The line, from 1, at which the old text is said to begin. */
  readonly line: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

interface FilePatch {
  readonly path: string;
  readonly makes: boolean;
  readonly removes: boolean;
  readonly hunks: readonly Hunk[];
}

/**
 * Applies a unified diff (POSIX diff, "diff -u") to files, its paths without their first part. Every line of context
 * must be there as it stands, as Debian's source format demands; only the place may be another one than it says.
 *
 * @throws PlinthError `busybox-patch-failed`
 */
export function applyPatch(name: string, text: string, files: PatchedFiles): void {
  for (const { path, makes, removes, hunks } of readPatch(name, text)) {
    const old = files.read(path);
    if (old === undefined && !makes) throw failed(name, `there is no ${path}`);
    // A text that ends with a newline ends with an empty last part, which is kept as such.
    const lines = old === undefined ? [''] : old.split('\n');
    let shift = 0;
    for (const hunk of hunks) {
      const at = findPlace(lines, hunk, shift);
      if (at === undefined) throw failed(name, `${path}: the text at line ${hunk.line} is not as it must be`);
      lines.splice(at, hunk.before.length, ...hunk.after);
      shift = at - (hunk.line - 1) + hunk.after.length - hunk.before.length;
    }
    files.write(path, removes ? undefined : lines.join('\n'));
  }
}

/** The index nearest to where the hunk should be at which its old text stands. */
function findPlace(lines: readonly string[], { line, before }: Hunk, shift: number): number | undefined {
  const wanted = Math.max(0, line - 1 + shift);
  const last = lines.length - before.length;
  const matches = (at: number) => at >= 0 && at <= last && before.every((text, index) => lines[at + index] === text);
  for (let distance = 0; distance <= lines.length; distance++) {
    if (matches(wanted + distance)) return wanted + distance;
    if (matches(wanted - distance)) return wanted - distance;
  }
  return undefined;
}

function readPatch(name: string, text: string): FilePatch[] {
  const lines = text.split('\n');
  const patches: FilePatch[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (!lines[at]?.startsWith('--- ') || !lines[at + 1]?.startsWith('+++ ')) continue;
    const [from, to] = [headerPath(lines[at]), headerPath(lines[at + 1])];
    const hunks: Hunk[] = [];
    at += 2;
    for (let read = readHunk(name, lines, at); read !== undefined; read = readHunk(name, lines, at)) {
      hunks.push(read.hunk);
      at = read.end;
    }
    at -= 1;
    const [makes, removes] = [from === '/dev/null', to === '/dev/null'];
    patches.push({ path: strip(name, removes ? from : to), makes, removes, hunks });
  }
  return patches;
}

function headerPath(line = ''): string {
  return line.slice(4).split('\t', 1)[0]?.trimEnd() ?? '';
}

/** Takes the first part away: `b/libbb/messages.c`. */
function strip(name: string, path: string): string {
  const parts = path.split('/').slice(1);
  const isSafe = parts.length > 0 && parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (isSafe && !path.includes('\0')) return parts.join('/');
  throw failed(name, `${JSON.stringify(path.slice(0, 200))} is no path within the source`);
}

const HUNK = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@/;

function readHunk(name: string, lines: readonly string[], start: number): { hunk: Hunk; end: number } | undefined {
  const [found, line, oldCount = '1', newCount = '1'] = HUNK.exec(lines[start] ?? '') ?? [];
  if (found === undefined) return undefined;
  const [before, after]: [string[], string[]] = [[], []];
  let at = start + 1;
  while (before.length < Number(oldCount) || after.length < Number(newCount)) {
    const text = lines[at++];
    const content = text?.slice(1) ?? '';
    // Editors strip the blank of an empty line of context.
    if (text?.startsWith(' ') || text === '') {
      before.push(content);
      after.push(content);
    } else if (text?.startsWith('-')) before.push(content);
    else if (text?.startsWith('+')) after.push(content);
    else if (!text?.startsWith('\\')) throw failed(name, `its line ${at} is not of a unified diff`);
  }
  // An insertion after line n is written as "-n,0".
  return { hunk: { line: Number(line) + (oldCount === '0' ? 1 : 0), before, after }, end: at };
}

function failed(name: string, fact: string): Error {
  return recipesError('busybox-patch-failed', `apply patch ${name}: ${fact}`, {
    hint: 'Give the tarball of a release with its path or URL instead.',
    details: { patch: name },
  });
}
