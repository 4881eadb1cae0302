/**
 * A file or directory to take as well, as `PATH` or `PATH:DEST`; DEST is absolute.
 *
 * @throws Error with the fact only; the flag parser adds the flag
 */
export function parseAddition(given: string): { readonly path: string; readonly to?: string } {
  const [, path = given, to] = /^(.+):(\/.*)$/s.exec(given) ?? [];
  if (path === '') throw new Error('the path is empty; write PATH or PATH:DEST');
  if (to !== undefined && /^\/+$/.test(to)) throw new Error(`${JSON.stringify(to)} is no place for one thing`);
  return to === undefined ? { path } : { path, to };
}
