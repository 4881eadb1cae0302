import { describe, expect, it } from 'vitest';
import { applyPatch } from './apply-patch.ts';

function patched(files: Record<string, string>, patch: string): Record<string, string> {
  const result = { ...files };
  applyPatch('p', patch, {
    read: (path) => result[path],
    write(path, text) {
      if (text === undefined) delete result[path];
      else result[path] = text;
    },
  });
  return result;
}

const TEXT = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n';

describe('applyPatch', () => {
  it('changes, makes and removes files', () => {
    const patch = `Subject: words
--- a/dir/file.c\t2020-01-01
+++ b/dir/file.c
@@ -2,2 +2,3 @@ function
 two
-three
+3
+3½
@@ -7 +8 @@
-seven
+7
--- /dev/null
+++ b/new
@@ -0,0 +1,2 @@
+a
+b
--- a/old
+++ /dev/null
@@ -1 +0,0 @@
-gone
diff --git a/x b/x
`;
    expect(patched({ 'dir/file.c': TEXT, old: 'gone\n' }, patch)).toEqual({
      'dir/file.c': 'one\ntwo\n3\n3½\nfour\nfive\nsix\n7\n',
      new: 'a\nb\n',
    });
  });
  it('finds text that has moved, and blank lines without their blank', () => {
    const patch = '--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n x\n\n-y\n+z\n';
    expect(patched({ f: '1\n2\n3\nx\n\ny\n' }, patch)).toEqual({ f: '1\n2\n3\nx\n\nz\n' });
  });
  it('inserts after a line', () => {
    expect(patched({ f: 'a\nb\n' }, '--- a/f\n+++ b/f\n@@ -1,0 +2 @@\n+between\n')).toEqual({ f: 'a\nbetween\nb\n' });
  });
  it.each([
    ['context that is not there', '--- a/f\n+++ b/f\n@@ -1,2 +1 @@\n one\n-zwei\n', 'f: the text at line 1'],
    ['a file that is not there', '--- a/g\n+++ b/g\n@@ -1 +1 @@\n-a\n+b\n', 'there is no g'],
    ['a path that climbs out', '--- a/f\n+++ b/../f\n@@ -1 +1 @@\n-a\n+b\n', 'is no path within the source'],
    ['an absolute path', '--- a/f\n+++ /etc//passwd\n@@ -1 +1 @@\n-a\n+b\n', 'is no path within the source'],
    ['a hunk that is cut off', '--- a/f\n+++ b/f\n@@ -1,900000000 +1 @@\n one', 'is not of a unified diff'],
    ['a path without a first part', '--- f\n+++ f\n@@ -1 +1 @@\n-one\n+b\n', 'is no path within the source'],
  ])('refuses %s', (_, patch, fact) => {
    expect(() => patched({ f: TEXT }, patch)).toThrow(
      expect.objectContaining({ code: 'busybox-patch-failed', message: expect.stringContaining(fact) }),
    );
  });
});
