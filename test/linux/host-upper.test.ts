import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteString } from '../../src/bytes/index.ts';
import { lgetxattrs, lsetxattr, makeNode, materialise, readTree, readUpper } from '../../src/host/index.ts';
import { applyLayer, compareTrees, type LayerEntry, readContent, type Tree } from '../../src/tree/index.ts';
import { treeArbitrary } from '../support/random-tree.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plinth-upper-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Mounts an overlay upon `lower`, runs `use` in it, and gives `check` what it shows and where its upper directory is. */
function inOverlay(lower: Tree, use: (merged: string) => void, check: (merged: Tree, upper: string) => void): void {
  const base = mkdtempSync(join(directory, 'overlay-'));
  const [lowerPath, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(base, name));
  if (lowerPath === undefined || upper === undefined || work === undefined || merged === undefined) return;
  materialise(lower, lowerPath, { owners: 'keep', overlay: 'trusted' });
  for (const path of [upper, work, merged]) mkdirSync(path);
  const options = `lowerdir=${lowerPath},upperdir=${upper},workdir=${work}`;
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, merged]);
  try {
    use(merged);
    check(readTree(merged, { xattrs: true }), upper);
  } finally {
    execFileSync('umount', [merged]);
    rmSync(base, { recursive: true, force: true });
  }
}

/** One thing a program may do; what the kernel refuses is left undone. */
type Action = (root: string) => void;

const name = fc.constantFrom('a', 'b', 'c', 'a.b', '-x', 'new');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));

const action: fc.Arbitrary<Action> = fc.oneof(
  path.map(
    (at): Action =>
      (root) =>
        appendFileSync(join(root, at), 'more'),
  ),
  path.map(
    (at): Action =>
      (root) =>
        writeFileSync(join(root, at), 'written', { flag: 'wx' }),
  ),
  path.map(
    (at): Action =>
      (root) =>
        unlinkSync(join(root, at)),
  ),
  path.map(
    (at): Action =>
      (root) =>
        rmSync(join(root, at), { recursive: true }),
  ),
  path.map(
    (at): Action =>
      (root) =>
        mkdirSync(join(root, at)),
  ),
  path.map(
    (at): Action =>
      (root) =>
        replaceByDirectory(join(root, at)),
  ),
  path.map(
    (at): Action =>
      (root) =>
        chmodSync(join(root, at), 0o1711),
  ),
  path.map(
    (at): Action =>
      (root) =>
        chownSync(join(root, at), 12, 34),
  ),
  path.map(
    (at): Action =>
      (root) =>
        symlinkSync('target', join(root, at)),
  ),
  path.map(
    (at): Action =>
      (root) =>
        lsetxattr(join(root, at) as ByteString, 'trusted.set' as ByteString, Buffer.from('v')),
  ),
  fc.tuple(path, path).map(
    ([from, to]): Action =>
      (root) =>
        linkSync(join(root, from), join(root, to)),
  ),
  fc.tuple(path, path).map(
    ([from, to]): Action =>
      (root) =>
        renameSync(join(root, from), join(root, to)),
  ),
  path.map(
    (at): Action =>
      (root) => {
        makeNode(join(root, at) as ByteString, { kind: 'character', mode: 0o600, major: 1, minor: 3 });
      },
  ),
);

/** A directory removed and made again is opaque. */
function replaceByDirectory(at: string): void {
  rmSync(at, { recursive: true, force: true });
  mkdirSync(at);
  writeFileSync(join(at, 'inside'), 'x');
}

function attempt(use: () => void): void {
  try {
    use();
  } catch {
    // The path does not exist, is a directory, is in another layer: other actions do their part.
  }
}

