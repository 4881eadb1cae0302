import type { BuildObserver } from '../../build/index.ts';
import type { TerminalSize } from '../cli.ts';
import type { Style } from '../render/style.ts';

/** Shows a build while it works. */
export interface Progress {
  readonly observe: BuildObserver;
  /** Shows what is left to show; more calls do nothing. */
  close(): void;
}

/** What showing progress needs from outside. */
export interface ProgressPowers {
  readonly style: Style;
  write(text: string): void;
  /** A clock that never goes back, in ms. */
  nowMs(): number;
  size(): TerminalSize;
  /** Both give the function that ends the calls. */
  onResize(listener: () => void): () => void;
  every(intervalMs: number, tick: () => void): () => void;
}
