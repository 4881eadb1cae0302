import type { TerminalSize } from '../cli.ts';
import { count, formatSeconds } from '../render/human.ts';
import type { Style } from '../render/style.ts';
import { textWidth, truncateText } from '../render/terminal-text.ts';
import type { BuildState, ShownStep } from './build-state.ts';

/** How much of a running step's output is shown. */
const TAIL_LINES = 6;

export interface FrameOptions {
  readonly elapsedMs: number;
  readonly size: TerminalSize;
  readonly style: Style;
}

/** What the terminal shows at one moment; never more lines than fit on it. */
export function liveFrame(state: BuildState, options: FrameOptions): string[] {
  const room = Math.max(1, options.size.rows - 2);
  const blocks = [...state.steps.values()].map((step) => stepBlock(step, options, TAIL_LINES));
  const shown = fitBlocks(blocks, room, options);
  return [headerLine(state, options), ...shown];
}

/** What stays on the terminal: every step, without the output of those that succeeded. */
export function finalFrame(state: BuildState, options: FrameOptions): string[] {
  const steps = [...state.steps.values()].flatMap((step) => stepBlock(step, options, 0).lines);
  return [headerLine(state, options), ...steps];
}

interface Block {
  readonly running: boolean;
  readonly lines: readonly string[];
}

/** Too little room: finished steps go first, the oldest first; then the upper lines of what runs. */
function fitBlocks(blocks: readonly Block[], room: number, { size, style }: FrameOptions): string[] {
  const total = blocks.reduce((sum, { lines }) => sum + lines.length, 0);
  if (total <= room) return blocks.flatMap(({ lines }) => lines);
  const kept = new Set(blocks);
  let left = total + 1;
  for (const block of blocks) {
    if (left <= room) break;
    if (block.running) continue;
    kept.delete(block);
    left -= block.lines.length;
  }
  const hidden = blocks.length - kept.size;
  const note = hidden === 0 ? [] : [style.dim(truncateText(` => … ${count(hidden, 'step')} above`, size.columns))];
  const lines = blocks.filter((block) => kept.has(block)).flatMap((block) => block.lines);
  return [...note, ...lines.slice(-Math.max(0, room - note.length))].slice(0, room);
}

function headerLine(state: BuildState, { elapsedMs, size, style }: FrameOptions): string {
  const steps = [...state.steps.values()];
  const done = steps.filter((step) => step.state === 'done' || step.state === 'cached').length;
  const outputs = steps.filter((step) => !step.title.startsWith('[')).length;
  const planned = Math.max(steps.length, state.plannedSteps + (state.plannedSteps === 0 ? 0 : outputs));
  const failed = steps.some((step) => step.state === 'failed');
  const word = failed ? ' FAILED' : state.summary === undefined ? '' : ' FINISHED';
  const text = `[+] Building ${formatSeconds(state.endedMs ?? elapsedMs)} (${done}/${planned})${word}`;
  return style.bold(truncateText(text, size.columns));
}

function stepBlock(step: ShownStep, options: FrameOptions, tailLines: number): Block {
  const running = step.state === 'running';
  const lines = [stepLine(step, options)];
  if (!running) return { running, lines };
  const { columns } = options.size;
  const tail = step.log.tail(tailLines).map((line) => options.style.dim(truncateText(` => => # ${line}`, columns)));
  return { running, lines: [...lines, ...tail] };
}

function stepLine(step: ShownStep, { elapsedMs, size, style }: FrameOptions): string {
  const time = formatSeconds((step.endedMs ?? elapsedMs) - step.startedMs);
  const marks = { running: '', cached: 'CACHED ', done: '', failed: 'ERROR ' } as const;
  const aside = step.activity ?? step.remark;
  const room = size.columns - time.length - 1;
  if (room < 10) return truncateText(` => ${step.title}`, size.columns);
  const title = truncateText(` => ${marks[step.state]}${step.title}`, room);
  const asideRoom = room - textWidth(title) - 3;
  const note = aside === undefined || asideRoom < 8 ? '' : ` (${truncateText(aside, asideRoom)})`;
  const space = ' '.repeat(Math.max(1, size.columns - textWidth(title) - textWidth(note) - time.length));
  return `${paintTitle(step, style, title)}${style.dim(note)}${space}${time}`;
}

function paintTitle({ state }: ShownStep, style: Style, title: string): string {
  if (state === 'failed') return style.red(title);
  if (state === 'running') return title;
  return style.blue(title);
}
