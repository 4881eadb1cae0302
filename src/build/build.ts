import { resolve } from 'node:path';
import { readDockerfile } from '../dockerfile/index.ts';
import { isPlinthError } from '../errors/index.ts';
import { hostPlatform } from '../oci/index.ts';
import { parseImageName, type Store, type StoredImage } from '../store/index.ts';
import { BuildContext } from './build-context.ts';
import { BuildHistory } from './build-history.ts';
import type { BuildOptions, BuildPowers, BuildResult } from './build-options.ts';
import { BuildRun } from './build-run.ts';
import { type DockerfileText, readDockerfileText } from './dockerfile-text.ts';
import type { BuildObserver } from './event.ts';
import { imageConfig } from './image-config.ts';
import { withExcerpt } from './locate.ts';
import type { BuildOutput } from './output.ts';
import type { BuildPlan } from './plan.ts';
import { planBuild } from './plan-build.ts';
import { StepCache } from './step-cache.ts';
import type { OutputContext, WrittenOutput } from './write-output.ts';

const SECOND_NS = 1_000_000_000n;

/**
 * Builds an image from a Dockerfile: plans everything, does the steps that are not in the cache, writes the image into
 * the store under its names, then the outputs. Nothing is run, and nothing written, before the plan is complete.
 *
 * The same input gives the same image, byte for byte. A build that fails or is killed leaves no name changed; the layers
 * of the steps that were done stay in the cache.
 *
 * @throws PlinthError with `details` file, line, column, endLine and excerpt for what is about a place in the Dockerfile;
 *   the signal's reason
 */
export async function build(options: BuildOptions, powers: BuildPowers): Promise<BuildResult> {
  const dockerfile = readDockerfileText(options.context, options.dockerfile);
  try {
    return await new Build(options, powers, dockerfile).run();
  } catch (error) {
    throw isPlinthError(error) ? withExcerpt(error, dockerfile.file, dockerfile.text) : error;
  }
}

class Build {
  readonly #options: BuildOptions;
  readonly #store: Store;
  readonly #powers: BuildPowers;
  readonly #dockerfile: DockerfileText;
  readonly #observe: BuildObserver;
  readonly #startMs = performance.now();
  readonly #givenEpochNs: bigint | undefined;

  constructor(options: BuildOptions, powers: BuildPowers, dockerfile: DockerfileText) {
    const { sourceDateEpoch } = options;
    this.#options = options;
    this.#powers = powers;
    this.#store = powers.store;
    this.#dockerfile = dockerfile;
    this.#observe = powers.observe ?? (() => undefined);
    this.#givenEpochNs = sourceDateEpoch === undefined ? undefined : BigInt(sourceDateEpoch) * SECOND_NS;
  }

  async run(): Promise<BuildResult> {
    const { names = [], signal } = this.#options;
    signal?.throwIfAborted();
    for (const name of names) parseImageName(name);
    const plan = this.#plan();
    this.#announce(plan);
    const context = this.#context();
    const run = this.#run(context);
    const history = run.history;
    try {
      const image = await this.#makeImage(plan, run.build);
      const outputs = await this.#writeOutputs(image);
      const { manifestDigest, configDigest: imageId } = image;
      this.#observe({ kind: 'build-finished', atMs: this.#elapsedMs(), manifestDigest, imageId, names });
      return { image, outputs, ...run.build.counts };
    } finally {
      // Also after a failure: what was read and done need not be again.
      history.save();
      context.save();
      run.build.release();
    }
  }

