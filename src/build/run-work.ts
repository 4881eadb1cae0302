import type { DiffId } from '../bytes/index.ts';
import { encodeText } from '../bytes/index.ts';
import { memoryContent, mustTreePath, NO_CHILDREN, NO_XATTRS } from '../tree/index.ts';
import { buildError } from './error.ts';
import { writeEntries } from './layer-stream.ts';
import { OutputTail } from './output-tail.ts';
import type { RunStepPlan } from './plan.ts';
import type { StepResult } from './step-cache.ts';
import type { RunOutcome } from './step-runner.ts';
import { epochOf, type StageState, type StepWork, type WorkContext } from './step-work.ts';

/** Where a here-document that is a script lies while it runs: in a layer below that no image gets. */
const SCRIPT_DIRECTORY = '/.plinth';

/** RUN. */
export class RunWork implements StepWork {
  readonly instruction: string;
  readonly text: string;
  readonly variables: readonly string[];
  readonly #step: RunStepPlan;
  readonly #platform: RunPlatform;
  readonly #state: StageState;
  readonly #context: WorkContext;

  constructor(step: RunStepPlan & { readonly platform: RunPlatform }, state: StageState, context: WorkContext) {
    const { args, script, env, cwd, user, network, platform } = step;
    this.#step = step;
    this.#platform = platform;
    this.#state = state;
    this.#context = context;
    const { os, architecture, variant } = platform;
    const epoch = context.givenEpochNs?.toString();
    this.instruction = JSON.stringify(['RUN', args, script, env, cwd, user, network, os, architecture, variant, epoch]);
    this.text = step.title.text;
    this.variables = env;
  }

  /** @throws PlinthError `run-failed`, `run-unavailable`, and those of the runner */
  async perform(): Promise<StepResult> {
    const { runner, signal } = this.#context;
    if (runner === undefined) {
      throw buildError('run-unavailable', 'run command: nothing here can run the commands of an image', {
        hint: 'RUN needs Linux; FROM, COPY, ADD and the rest work everywhere.',
      });
    }
    const tail = new OutputTail();
    const { env, passedEnv, cwd, user, network } = this.#step;
    const outcome = await runner.run({
      parent: await this.#parent(),
      args: this.#args(),
      env: [...env, ...passedEnv],
      cwd,
      user,
      network,
      platform: this.#platform,
      clampNs: epochOf(this.#state, 0n, this.#context),
      ...(signal === undefined ? {} : { signal }),
      onOutput: (stream, bytes) => {
        tail.push(bytes);
        this.#context.onOutput(stream, bytes);
      },
    });
    signal?.throwIfAborted();
    if (outcome.status !== 0) throw this.#failed(outcome, tail);
    return outcome.layer === undefined ? { newestNs: 0n } : { layer: outcome.layer, newestNs: 0n };
  }

  #args(): readonly string[] {
    const { script, args } = this.#step;
    return script === undefined ? args : [`${SCRIPT_DIRECTORY}/${script.name}`];
  }

  async #parent(): Promise<readonly DiffId[]> {
    const { script } = this.#step;
    if (script === undefined) return this.#state.layers;
    const attributes = { mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n, xattrs: NO_XATTRS };
    const directory = mustTreePath(encodeText(SCRIPT_DIRECTORY));
    const file = mustTreePath(encodeText(`${SCRIPT_DIRECTORY}/${script.name}`));
    const layer = await writeEntries(
      [
        { kind: 'node', path: directory, node: { kind: 'directory', ...attributes, children: NO_CHILDREN } },
        { kind: 'node', path: file, node: { kind: 'file', ...attributes, content: memoryContent(script.content) } },
      ],
      this.#context,
    );
    return layer === undefined ? this.#state.layers : [...this.#state.layers, layer.diffId];
  }

  #failed({ status, signal, hint }: RunOutcome, tail: OutputTail) {
    const { title, args, script } = this.#step;
    const command = script === undefined ? args.join(' ') : title.text;
    const end = signal === undefined ? `exit status ${status}` : `killed by ${signal}`;
    return buildError('run-failed', `run ${JSON.stringify(command.slice(0, 300))}: ${end}`, {
      hint,
      details: { status, signal, command, output: tail.lines() },
    });
  }
}

type RunPlatform = Parameters<NonNullable<WorkContext['runner']>['run']>[0]['platform'];
