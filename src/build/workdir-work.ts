import { encodeText } from '../bytes/index.ts';
import { LayerDraft, ROOT_OWNER } from './layer-draft.ts';
import { writeEntries } from './layer-stream.ts';
import { resolveOwner } from './owner.ts';
import type { WorkdirStep } from './plan.ts';
import type { StepResult } from './step-cache.ts';
import { epochOf, type StageState, type StepWork, type WorkContext } from './step-work.ts';

/** WORKDIR: makes the directory if it is missing, for the user in force, as BuildKit does. */
export class WorkdirWork implements StepWork {
  readonly instruction: string;
  readonly text: string;
  readonly variables: readonly string[] = [];
  readonly #step: WorkdirStep;
  readonly #state: StageState;
  readonly #context: WorkContext;

  constructor(step: WorkdirStep, state: StageState, context: WorkContext) {
    this.#step = step;
    this.#state = state;
    this.#context = context;
    this.instruction = JSON.stringify(['WORKDIR', step.path, step.user, context.givenEpochNs?.toString()]);
    this.text = step.title.text;
  }

  /** @throws PlinthError `copy-conflict`, `user-unknown` */
  async perform(): Promise<StepResult> {
    const { path, user } = this.#step;
    const below = this.#context.store.tree(this.#state.layers);
    const draft = new LayerDraft(below, epochOf(this.#state, 0n, this.#context));
    const owner = user === '' ? ROOT_OWNER : await resolveOwner(user, below);
    draft.makeDirectories(draft.resolve(encodeText(path)).path, owner);
    const layer = await writeEntries(draft.entries(), this.#context);
    return layer === undefined ? { newestNs: 0n } : { layer, newestNs: 0n };
  }
}
