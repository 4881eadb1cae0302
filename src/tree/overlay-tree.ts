import type { ByteString } from '../bytes/index.ts';
import { applyLayer } from './apply-layer.ts';
import type { LayerEntry } from './layer-entry.ts';
import { type DeviceNode, NO_XATTRS, type Node, type Xattrs } from './node.ts';
import { parentPath, type TreePath } from './path.ts';
import { Tree } from './tree.ts';
import { DEFAULT_DIRECTORY, TreeEditor } from './tree-editor.ts';

/** Whose extended attributes overlayfs reads: `user` when mounted with `userxattr`, as in a user namespace. */
export type OverlayFlavour = 'trusted' | 'user';

/** How overlayfs records a removal: a character device 0:0. */
export const OVERLAY_WHITEOUT: DeviceNode = {
  kind: 'character',
  mode: 0,
  uid: 0,
  gid: 0,
  mtimeNs: 0n,
  xattrs: NO_XATTRS,
  major: 0,
  minor: 0,
};

/**
 * A layer as overlayfs wants it in a lower directory (kernel documentation, overlayfs.rst): whiteouts are character
 * devices 0:0, opaque directories carry an extended attribute. Attributes of overlayfs's own that the layer brought
 * along are dropped: they could redirect a directory elsewhere.
 *
 * Each hard link must have its target in the layer, and the directories on the way should be entries, or they show with
 * default attributes: `diffTrees` gives such layers.
 *
 * @throws PlinthError `layer-link-missing`, `layer-link-directory`
 */
export function overlayTree(entries: readonly LayerEntry[], flavour: OverlayFlavour): Tree {
  const additions = entries.filter((entry) => entry.kind === 'node' || entry.kind === 'hardlink');
  const editor = new TreeEditor(applyLayer(new Tree(), withoutOverlayXattrs(additions)));
  for (const entry of entries) {
    if (entry.kind === 'opaque') makeOpaque(editor, entry.path, flavour);
    if (entry.kind !== 'whiteout') continue;
    const node = editor.lookup(entry.path);
    // What the layer itself puts there hides the lower node already; only directories would be merged.
    if (node?.kind === 'directory') makeOpaque(editor, entry.path, flavour);
    else if (node === undefined && canHold(editor, parentPath(entry.path))) editor.put(entry.path, OVERLAY_WHITEOUT);
  }
  return editor.finish();
}

function makeOpaque(editor: TreeEditor, path: TreePath, flavour: OverlayFlavour): void {
  const node = editor.lookup(path);
  if (node === undefined && canHold(editor, parentPath(path))) editor.makeDirectory(path);
  else if (node?.kind !== 'directory') return;
  const attributes = node?.kind === 'directory' ? node : DEFAULT_DIRECTORY;
  const xattrs = new Map(attributes.xattrs).set(`${flavour}.overlay.opaque` as ByteString, Buffer.from('y'));
  editor.put(path, { kind: 'directory', ...attributes, xattrs, children: new Map() });
}

/** Whether everything on the way to `directory` is a directory or missing: a marker must not replace a file. */
function canHold(editor: TreeEditor, directory: TreePath): boolean {
  for (let path = directory; ; path = parentPath(path)) {
    const node = editor.lookup(path);
    if (node !== undefined) return node.kind === 'directory';
  }
}

function* withoutOverlayXattrs(entries: readonly LayerEntry[]): Generator<LayerEntry> {
  for (const entry of entries) {
    if (entry.kind !== 'node' || entry.node.xattrs.size === 0) yield entry;
    else yield { ...entry, node: withoutOverlay(entry.node) };
  }
}

function withoutOverlay(node: Node): Node {
  const xattrs: Xattrs = new Map([...node.xattrs].filter(([name]) => !isOverlayXattr(name)));
  return xattrs.size === node.xattrs.size ? node : { ...node, xattrs: xattrs.size === 0 ? NO_XATTRS : xattrs };
}

/** Whether overlayfs keeps its own records under this name. */
export function isOverlayXattr(name: ByteString): boolean {
  return name.startsWith('trusted.overlay.') || name.startsWith('user.overlay.');
}
