import type { Container } from '../runtime/index.ts';
import type { Foreground } from './sandbox.ts';

/**
 * Passes signals on to a container, from before its start until it is disposed of: the command may run, and print,
 * before we are told so. What comes while it starts is passed on when it runs.
 */
export class SignalRelay implements Disposable {
  readonly #onStart: Foreground['onStart'];
  readonly #early: NodeJS.Signals[] = [];
  #container: Container | undefined;
  #release: (() => void) | undefined;

  constructor({ onStart }: Foreground) {
    this.#onStart = onStart;
  }

  /** Starts a container. If that fails, signals are no longer passed on, and it may be tried again. */
  async start(start: () => Promise<Container>): Promise<Container> {
    this.#release = await this.#onStart?.((signal) => this.#pass(signal));
    try {
      this.#container = await start();
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
    for (const signal of this.#early.splice(0)) this.#pass(signal);
    return this.#container;
  }

  [Symbol.dispose](): void {
    this.#release?.();
    this.#release = undefined;
  }

  #pass(signal: NodeJS.Signals): void {
    if (this.#container === undefined) this.#early.push(signal);
    else this.#container.kill(signal);
  }
}
