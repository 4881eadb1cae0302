import type { Style } from '../render/style.ts';
import type { ShownStep } from './build-state.ts';

const RULE = '------';

/** The recent output of steps that failed, between rules; nothing for those that printed nothing. */
export function failureLines(steps: Iterable<ShownStep>, style: Style): string[] {
  return [...steps].flatMap(({ state, title, log }) => {
    if (state !== 'failed' || log.lines.length === 0) return [];
    return [RULE, style.bold(` > ${title}:`), ...log.lines, RULE];
  });
}
