import type { Cli, Output } from '../cli.ts';

/** Puts text into colours, or leaves it alone where colours are not wanted. */
export interface Style {
  readonly colour: boolean;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  blue(text: string): string;
}

/** The style for `output`: colours on a terminal, unless `NO_COLOR` is set; `FORCE_COLOR` (not `0`) wants them anywhere. */
export function styleFor(output: Output, env: Cli['env']): Style {
  return createStyle(wantsColour(output, env));
}

function wantsColour(output: Output, env: Cli['env']): boolean {
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  // https://no-color.org: any text but the empty one switches colours off.
  if ((env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb') return false;
  return output.isTerminal;
}

/** A style with or without colours. */
export function createStyle(colour: boolean): Style {
  const paint = (start: number, end: number) => (text: string) =>
    colour && text !== '' ? `\x1b[${start}m${text}\x1b[${end}m` : text;
  return {
    colour,
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    blue: paint(34, 39),
  };
}
