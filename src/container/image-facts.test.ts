import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeText } from '../bytes/index.ts';
import { type Attributes, memoryContent, mustTreePath, NO_CHILDREN, NO_XATTRS, TreeEditor } from '../tree/index.ts';
import { imageFacts, readFacts, writeFacts } from './image-facts.ts';

describe('image facts', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'plinth-facts-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('are read as they were written', () => {
    const xattrs = new Map([[encodeText('user.note'), Buffer.from([0, 255, 10])]]);
    const root: Attributes = { mode: 0o1711, uid: 5, gid: 6, mtimeNs: -1_234_567_890_123_456_789n, xattrs };
    const file = { kind: 'file', mode: 0o644, uid: 0, gid: 0, mtimeNs: 0n, xattrs: NO_XATTRS } as const;
    const editor = new TreeEditor();
    editor.put(mustTreePath(encodeText('')), { kind: 'directory', ...root, children: NO_CHILDREN });
    editor.put(mustTreePath(encodeText('etc/passwd')), { ...file, content: memoryContent('zoë:x:7:8::/home:\n') });
    const facts = imageFacts(editor.finish(), true);
    expect(facts).toEqual({ root, accounts: { passwd: 'zoë:x:7:8::/home:\n', group: '' }, hasMountPoints: true });
    writeFacts(directory, facts);
    expect(readFacts(directory)).toEqual(facts);
  });

  it('that are missing or cut off are unknown', () => {
    expect(readFacts(directory)).toBeUndefined();
    expect(readFacts(join(directory, 'missing'))).toBeUndefined();
    writeFileSync(join(directory, 'facts.json'), '{"root":');
    expect(readFacts(directory)).toBeUndefined();
  });
});
