import type { ByteString } from '../bytes/index.ts';
import { treePath } from '../tree/index.ts';
import type { LoadingObject } from './loaded-object.ts';
import { absolutePath, directoryOf } from './root-files.ts';
import type { SearchContext } from './search.ts';

/** The directory that `$ORIGIN` stands for: that of the program itself, or of the path by which a library was opened. */
export function originOf(object: LoadingObject): ByteString {
  // The kernel tells a program its place without links (/proc/self/exe).
  return directoryOf(object.role === 'program' ? (`/${object.realPath}` as ByteString) : object.path);
}

/**
 * The directories of a list as glibc reads it: `$ORIGIN`, `$LIB` and `$PLATFORM` filled in, an empty one means the
 * working directory. In a program with rights that its user lacks, `$ORIGIN` must lead to a directory of the system.
 */
export function glibcDirectories(list: ByteString, { separator, object, context }: ListOptions): ByteString[] {
  const directories = list.split(separator).map((element) => glibcDirectory(element as ByteString, object, context));
  return [...new Set(directories.filter((directory) => directory !== undefined))];
}

interface ListOptions {
  readonly separator: RegExp | string;
  /** Whose list it is. */
  readonly object: LoadingObject;
  readonly context: SearchContext;
}

function glibcDirectory(element: ByteString, object: LoadingObject, context: SearchContext): ByteString | undefined {
  const filled = fillTokens(element, object, context);
  if (filled === undefined) return undefined;
  const directory = absolutePath(filled, context.cwd);
  return (directory.replace(/(?<=.)\/+$/, '') || '/') as ByteString;
}

/** `text` with its tokens filled in; undefined if one of them stands for nothing here. */
export function fillTokens(text: ByteString, object: LoadingObject, context: SearchContext): ByteString | undefined {
  if (!text.includes('$')) return text;
  const { loader, secure } = context;
  let empty = false;
  const filled = text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (token: string, braced?: string, bare?: string) => {
    switch (braced ?? bare) {
      case 'ORIGIN':
        return originOf(object);
      case 'LIB':
        return loader.lib;
      case 'PLATFORM':
        empty ||= loader.platform === undefined;
        return loader.platform ?? '';
      default:
        return token;
    }
  }) as ByteString;
  if (empty || (secure && /\$\{?ORIGIN/.test(text) && !isTrusted(text, filled, context))) return undefined;
  return filled;
}

function isTrusted(text: ByteString, filled: ByteString, { loader }: SearchContext): boolean {
  if (!/^\$(?:ORIGIN|\{ORIGIN\})(?:\/|$)/.test(text)) return false;
  return loader.defaultDirectories.includes(`/${treePath(filled) ?? ''}` as ByteString);
}

/** The directories of a DT_RPATH or DT_RUNPATH as musl reads it: it knows `$ORIGIN` only, and drops a list with others. */
export function muslRunpath(object: LoadingObject, context: SearchContext): ByteString[] {
  const list = object.elf.runpath ?? object.elf.rpath;
  if (list === undefined) return [];
  const filled = list.replace(/\$(?:ORIGIN\b|\{ORIGIN\})/g, () => originOf(object)) as ByteString;
  if (filled !== list && context.secure) return [];
  return filled.includes('$') ? [] : muslDirectories(filled, context.cwd);
}

/** The directories of any list of musl's: separated by colons or lines, empty ones left out. */
export function muslDirectories(list: ByteString, cwd: ByteString): ByteString[] {
  return list
    .split(/[:\n]/)
    .filter((directory) => directory !== '')
    .map((directory) => absolutePath(directory as ByteString, cwd));
}
