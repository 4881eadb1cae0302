import { describe, expect, it } from 'vitest';
import { encodeText } from '../bytes/index.ts';
import { type FileNode, memoryContent, mustTreePath, NO_XATTRS, type Tree, TreeEditor } from '../tree/index.ts';
import { accountFiles, resolveAccount } from './account.ts';

function file(text: string): FileNode {
  return { kind: 'file', mode: 0o644, uid: 0, gid: 0, mtimeNs: 0n, xattrs: NO_XATTRS, content: memoryContent(text) };
}

function imageWith(files: Record<string, string>): Tree {
  const editor = new TreeEditor();
  for (const [path, text] of Object.entries(files)) editor.put(mustTreePath(encodeText(path)), file(text));
  return editor.finish();
}

const image = imageWith({
  'etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\n# comment\nweb:x:33:33::/srv/web:/bin/false\n77:x:500:500::/home/odd:\nbroken\n',
  'etc/group': 'root:x:0:\nweb:x:33:\nlogs:x:90:web,other\ntapes:x:26:web\n',
});

describe('resolveAccount', () => {
  it.each([
    ['', { uid: 0, gid: 0, additionalGids: [], home: '/root' }],
    ['web', { uid: 33, gid: 33, additionalGids: [26, 90], home: '/srv/web' }],
    ['33', { uid: 33, gid: 33, additionalGids: [26, 90], home: '/srv/web' }],
    ['web:logs', { uid: 33, gid: 90, additionalGids: [], home: '/srv/web' }],
    ['web:1234', { uid: 33, gid: 1234, additionalGids: [], home: '/srv/web' }],
    ['4711', { uid: 4711, gid: 0, additionalGids: [], home: '/' }],
    ['4711:4712', { uid: 4711, gid: 4712, additionalGids: [], home: '/' }],
    ['77', { uid: 500, gid: 500, additionalGids: [], home: '/home/odd' }],
    [':90', { uid: 0, gid: 90, additionalGids: [], home: '/root' }],
  ])('resolves %j', (user, account) => {
    expect(resolveAccount(accountFiles(image), user)).toEqual(account);
  });

  it('needs no account files for numbers', () => {
    expect(resolveAccount(accountFiles(imageWith({})), '5:6')).toEqual({
      uid: 5,
      gid: 6,
      additionalGids: [],
      home: '/',
    });
  });

  it.each([
    ['nobody', 'user'],
    ['web:nogroup', 'group'],
    ['99999999999', 'user'],
  ])('refuses %j', (user, what) => {
    expect(() => resolveAccount(accountFiles(image), user)).toThrow(
      expect.objectContaining({ code: 'user-unknown', message: expect.stringContaining(what) }),
    );
  });
});
