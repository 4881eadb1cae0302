import type { ByteString } from '../bytes/index.ts';
import { absolutePath, directoryOf, lastName, pathIn, type RootFiles } from './root-files.ts';

const CONF_PATH = '/etc/ld.so.conf' as ByteString;
const CONF_LIMIT_BYTES = 64 * 1024;
const FILE_LIMIT = 256;
const DIRECTORY_LIMIT = 4096;

/**
 * The directories that ldconfig(8) would take into the cache: those of /etc/ld.so.conf and all that it includes. The
 * loader itself does not read it: it only says what the cache could know.
 */
export function configuredDirectories(files: RootFiles): ByteString[] {
  const directories: ByteString[] = [];
  const waiting = [CONF_PATH];
  const seen = new Set<ByteString>();
  for (let path = waiting.shift(); path !== undefined && seen.size < FILE_LIMIT; path = waiting.shift()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const text = files.text(path, CONF_LIMIT_BYTES) ?? '';
    const included: ByteString[] = [];
    for (const line of text.split('\n')) {
      const words = line
        .replace(/#.*$/, '')
        .trim()
        .split(/[\s,:]+/)
        .filter((word) => word !== '') as ByteString[];
      if (words[0] === 'include')
        included.push(...words.slice(1).flatMap((pattern) => expand(files, absolutePath(pattern, directoryOf(path)))));
      else if (words[0] !== 'hwcap') directories.push(...words.map((word) => word.replace(/=.*$/, '') as ByteString));
    }
    waiting.unshift(...included);
  }
  return [...new Set(directories)].slice(0, DIRECTORY_LIMIT);
}

/** The files that a pattern with wildcards in its last name means, in the order of their names. */
function expand(files: RootFiles, pattern: ByteString): ByteString[] {
  if (!/[*?[]/.test(pattern)) return [pattern];
  const directory = directoryOf(pattern);
  const matches = wildcard(lastName(pattern));
  return files
    .names(directory)
    .filter((name) => matches(name))
    .map((name) => pathIn(directory, name));
}

/** Whether names match a pattern of `*` and `?`; brackets are taken as they stand. Linear in the name. */
function wildcard(pattern: string): (name: string) => boolean {
  const parts = pattern.split(/\*+/);
  return (name) => {
    if (name.startsWith('.') && !pattern.startsWith('.')) return false;
    const [first = '', ...rest] = parts;
    if (rest.length === 0) return sameLength(name, first);
    if (!sameLength(name.slice(0, first.length), first)) return false;
    const last = rest.pop() ?? '';
    let at = first.length;
    for (const part of rest) {
      while (at + part.length <= name.length && !sameLength(name.slice(at, at + part.length), part)) at++;
      at += part.length;
    }
    return at + last.length <= name.length && sameLength(name.slice(name.length - last.length), last);
  };
}

function sameLength(text: string, pattern: string): boolean {
  if (text.length !== pattern.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (pattern[index] !== '?' && pattern[index] !== text[index]) return false;
  }
  return true;
}
