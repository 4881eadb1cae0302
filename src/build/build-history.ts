import type { DiffId, Digest } from '../bytes/index.ts';
import type { RecordCache } from '../store/index.ts';
import type { Listing } from './listing.ts';
import { firstDifference } from './listing-difference.ts';
import { key, type StepCache, stackId } from './step-cache.ts';
import type { StepContent } from './step-work.ts';

/** What one step of the last build of a Dockerfile went by. */
interface PastStep {
  readonly parent: string;
  readonly instruction: string;
  /** The instruction without what ARG and ENV put into it. */
  readonly text: string;
  readonly content?: Digest;
  readonly variables: readonly string[];
}

/** What a step goes by, for comparison with the last time. */
export interface PresentStep {
  /** Its place: stage and index in the stage. */
  readonly position: string;
  readonly parent: readonly DiffId[];
  readonly instruction: string;
  readonly text: string;
  /** `NAME=value` of what a RUN sees. */
  readonly variables: readonly string[];
}

/** What the last build of one Dockerfile went by, to say in words why a step is not taken from the cache. */
export class BuildHistory {
  readonly #records: RecordCache;
  readonly #key: string;
  readonly #steps: StepCache;
  #past: Map<string, PastStep> | undefined;
  readonly #present = new Map<string, PastStep>();
  #changed = false;

  /** `names`: what makes two builds the same one: context directory, Dockerfile, target. */
  constructor(records: RecordCache, steps: StepCache, names: readonly string[]) {
    this.#records = records;
    this.#steps = steps;
    this.#key = key('history', names);
  }

  /** Why `step` was not found, as words that stand after `not cached:`. */
  missReason(step: PresentStep, content: StepContent | undefined): string {
    const past = this.#load().get(step.position);
    if (past === undefined) return this.#load().size === 0 ? 'first build' : 'the step is new';
    if (past.text !== step.text) return 'the instruction changed';
    if (past.instruction !== step.instruction) return variableReason(past.variables, step.variables);
    if (past.parent !== stackId(step.parent)) return 'what it builds upon changed';
    if (past.content !== content?.digest && past.content !== undefined && content?.listing !== undefined) {
      return listingReason(this.#steps.readListing(past.content), content.listing);
    }
    return 'its layer is no longer in the store';
  }

  /** Notes what `step` went by this time. */
  note(step: PresentStep, content: StepContent | undefined, isCached: boolean): void {
    const { parent, instruction, text, variables } = step;
    const read = content === undefined ? {} : { content: content.digest };
    const past = { parent: stackId(parent), instruction, text, variables, ...read };
    this.#present.set(step.position, past);
    if (!isCached) this.#changed = true;
  }

  /** Remembers this build as the last one, if any step was done anew. */
  save(): void {
    if (!this.#changed) return;
    const all = new Map([...this.#load(), ...this.#present]);
    this.#records.write(this.#key, Buffer.from(JSON.stringify([...all])));
  }

  #load(): Map<string, PastStep> {
    if (this.#past === undefined) {
      const bytes = this.#records.read(this.#key);
      const text = bytes === undefined ? '[]' : Buffer.from(bytes).toString();
      this.#past = new Map(JSON.parse(text) as [string, PastStep][]);
    }
    return this.#past;
  }
}

function variableReason(past: readonly string[], present: readonly string[]): string {
  const before = new Set(past);
  const changed =
    present.find((variable) => !before.has(variable)) ?? past.find((variable) => !present.includes(variable));
  return changed === undefined
    ? 'its settings changed'
    : `the variable ${changed.slice(0, changed.indexOf('='))} changed`;
}

function listingReason(past: Listing | undefined, present: Listing): string {
  const difference = past === undefined ? undefined : firstDifference(past, present);
  if (difference === undefined) return 'the files changed';
  const { kind, path } = difference;
  return `${shown(path)} ${kind === 'changed' ? 'changed' : `was ${kind}`}`;
}

function shown(path: string): string {
  return Buffer.from(path, 'latin1').toString();
}
