/** The errors thrown by `tree/`: code → what it means. */
export const treeErrors = {
  'content-short': 'A file has fewer bytes than its size promised.',
  'layer-name-invalid': 'A name in a layer cannot be a path: it holds a NUL, is too long or too deep.',
  'layer-name-escapes': 'A name or hard-link target in a layer climbs out of the root with `..`.',
  'layer-name-reserved': 'A file name begins with `.wh.`, which layers reserve for removals.',
  'layer-whiteout-invalid': 'A whiteout in a layer names no file: nothing, `.` or `..` follows `.wh.`.',
  'layer-root-replaced': 'A layer replaces its root directory by something that is not a directory.',
  'layer-link-missing': 'A hard link in a layer names a file that is neither in the layer nor below it.',
  'layer-link-directory': 'A hard link in a layer names a directory.',
  'layer-link-loop': 'A path in a layer leads through more than 40 symbolic links.',
} as const;
export type TreeErrorCode = keyof typeof treeErrors;