  async #makeImage(plan: BuildPlan, run: BuildRun): Promise<StoredImage> {
    try {
      return await this.#tryImage(plan, run);
    } catch (error) {
      // All came from the cache, nothing was held, and a prune was quicker than the name.
      if (run.holds || !isPlinthError(error) || error.code !== 'blob-missing') throw error;
      await run.hold();
      return await this.#tryImage(plan, run);
    }
  }

  async #tryImage(plan: BuildPlan, run: BuildRun): Promise<StoredImage> {
    const { names = [], labels = {}, signal } = this.#options;
    const state = await run.run(plan);
    const config = imageConfig({ stage: plan.target, state, layeredSteps: run.layeredSteps, labels });
    signal?.throwIfAborted();
    return this.#store.images.write(config, { names });
  }

  #plan(): BuildPlan {
    const { buildArgs = {}, target, platform, network = 'host' } = this.#options;
    return planBuild({
      dockerfile: readDockerfile(this.#dockerfile.text),
      buildArgs: new Map(Object.entries(buildArgs)),
      target,
      platform,
      hostPlatform: { ...hostPlatform(process.platform, process.arch), os: 'linux' },
      network,
      findImage: (name, wanted) => this.#store.images.find(name, { platform: wanted }),
    });
  }

  #announce({ stages, unusedArgs, warnings }: BuildPlan): void {
    const steps = stages.reduce((sum, stage) => sum + stage.steps.length, 0);
    this.#observe({ kind: 'build-started', steps, stages: stages.length });
    for (const warning of warnings) this.#observe({ kind: 'warning', ...warning });
    if (unusedArgs.length === 0) return;
    this.#observe({ kind: 'warning', message: `no ARG asks for the build arguments ${unusedArgs.join(', ')}` });
  }

  #context(): BuildContext {
    const { path } = this.#dockerfile;
    const ignorePath = path === undefined ? undefined : `${path}.dockerignore`;
    return new BuildContext({ context: this.#options.context, ignorePath }, this.#store.cache);
  }

  #run(context: BuildContext): { readonly build: BuildRun; readonly history: BuildHistory } {
    const { noCache = false, signal, target = '', context: source } = this.#options;
    const cache = new StepCache(this.#store.cache, this.#store.blobs);
    const where = typeof source === 'string' ? resolve(source) : '';
    const names = [where, this.#dockerfile.path === undefined ? '' : resolve(this.#dockerfile.path), target];
    const history = new BuildHistory(this.#store.cache, cache, names);
    const build = new BuildRun({
      store: this.#store,
      runner: this.#powers.runner,
      context,
      cache,
      history,
      noCache,
      startNs: this.#dockerfile.mtimeNs,
      givenEpochNs: this.#givenEpochNs,
      signal,
      observe: this.#observe,
      elapsedMs: () => this.#elapsedMs(),
    });
    return { build, history };
  }

  async #writeOutputs(image: StoredImage): Promise<WrittenOutput[]> {
    const written: WrittenOutput[] = [];
    for (const [index, output] of (this.#options.outputs ?? []).entries()) {
      this.#options.signal?.throwIfAborted();
      const id = `output.${index}`;
      this.#observe({ kind: 'output-started', id, text: outputText(output), atMs: this.#elapsedMs() });
      const result = await this.#writeOutput(output, this.#outputContext(id, image));
      this.#observe({ kind: 'output-finished', id, atMs: this.#elapsedMs(), ...result });
      written.push(result);
    }
    return written;
  }

  async #writeOutput(output: BuildOutput, context: OutputContext): Promise<WrittenOutput> {
    // It stands in the store already.
    if (output.kind === 'image') return { sizeBytes: context.image.sizeBytes };
    // Loaded at need: most builds write nothing else, and disks and archives are much code.
    const { writeOutput } = await import('./write-output.ts');
    return await writeOutput(output, context);
  }

  #outputContext(id: string, image: StoredImage): OutputContext {
    const { signal, sourceDateEpoch, names = [] } = this.#options;
    return {
      store: this.#store,
      image,
      names,
      epochSeconds: sourceDateEpoch,
      signal,
      onProgress: (label, doneBytes, totalBytes) => {
        const total = totalBytes === undefined ? {} : { totalBytes };
        this.#observe({ kind: 'step-progress', id, label, doneBytes, ...total });
      },
      onWarning: (message) => this.#observe({ kind: 'warning', message }),
    };
  }

  #elapsedMs(): number {
    return performance.now() - this.#startMs;
  }
}

function outputText(output: NonNullable<BuildOptions['outputs']>[number]): string {
  if (output.kind === 'image') return 'image';
  const place = 'path' in output ? output.path : typeof output.target === 'string' ? output.target : 'standard output';
  return `${output.kind} ${place}`;
}
