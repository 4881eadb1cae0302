import { describe, expect, it } from 'vitest';
import type { ByteString } from '../bytes/index.ts';
import { type FileNode, linkedNodes, memoryContent, mustTreePath, NO_XATTRS, TreeEditor } from './index.ts';

const file = (text: string): FileNode => {
  return { kind: 'file', mode: 0o644, uid: 0, gid: 0, mtimeNs: 0n, xattrs: NO_XATTRS, content: memoryContent(text) };
};

describe('linkedNodes', () => {
  it('finds nodes with several names, in one directory and in several', () => {
    const [one, near, far] = [file('one'), file('near'), file('far')];
    const places = { one, 'd/near': near, 'd/other': near, far, 'd/e/far': far, 'd/equal': file('one') };
    const editor = new TreeEditor();
    for (const [path, node] of Object.entries(places)) editor.put(mustTreePath(path as ByteString), node);
    expect(linkedNodes(editor.finish().root)).toEqual(new Set([near, far]));
  });
});
