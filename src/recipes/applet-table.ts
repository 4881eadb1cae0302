import { isKnownApplet } from './applet-places.ts';

/** A name of a command, as BusyBox has them. */
const NAME = /^[A-Za-z0-9[][A-Za-z0-9_.+\-[]{0,31}$/;
/** NUL-terminated names, one after another. */
const NAMES = /(?:[A-Za-z0-9[][A-Za-z0-9_.+\-[]{0,31}\0){2,}/g;

/**
 * The names of the commands in a BusyBox, read from the binary itself: its table is a block of NUL-terminated names in
 * ascending order (`applet_names` in its applets), which it searches by halves. Empty if there is no such block.
 */
export function readAppletTable(binary: Buffer): string[] {
  let best: string[] = [];
  let bestKnown = 0;
  for (const [block] of binary.toString('latin1').matchAll(NAMES)) {
    for (const run of ascendingRuns(block.split('\0').slice(0, -1))) {
      const known = run.filter(isKnownApplet).length;
      if (known <= bestKnown) continue;
      best = run;
      bestKnown = known;
    }
  }
  return best;
}

function ascendingRuns(names: readonly string[]): string[][] {
  const runs: string[][] = [];
  let run: string[] = [];
  for (const name of names) {
    const last = run.at(-1);
    if (last !== undefined && name <= last) {
      runs.push(run);
      run = [];
    }
    run.push(name);
  }
  return [...runs, run];
}

/** The paths that `busybox --list-full` printed, without any that could lead out of the root. */
export function parseAppletList(output: string): string[] {
  return output.split('\n').filter((path) => {
    const parts = path.split('/');
    return parts.length <= 4 && parts.every((part) => NAME.test(part) && part !== '.' && part !== '..');
  });
}
