import type { ByteString } from '../../bytes/index.ts';
import type { RootFiles } from '../../loader/index.ts';

/** The pattern with `{name}` replaced; undefined if a name has no value. */
export function fillPattern(pattern: string, values: Readonly<Record<string, string | undefined>>): string | undefined {
  let isComplete = true;
  const filled = pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    isComplete &&= value !== undefined;
    return value ?? '';
  });
  return isComplete ? filled : undefined;
}

/** The absolute paths that `pattern` matches, in byte order, where `*` stands for any part of one name. */
export function matchPaths(files: RootFiles, pattern: string): ByteString[] {
  const names = pattern.split('/').filter((name) => name !== '');
  let found: string[] = [''];
  for (const name of names) {
    if (!name.includes('*')) {
      found = found.map((directory) => `${directory}/${name}`);
      continue;
    }
    const escaped = name.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    const matcher = new RegExp(`^${escaped.join('.*')}$`, 's');
    found = found.flatMap((directory) =>
      files
        .names(directory as ByteString)
        .filter((child) => matcher.test(child))
        .map((child) => `${directory}/${child}`),
    );
  }
  return (found as ByteString[]).filter((path) => files.find(path) !== undefined);
}
