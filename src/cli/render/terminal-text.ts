/** How many cells `text` takes on a terminal; it holds no control sequences. */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const cluster of clusters(text)) width += clusterWidth(cluster);
  return width;
}

/** `text`, cut to at most `columns` cells, with `…` at the end if something is missing. */
export function truncateText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const cluster of clusters(text)) {
    const next = clusterWidth(cluster);
    if (width + next > columns - 1) break;
    kept += cluster;
    width += next;
  }
  return columns > 0 ? `${kept}…` : '';
}

let segmenter: Intl.Segmenter | undefined;

function* clusters(text: string): Generator<string> {
  // Made on first use: it costs a millisecond that plain ASCII output does not need.
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

const ZERO_WIDTH = /^[\p{Mark}\p{Cf}\p{Cc}]+$/u;
const EMOJI = /\p{Emoji_Presentation}|\uFE0F/u;

/** Code points of the classes Wide and Fullwidth (Unicode Standard Annex 11), as ranges. */
const WIDE: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x17000, 0x18cff],
  [0x1b000, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
];

function clusterWidth(cluster: string): number {
  if (ZERO_WIDTH.test(cluster)) return 0;
  const codePoint = cluster.codePointAt(0) ?? 0;
  if (WIDE.some(([first, last]) => codePoint >= first && codePoint <= last)) return 2;
  return EMOJI.test(cluster) ? 2 : 1;
}
