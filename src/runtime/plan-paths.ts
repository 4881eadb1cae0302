import { AT_FDCWD, allowing, flags, named, type Step, step } from './step.ts';

/** Steps that make `path` and what lies above it, where they are missing. */
export function ensureDirectory(path: string): Step[] {
  const names = path.split('/').filter((name) => name !== '');
  return names.map((_, index) => {
    const directory = `/${names.slice(0, index + 1).join('/')}`;
    const make = step(`create directory ${directory}`, 'mkdirat', AT_FDCWD, directory, octal(0o755));
    return allowing(['EEXIST'], make);
  });
}

/** Steps that make an empty file at `path`, and the directories above it, where they are missing. */
export function ensureFile(path: string, mode = 0o644): Step[] {
  return [...ensureDirectory(path.slice(0, path.lastIndexOf('/'))), ensureEmptyFile(path, mode)];
}

/** The step that makes an empty file at `path` where it is missing. */
export function ensureEmptyFile(path: string, mode: number): Step {
  const type = flags('S_IFREG');
  const make = step(
    `create file ${path}`,
    'mknodat',
    AT_FDCWD,
    path,
    named(`${type.text}|${octal(mode).text}`, type.value | mode),
    0,
  );
  return allowing(['EEXIST'], make);
}

/** A mode shown in octal. */
export function octal(mode: number): ReturnType<typeof named> {
  return named(`0${mode.toString(8)}`, mode);
}
