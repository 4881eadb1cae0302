import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ByteString } from '../bytes/index.ts';
import { systemErrorCode } from '../errors/index.ts';
import type { Attributes, Tree } from '../tree/index.ts';
import { type AccountFiles, accountFiles } from './account.ts';

/** What starting a container needs to know of its image; kept beside the snapshot, since the tree takes long to make. */
export interface ImageFacts {
  /** The attributes of `/`. */
  readonly root: Attributes;
  readonly accounts: AccountFiles;
  /** Whether the image lacks places that the runtime mounts on. */
  readonly hasMountPoints: boolean;
}

const FILE = 'facts.json';

/** The facts of an image. */
export function imageFacts(tree: Tree, hasMountPoints: boolean): ImageFacts {
  const { mode, uid, gid, mtimeNs, xattrs } = tree.root;
  return { root: { mode, uid, gid, mtimeNs, xattrs }, accounts: accountFiles(tree), hasMountPoints };
}

/** The facts kept in `directory`; undefined if none are there that can be read. */
export function readFacts(directory: string): ImageFacts | undefined {
  try {
    return decodeFacts(JSON.parse(readFileSync(join(directory, FILE), 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes the facts into `directory`. */
export function writeFacts(directory: string, { root, accounts, hasMountPoints }: ImageFacts): void {
  const xattrs = [...root.xattrs].map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  const kept: KeptFacts = { root: { ...root, mtimeNs: String(root.mtimeNs), xattrs }, accounts, hasMountPoints };
  writeFileSync(join(directory, FILE), JSON.stringify(kept));
}

interface KeptFacts extends Omit<ImageFacts, 'root'> {
  readonly root: Omit<Attributes, 'mtimeNs' | 'xattrs'> & { readonly mtimeNs: string; readonly xattrs: string[][] };
}

function decodeFacts({ root, accounts, hasMountPoints }: KeptFacts): ImageFacts {
  const xattrs = new Map(
    root.xattrs.map(([name = '', value = '']) => [name as ByteString, Buffer.from(value, 'base64')]),
  );
  return { root: { ...root, mtimeNs: BigInt(root.mtimeNs), xattrs }, accounts, hasMountPoints };
}
