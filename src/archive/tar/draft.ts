import type { ByteString } from '../../bytes/index.ts';
import type { TarEntry, TarKind } from './entry.ts';
import type { ExtendedHeaders } from './extended-headers.ts';
import { checkId, type HeaderBlock } from './header-block.ts';
import { BLOCK_BYTES } from './layout.ts';

/** An entry whose sparse map may still be missing. */
export type TarDraft = { -readonly [Key in keyof TarEntry]: TarEntry[Key] };

const KINDS: ReadonlyMap<number, TarKind> = new Map(
  Object.entries({
    '\0': 'file',
    '0': 'file',
    '7': 'file',
    S: 'file',
    '1': 'hardlink',
    '2': 'symlink',
    '3': 'character',
    '4': 'block',
    '5': 'directory',
    D: 'directory',
    '6': 'fifo',
  } as const).map(([type, kind]) => [type.charCodeAt(0), kind]),
);

/** The names of the files in a directory follow it: GNU incremental backups. */
const TYPE_DUMP_DIRECTORY = 'D'.charCodeAt(0);

/** The kind of entry that a type byte stands for; undefined for what is no file system object. */
export function tarKind(type: number): TarKind | undefined {
  return KINDS.get(type);
}

/** Bytes of data that follow the header at which `block` stands. */
export function dataBytes(block: HeaderBlock, extended: ExtendedHeaders): number {
  return extended.value('sizeBytes') ?? block.sizeBytes;
}

/**
 * The entry that `block`, the header at `positionBytes`, and the extended headers before it tell of.
 *
 * @throws PlinthError `tar-header-invalid`, `tar-limit-exceeded`
 */
export function draftEntry(
  kind: TarKind,
  block: HeaderBlock,
  extended: ExtendedHeaders,
  positionBytes: number,
): TarDraft {
  const path = extended.path ?? block.name;
  const isLink = kind === 'symlink' || kind === 'hardlink';
  const isDevice = kind === 'character' || kind === 'block';
  // POSIX leaves the size of the others open; none has data, whatever it says.
  const hasData = kind === 'file' || block.type === TYPE_DUMP_DIRECTORY;
  const storedBytes = hasData ? dataBytes(block, extended) : 0;
  return {
    path,
    // Tars before POSIX have no type for directories but the slash.
    kind: kind === 'file' && path.endsWith('/') ? 'directory' : kind,
    mode: block.mode,
    uid: id('uid', block, extended, positionBytes),
    gid: id('gid', block, extended, positionBytes),
    mtimeNs: extended.value('mtimeNs') ?? block.mtimeNs,
    linkTarget: isLink ? (extended.linkTarget ?? block.linkTarget) : ('' as ByteString),
    major: isDevice ? (extended.value('major') ?? block.major) : 0,
    minor: isDevice ? (extended.value('minor') ?? block.minor) : 0,
    xattrs: extended.xattrs,
    sizeBytes: storedBytes,
    storedBytes,
    dataOffsetBytes: positionBytes + BLOCK_BYTES,
  };
}

function id(key: 'uid' | 'gid', block: HeaderBlock, extended: ExtendedHeaders, positionBytes: number): number {
  const value = extended.value(key);
  return value === undefined ? block[key] : checkId(value, key, positionBytes);
}

/** A directory has neither size nor holes, whatever its header says. */
export function finishDraft(draft: TarDraft): TarEntry {
  if (draft.kind !== 'directory') return draft;
  const { extents: _, ...directory } = draft;
  return { ...directory, sizeBytes: 0, storedBytes: 0 };
}
