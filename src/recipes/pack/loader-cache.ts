import type { ByteString } from '../../bytes/index.ts';
import { type CachedLibrary, encodeLoaderCache, type LoadedObject, parseLoaderCache } from '../../loader/index.ts';
import { memoryContent, readContent, type TreePath } from '../../tree/index.ts';
import type { PackDraft, PartName } from './pack-draft.ts';

const CACHE_PATH = '/etc/ld.so.cache' as ByteString;
const CONF_PATH = 'etc/ld.so.conf' as TreePath;
const LIMIT_BYTES = 32 << 20;
const PART: PartName = { name: 'loader cache', what: 'where other libraries are' };

/** Makes an ld.so.cache, and an ld.so.conf to make it again of, with those libraries that were found by that of the source. */
export function addLoaderCache(draft: PackDraft, objects: ReadonlyMap<TreePath, LoadedObject>): void {
  const node = draft.files.find(CACHE_PATH)?.node;
  if (node?.kind !== 'file' || node.content.sizeBytes > LIMIT_BYTES) return;
  const cache = parseLoaderCache(readContent(node.content));
  const libraries = new Map<string, CachedLibrary>();
  let byteOrder: 'little' | 'big' = 'little';
  for (const { elf, needed } of objects.values()) {
    for (const { name, path, reason } of needed) {
      const entry = reason === 'cache' ? cache?.get(name).find((one) => one.path === path) : undefined;
      if (entry === undefined) continue;
      byteOrder = elf.byteOrder;
      libraries.set(`${name}\0${entry.path}`, { name, path: entry.path, flags: entry.flags });
    }
  }
  const sorted = [...libraries.values()].sort((left, right) => (left.path < right.path ? -1 : 1));
  const directories = new Set(sorted.map(({ path }) => path.slice(0, path.lastIndexOf('/'))));
  draft.addFile(CACHE_PATH.slice(1) as TreePath, memoryContent(encodeLoaderCache(sorted, byteOrder)), PART);
  draft.addFile(CONF_PATH, memoryContent(Buffer.from([...directories, ''].join('\n'), 'latin1')), PART);
}
