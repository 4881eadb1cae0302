import { buildError } from './error.ts';

/** What `--chmod` makes of a mode. */
export type ModeChange = (mode: number, isDirectory: boolean) => number;

const BITS: Readonly<Record<string, number>> = { r: 0o4, w: 0o2, x: 0o1 };
const SHIFTS: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };
const CLAUSE = /^([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)$/;

/**
 * `text` as a change of modes: octal (`0644`), or symbolic as chmod(1) reads it (`u=rwX,go-w`, `+x`).
 * Without a letter before the operator all three classes are meant, since a build has no umask.
 *
 * @throws PlinthError `mode-invalid`
 */
export function parseModeChange(text: string): ModeChange {
  if (/^[0-7]{1,5}$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    if (mode <= 0o7777) return () => mode;
    return invalidMode(text);
  }
  const changes = text.split(',').map((clause) => parseClause(clause, text));
  return (mode, isDirectory) => changes.reduce((now, change) => change(now, isDirectory), mode);
}

function parseClause(clause: string, text: string): ModeChange {
  const match = CLAUSE.exec(clause);
  if (match === null) return invalidMode(text);
  const who = match[1] === '' || match[1]?.includes('a') ? 'ugo' : (match[1] ?? '');
  const actions = [...(match[2] ?? '').matchAll(/([-+=])([ugorwxXst]*)/g)];
  return (mode, isDirectory) =>
    actions.reduce((now, action) => {
      const bits = actionBits(who, action[2] ?? '', { mode: now, isDirectory });
      if (action[1] === '+') return now | bits;
      if (action[1] === '-') return now & ~bits;
      return (now & ~classMask(who, isDirectory)) | bits;
    }, mode);
}

function actionBits(who: string, permissions: string, now: { readonly mode: number; readonly isDirectory: boolean }) {
  let bits = 0;
  for (const one of who) {
    const shift = SHIFTS[one] ?? 0;
    for (const permission of permissions) {
      if (permission === 'X') bits |= now.isDirectory || (now.mode & 0o111) !== 0 ? 0o1 << shift : 0;
      else if (permission === 's') bits |= one === 'u' ? 0o4000 : one === 'g' ? 0o2000 : 0;
      else if (permission === 't') bits |= who === 'ugo' || one === 'o' ? 0o1000 : 0;
      else if (permission in SHIFTS) bits |= ((now.mode >> (SHIFTS[permission] ?? 0)) & 0o7) << shift;
      else bits |= (BITS[permission] ?? 0) << shift;
    }
  }
  return bits;
}

/** The bits that `=` sets anew; of a directory setuid and setgid stay, as in GNU chmod. */
function classMask(who: string, isDirectory: boolean): number {
  let mask = 0;
  for (const one of who) {
    mask |= 0o7 << (SHIFTS[one] ?? 0);
    if (!isDirectory) mask |= one === 'u' ? 0o4000 : one === 'g' ? 0o2000 : 0o1000;
  }
  return mask;
}

function invalidMode(text: string): never {
  throw buildError('mode-invalid', `read --chmod: ${JSON.stringify(text)} is neither octal nor a symbolic mode`, {
    hint: 'Write it like 0644 or u=rwX,go=rX.',
  });
}
