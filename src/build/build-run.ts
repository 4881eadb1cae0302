import type { DiffId } from '../bytes/index.ts';
import { isPlinthError } from '../errors/index.ts';
import type { Store } from '../store/index.ts';
import type { BuildContext } from './build-context.ts';
import type { BuildHistory, PresentStep } from './build-history.ts';
import { CopyWork } from './copy-work.ts';
import type { BuildObserver } from './event.ts';
import { Fingerprints } from './fingerprint.ts';
import { createdNs, laterNs } from './image-time.ts';
import { withDetails } from './locate.ts';
import type { BuildPlan, PlanStep, StagePlan } from './plan.ts';
import { RunWork } from './run-work.ts';
import { StatCache } from './stat-cache.ts';
import type { StepCache, StepResult } from './step-cache.ts';
import type { StepRunner } from './step-runner.ts';
import { epochOf, type StageState, type StepWork, type WorkContext } from './step-work.ts';
import { WorkdirWork } from './workdir-work.ts';

/** What a plan is done with. */
export interface RunRequest {
  readonly store: Store;
  readonly runner: StepRunner | undefined;
  readonly context: BuildContext;
  readonly cache: StepCache;
  readonly history: BuildHistory;
  readonly noCache: boolean;
  /** The time of what all stages begin with: the Dockerfile. */
  readonly startNs: bigint;
  readonly givenEpochNs: bigint | undefined;
  readonly signal: AbortSignal | undefined;
  readonly observe: BuildObserver;
  /** Time since the build began. */
  elapsedMs(): number;
}

/** The build must begin again, now that it holds the store. */
class LayersPruned extends Error {}

/** Does the stages of a plan, one after another. */
export class BuildRun {
  readonly #request: RunRequest;
  readonly #fingerprints = new Fingerprints(StatCache.decode(undefined), 0n);
  readonly #states = new Map<number, StageState>();
  readonly #layered = new Set<string>();
  #hold: Disposable | undefined;
  #steps = 0;
  #cachedSteps = 0;

  constructor(request: RunRequest) {
    this.#request = request;
  }

  /** The steps that made a layer, by id. */
  get layeredSteps(): ReadonlySet<string> {
    return this.#layered;
  }

  get counts(): { readonly steps: number; readonly cachedSteps: number } {
    return { steps: this.#steps, cachedSteps: this.#cachedSteps };
  }

  /**
   * Does the steps that are not in the cache. It may be called again: then the cache is asked again.
   *
   * @throws PlinthError of any step, with `details.range`; the signal's reason
   */
  async run(plan: BuildPlan): Promise<StageState> {
    try {
      return await this.#stages(plan);
    } catch (error) {
      if (!(error instanceof LayersPruned)) throw error;
      return await this.#stages(plan);
    }
  }

  /**
   * Keeps others from removing from the store until {@link release}. Not done before it must be: it needs calls beyond
   * Node's own, which take 10 ms to load, as long as a cached build takes else.
   */
  async hold(): Promise<void> {
    const { store, signal } = this.#request;
    this.#hold ??= await store.hold(signal === undefined ? {} : { signal });
  }

  /** Whether others are kept from removing from the store. */
  get holds(): boolean {
    return this.#hold !== undefined;
  }

  async #stages(plan: BuildPlan): Promise<StageState> {
    this.#states.clear();
    this.#layered.clear();
    this.#steps = 0;
    this.#cachedSteps = 0;
    let state = this.#baseState(plan.target);
    for (const stage of plan.stages) {
      state = await this.#stage(stage);
      this.#states.set(stage.index, state);
    }
    return this.#states.get(plan.target.index) ?? state;
  }

  /** Lets others remove from the store again. */
  release(): void {
    this.#hold?.[Symbol.dispose]();
    this.#hold = undefined;
  }