describe('readUpper', () => {
  it('is the layer that takes the lower tree to what the overlay shows', () => {
    fc.assert(
      fc.property(treeArbitrary, fc.array(action, { maxLength: 12 }), (lower, actions) => {
        inOverlay(
          lower,
          (merged) => {
            for (const act of actions) attempt(() => act(merged));
          },
          (merged, upper) => {
            expect(compareTrees(merged, applyLayer(lower, readUpper(upper, { xattrPrefix: 'trusted' })))).toEqual([]);
          },
        );
      }),
      { numRuns: 60 },
    );
  });

  it('reads records kept in user attributes, and both forms of whiteouts', () => {
    const upper = join(directory, 'upper');
    mkdirSync(join(upper, 'opaque'), { recursive: true });
    mkdirSync(join(upper, 'plain'));
    lsetxattr(join(upper, 'opaque') as ByteString, 'user.overlay.opaque' as ByteString, Buffer.from('y'));
    lsetxattr(join(upper, 'plain') as ByteString, 'user.overlay.opaque' as ByteString, Buffer.from('x'));
    lsetxattr(join(upper, 'plain') as ByteString, 'user.overlay.origin' as ByteString, Buffer.from('o'));
    writeFileSync(join(upper, 'plain/gone'), '');
    lsetxattr(join(upper, 'plain/gone') as ByteString, 'user.overlay.whiteout' as ByteString, Buffer.from('y'));
    writeFileSync(join(upper, 'plain/here'), 'x');
    makeNode(join(upper, 'removed') as ByteString, { kind: 'character', mode: 0, major: 0, minor: 0 });
    expect(readUpper(upper, { xattrPrefix: 'user' }).map(show)).toEqual([
      'directory ',
      'whiteout removed',
      'directory opaque',
      'opaque opaque',
      'directory plain',
      'whiteout plain/gone',
      'file plain/here',
    ]);
  });

  it('names hard links by the first of them', () => {
    const upper = join(directory, 'upper');
    mkdirSync(upper);
    writeFileSync(join(upper, 'b'), 'x');
    linkSync(join(upper, 'b'), join(upper, 'a'));
    expect(readUpper(upper, { xattrPrefix: 'trusted' }).map(show)).toEqual(['directory ', 'file a', 'hardlink b']);
  });

  it('sets back later times, in the layer and if asked on the files', () => {
    const upper = join(directory, 'upper');
    mkdirSync(upper);
    writeFileSync(join(upper, 'f'), 'x');
    execFileSync('touch', ['-d', '@1000.000000005', join(upper, 'old')]);
    const clampNs = 2_000_000_000_007n;
    const times = (entries: LayerEntry[]): unknown[] =>
      entries.map((entry) => (entry.kind === 'node' ? entry.node.mtimeNs : undefined));
    const expected = [clampNs, clampNs, 1_000_000_000_005n];
    expect(times(readUpper(upper, { xattrPrefix: 'trusted', clampNs }))).toEqual(expected);
    expect(readTree(upper).root.mtimeNs).toBeGreaterThan(clampNs);
    expect(times(readUpper(upper, { xattrPrefix: 'trusted', clampNs, writeClamped: true }))).toEqual(expected);
    expect([...readTree(upper).walk()].map(({ node }) => node.mtimeNs)).toEqual(expected.slice(1));
    expect(readTree(upper).root.mtimeNs).toBe(clampNs);
  });

  it.each(['redirect', 'metacopy'])('refuses a %s record, which points into the lower layers', (feature) => {
    const upper = join(directory, 'upper');
    mkdirSync(join(upper, 'd'), { recursive: true });
    lsetxattr(join(upper, 'd') as ByteString, `trusted.overlay.${feature}` as ByteString, Buffer.from('/etc'));
    expect(() => readUpper(upper, { xattrPrefix: 'trusted' })).toThrowError(
      expect.objectContaining({ code: 'host-overlay-unsupported' }),
    );
  });

  it('keeps the contents readable until the directory goes', () => {
    const upper = join(directory, 'upper');
    mkdirSync(upper);
    writeFileSync(join(upper, 'f'), 'content');
    const [, entry] = readUpper(upper, { xattrPrefix: 'trusted' });
    if (entry?.kind !== 'node' || entry.node.kind !== 'file') throw new Error('not a file');
    expect(readContent(entry.node.content).toString()).toBe('content');
    expect(lgetxattrs(join(upper, 'f') as ByteString).size).toBe(0);
  });
});

function show(entry: LayerEntry): string {
  return `${entry.kind === 'node' ? entry.node.kind : entry.kind} ${entry.path}`;
}
