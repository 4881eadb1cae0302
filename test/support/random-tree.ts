import fc from 'fast-check';
import type { ByteString } from '../../src/bytes/index.ts';
import {
  type Attributes,
  type Content,
  type DirectoryNode,
  memoryContent,
  mustTreePath,
  NO_XATTRS,
  type Node,
  ROOT_PATH,
  sparseContent,
  Tree,
  TreeEditor,
  type TreePath,
  type Xattrs,
} from '../../src/tree/index.ts';

/** Names that sort unlike their paths do, that are not UTF-8, and a few plain ones so that edits meet. */
const NAMES = ['a', 'b', 'c', 'a.b', '-x', '\xff\xe9', 'name with space', `long-${'n'.repeat(120)}`];

/** One step in making a tree. Steps that make no sense where they are applied do nothing. */
export type Edit =
  | { readonly kind: 'put'; readonly path: TreePath; readonly node: Node }
  | { readonly kind: 'remove'; readonly path: TreePath }
  | { readonly kind: 'link'; readonly path: TreePath; readonly target: TreePath }
  /** Put an equal node in place of one, which parts it from its hard links. */
  | { readonly kind: 'split'; readonly path: TreePath }
  | { readonly kind: 'root'; readonly attributes: Attributes };

const path = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 })
  .map((names) => mustTreePath(names.join('/') as ByteString));

const bytes = fc.uint8Array({ maxLength: 40 }).map((data) => Buffer.from(data));

const xattrs = (prefixes: readonly string[]): fc.Arbitrary<Xattrs> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(NO_XATTRS) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.tuple(fc.constantFrom(...prefixes.map((prefix) => `${prefix}note` as ByteString)), bytes))
        .map((pairs) => (pairs.length === 0 ? NO_XATTRS : new Map(pairs))),
    },
  );

/** Attributes that every Linux file system of 256-byte inodes can hold. */
const attributes = (prefixes: readonly string[] = ['trusted.', 'user.']): fc.Arbitrary<Attributes> =>
  fc.record({
    mode: fc.oneof(fc.constantFrom(0o644, 0o755, 0o4755, 0o2711, 0o1777, 0o000), fc.integer({ min: 0, max: 0o7777 })),
    uid: fc.constantFrom(0, 1000, 65534, 70_000),
    gid: fc.constantFrom(0, 1000, 65534, 70_000),
    mtimeNs: fc.oneof(
      fc.constantFrom(0n, 1n, 1_700_000_000_000_000_000n, 1_700_000_000_123_456_789n, -1_500_000_000n),
      fc.bigInt({ min: -(2n ** 30n) * 1_000_000_000n, max: 2n ** 33n * 1_000_000_000n }),
    ),
    xattrs: xattrs(prefixes),
  });

const content: fc.Arbitrary<Content> = fc.oneof(
  { weight: 8, arbitrary: bytes.map((data) => memoryContent(data)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 5000 }).map((size) => memoryContent(Buffer.alloc(size, 'x'))) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { maxLength: 3 }), fc.integer({ min: 0, max: 4095 }))
      .map(([blocks, tail]) => sparse(blocks, tail)),
  },
);

/** A file with data in some of its 4 KiB blocks. */
function sparse(blocks: readonly number[], tailBytes: number): Content {
  const starts = [...blocks].sort((left, right) => left - right);
  const extents = starts.map((block) => ({ offsetBytes: block * 4096, lengthBytes: 4096 }));
  const data = Buffer.alloc(extents.length * 4096, 'data');
  return sparseContent(memoryContent(data), extents, 501 * 4096 + tailBytes);
}

const device = fc.tuple(
  fc.constantFrom('character' as const, 'block' as const),
  fc.integer({ min: 1, max: 4095 }),
  fc.integer({ min: 0, max: 0xfffff }),
);

export const nodeArbitrary: fc.Arbitrary<Node> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(attributes(), content).map(([own, data]): Node => ({ kind: 'file', ...own, content: data })),
  },
  {
    weight: 4,
    arbitrary: attributes().map((own): Node => ({ kind: 'directory', ...own, children: new Map() })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(attributes(['trusted.']), fc.constantFrom('a', '/b/c', '../..', `t${'o'.repeat(150)}`, '\xff'))
      .map(([own, target]): Node => ({ kind: 'symlink', ...own, mode: 0o777, target: target as ByteString })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(attributes(['trusted.']), device)
      .map(([own, [kind, major, minor]]): Node => ({ kind, ...own, major, minor })),
  },
  { weight: 1, arbitrary: attributes(['trusted.']).map((own): Node => ({ kind: 'fifo', ...own })) },
);

export const editsArbitrary = (maxLength: number): fc.Arbitrary<Edit[]> =>
  fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('put' as const), path, node: nodeArbitrary }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('link' as const), path, target: path }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), path }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('split' as const), path }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('root' as const), attributes: attributes() }) },
    ),
    { maxLength },
  );

/** Trees with every kind of node, hard links and a root of their own. */
export const treeArbitrary: fc.Arbitrary<Tree> = editsArbitrary(25).map((edits) => editTree(new Tree(), edits));

/** Two trees of which the second came of the first, sharing its nodes or, rebuilt, none. */
export const treePairArbitrary: fc.Arbitrary<[Tree, Tree]> = fc
  .tuple(treeArbitrary, editsArbitrary(8), fc.boolean())
  .map(([lower, edits, isRebuilt]) => [lower, editTree(isRebuilt ? rebuildTree(lower) : lower, edits)]);

/** `base` after `edits`. */
export function editTree(base: Tree, edits: readonly Edit[]): Tree {
  const editor = new TreeEditor(base);
  for (const edit of edits) applyEdit(editor, edit);
  return editor.finish();
}

function applyEdit(editor: TreeEditor, edit: Edit): void {
  switch (edit.kind) {
    case 'put':
      editor.put(edit.path, edit.node);
      break;
    case 'remove':
      editor.remove(edit.path);
      break;
    case 'link': {
      const node = editor.lookup(edit.target);
      if (node !== undefined && node.kind !== 'directory') editor.put(edit.path, node);
      break;
    }
    case 'split': {
      const node = editor.lookup(edit.path);
      if (node !== undefined && node.kind !== 'directory') editor.put(edit.path, { ...node });
      break;
    }
    case 'root':
      editor.put(ROOT_PATH, { kind: 'directory', ...edit.attributes, children: new Map() });
  }
}

/** An equal tree in which no node is the same object. */
export function rebuildTree(tree: Tree): Tree {
  const rebuilt = new Map<Node, Node>();
  const rebuildDirectory = (node: DirectoryNode): DirectoryNode => ({
    ...node,
    children: new Map([...node.children].map(([name, child]) => [name, rebuild(child)])),
  });
  const rebuild = (node: Node): Node => {
    if (node.kind === 'directory') return rebuildDirectory(node);
    const made = rebuilt.get(node) ?? { ...node };
    rebuilt.set(node, made);
    return made;
  };
  return new Tree(rebuildDirectory(tree.root));
}

/** A short description of every node, for expectations that people read. */
export function listTree(tree: Tree): string[] {
  return [...tree.walk()].map(({ path: at, node }) => `${at} ${node.kind}`);
}