  async #stage(stage: StagePlan): Promise<StageState> {
    let state = this.#baseState(stage);
    for (const step of stage.steps) {
      this.#request.signal?.throwIfAborted();
      const { title } = step;
      this.#request.observe({ kind: 'step-started', step: title, atMs: this.#request.elapsedMs() });
      try {
        state = await this.#step(stage, step, state);
      } catch (error) {
        throw this.#failed(step, error);
      }
    }
    return state;
  }

  #baseState({ base }: StagePlan): StageState {
    const { startNs, givenEpochNs } = this.#request;
    if (base.kind === 'stage') return this.#states.get(base.index) ?? { layers: [], epochNs: startNs };
    if (base.kind === 'scratch') return { layers: [], epochNs: givenEpochNs ?? startNs };
    const { config } = base.image;
    const baseNs = createdNs(config);
    return { layers: config.rootfs.diff_ids, epochNs: givenEpochNs ?? laterNs(baseNs, startNs) };
  }

  async #step(stage: StagePlan, step: PlanStep, state: StageState): Promise<StageState> {
    this.#steps++;
    if (step.kind === 'from') {
      this.#finished(step, { cached: true });
      return state;
    }
    const context = this.#workContext(step);
    const work = createWork(stage, step, { state, context });
    const found = await this.#find(work, step, state);
    if (found !== undefined) this.#finished(step, { cached: true, layerBytes: found.layer?.sizeBytes });
    const result = found ?? (await this.#perform(work, step, state));
    if (result.layer === undefined) return { ...state, epochNs: epochOf(state, result.newestNs, context) };
    this.#layered.add(step.title.id);
    return {
      layers: [...state.layers, result.layer.diffId],
      epochNs: epochOf(state, result.newestNs, context),
    };
  }

  /** Looks the step up. What it reads is only worked out if the same instruction was done on the same parent before. */
  async #find(work: StepWork, step: PlanStep, { layers }: StageState): Promise<StepResult | undefined> {
    const { cache, noCache, history } = this.#request;
    const input = { parent: layers, instruction: work.instruction };
    if (noCache || (work.content !== undefined && !cache.hasAny(input))) return undefined;
    const content = work.content?.({ withListing: false });
    const result = cache.find(content === undefined ? input : { ...input, content: content.digest });
    if (result !== undefined) history.note(presentStep(work, step, layers), content, true);
    return result;
  }

  async #perform(work: StepWork, step: PlanStep, { layers }: StageState): Promise<StepResult> {
    const { cache, history, noCache } = this.#request;
    await this.#holdLayers(layers);
    const result = await work.perform();
    // Worked out from what was just read into the layer, so that key and layer cannot differ.
    const content = work.content?.({ withListing: true });
    const input = { parent: layers, instruction: work.instruction };
    const present = presentStep(work, step, layers);
    const missReason = noCache ? 'the cache is switched off' : history.missReason(present, content);
    cache.write(content === undefined ? input : { ...input, content: content.digest }, result);
    if (content?.listing !== undefined) cache.writeListing(content.digest, content.listing);
    history.note(present, content, false);
    this.#finished(step, { cached: false, missReason, layerBytes: result.layer?.sizeBytes });
    return result;
  }

  /** What was found in the cache before the store was held may have been pruned meanwhile. */
  async #holdLayers(layers: readonly DiffId[]): Promise<void> {
    if (this.holds) return;
    await this.hold();
    const found = [layers, ...[...this.#states.values()].map((state) => state.layers)].flat();
    if (found.some((diffId) => !this.#request.store.layers.has(diffId))) throw new LayersPruned();
  }

  #finished(
    { title, kind }: PlanStep,
    { cached, missReason, layerBytes }: { cached: boolean; missReason?: string; layerBytes?: number | undefined },
  ): void {
    if (cached && kind !== 'from') this.#cachedSteps++;
    this.#request.observe({
      kind: 'step-finished',
      id: title.id,
      atMs: this.#request.elapsedMs(),
      cached,
      ...(missReason === undefined ? {} : { missReason }),
      ...(layerBytes === undefined ? {} : { layerBytes }),
    });
  }

  #failed({ title, range }: PlanStep, error: unknown): unknown {
    if (!isPlinthError(error)) return error;
    const located = withDetails(error, { range });
    const { observe, elapsedMs } = this.#request;
    observe({ kind: 'step-failed', id: title.id, atMs: elapsedMs(), error: located });
    return located;
  }

  #workContext({ title: { id } }: PlanStep): WorkContext {
    const { store, runner, context, cache, givenEpochNs, signal, observe } = this.#request;
    return {
      store,
      runner,
      context,
      cache,
      givenEpochNs,
      signal,
      fingerprints: this.#fingerprints,
      stages: this.#states,
      onOutput: (stream, bytes) => observe({ kind: 'step-output', id, stream, bytes }),
      onProgress: (label, doneBytes, totalBytes) => {
        const total = totalBytes === undefined ? {} : { totalBytes };
        observe({ kind: 'step-progress', id, label, doneBytes, ...total });
      },
    };
  }
}

function createWork(
  { platform }: StagePlan,
  step: Exclude<PlanStep, { kind: 'from' }>,
  { state, context }: { state: StageState; context: WorkContext },
): StepWork {
  switch (step.kind) {
    case 'copy':
      return new CopyWork(step, state, context);
    case 'workdir':
      return new WorkdirWork(step, state, context);
    case 'run':
      return new RunWork({ ...step, platform }, state, context);
  }
}

function presentStep(work: StepWork, { title }: PlanStep, parent: readonly DiffId[]): PresentStep {
  const { instruction, text, variables } = work;
  return { position: title.id, parent, instruction, text, variables };
}
