import {
  type CopyInstruction,
  type Dockerfile,
  type Environment,
  expandInstruction,
  findBaseStage,
  findStage,
  PREDEFINED_ARGS,
  platformArgs,
  resolveGlobalArgs,
  type Stage,
} from '../dockerfile/index.ts';
import { isPlinthError } from '../errors/index.ts';
import { formatPlatform, matchesPlatform, type Platform, parsePlatform, platformOf } from '../oci/index.ts';
import type { StoredImage } from '../store/index.ts';
import { buildError } from './error.ts';
import { locating, unsupported } from './locate.ts';
import type { BuildPlan, CopyOrigin, PlanWarning, StageBase, StagePlan } from './plan.ts';
import { StagePlanner } from './stage-planner.ts';

/** What a plan is made from. */
export interface PlanRequest {
  readonly dockerfile: Dockerfile;
  readonly buildArgs: Environment;
  /** The stage to build, by name or index; absent: the last. */
  readonly target?: string | undefined;
  /** What the image is for; absent: what the base image is for, or this machine. */
  readonly platform?: Platform | undefined;
  readonly hostPlatform: Platform;
  readonly network: 'host' | 'none';
  /** Finds a stored image. @throws PlinthError `image-not-found` */
  findImage(name: string, platform: Platform): StoredImage;
}

/** Stages may stand on each other this high. */
const DEPTH_LIMIT = 500;

const FRONTEND = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?::(?:1(?:[.-][\w.-]*)?|latest|master|labs))?$/;

/**
 * Decides all that a build does: which stages are needed, what each of their steps is, and how the image is configured.
 *
 * @throws PlinthError `stage-missing`, `base-missing`, `platform-mismatch`, `instruction-unsupported`,
 *   `instruction-invalid`, and those of `dockerfile/`, with `details.range` for what has a place
 */
export function planBuild(request: PlanRequest): BuildPlan {
  const planner = new Planner(request);
  checkFrontend(request.dockerfile);
  const target = planner.plan(planner.targetStage());
  return planner.finish(target);
}

/** A frontend of its own may give any meaning to the file. */
function checkFrontend({ directives }: Dockerfile): void {
  const syntax = directives.get('syntax');
  if (syntax === undefined || FRONTEND.test(syntax)) return;
  const range = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };
  throw unsupported(`the frontend ${syntax} of the syntax directive`, range);
}

/** Plans stages on demand, each once. */
export class Planner {
  readonly request: PlanRequest;
  /** What FROM lines see. */
  readonly globalScope: Environment;
  readonly usedArgs: Set<string> = new Set();
  readonly warnings: PlanWarning[] = [];
  readonly #plans = new Map<number, StagePlan>();
  #depth = 0;

  constructor(request: PlanRequest) {
    this.request = request;
    const { dockerfile, buildArgs, hostPlatform, platform = hostPlatform } = request;
    this.globalScope = resolveGlobalArgs(dockerfile, buildArgs, platformArgs(hostPlatform, platform));
    for (const arg of dockerfile.globalArgs) for (const { name } of arg.args) this.usedArgs.add(name);
    for (const { message, range } of dockerfile.warnings) this.warnings.push({ message, line: range.start.line });
  }

  targetStage(): Stage {
    const { dockerfile, target } = this.request;
    const found = target === undefined ? dockerfile.stages.at(-1) : findStage(dockerfile.stages, target);
    if (found !== undefined) return found;
    const names = dockerfile.stages.map(stageName);
    throw buildError('stage-missing', `build target ${JSON.stringify(target)}: the Dockerfile has no such stage`, {
      hint: `Its stages are ${names.join(', ')}.`,
      details: { target, names },
    });
  }

  plan(stage: Stage): StagePlan {
    const known = this.#plans.get(stage.index);
    if (known !== undefined) return known;
    const made = locating(stage.from.node, () => {
      if (++this.#depth > DEPTH_LIMIT) {
        throw buildError('instruction-invalid', `plan stages: over ${DEPTH_LIMIT} stand on each other`);
      }
      const from = expandInstruction(stage.from, this.globalScope, this.request.dockerfile.escape);
      if (from.image === '') {
        throw buildError('instruction-invalid', `FROM ${stage.from.image}: the name of the image comes out empty`, {
          hint: 'Declare the variable with ARG before FROM, with a default, or give it by --build-arg.',
        });
      }
      return new StagePlanner(this, stage, this.#base(stage, from.image, from.platform)).plan();
    });
    this.#depth--;
    this.#plans.set(stage.index, made);
    return made;
  }

  /** Where COPY of `stage` finds what `reference` names. */
  origin(stage: Stage, { from: reference }: CopyInstruction): CopyOrigin {
    if (reference === undefined) return { kind: 'context' };
    const { stages } = this.request.dockerfile;
    const earlier = findStage(stages.slice(0, stage.index), reference);
    if (earlier !== undefined) return { kind: 'stage', index: this.plan(earlier).index };
    if (findStage(stages, reference) !== undefined || /^\d+$/.test(reference)) {
      throw buildError('stage-missing', `copy from ${reference}: no stage before this one has that name or index`, {
        hint: 'A stage can only copy from those that stand above it.',
      });
    }
    return this.#image(reference, undefined);
  }

  finish(target: StagePlan): BuildPlan {
    const { buildArgs } = this.request;
    const unusedArgs = [...buildArgs.keys()].filter((name) => !this.usedArgs.has(name) && !PREDEFINED_ARGS.has(name));
    const stages = [...this.#plans.values()].sort((left, right) => left.index - right.index);
    return { stages, target, unusedArgs, warnings: this.warnings };
  }

  #base(stage: Stage, name: string, platform: string | undefined): { base: StageBase; platform: Platform } {
    const { request } = this;
    const wanted = platform === undefined ? request.platform : parsePlatform(platform);
    if (name === 'scratch') return { base: { kind: 'scratch' }, platform: wanted ?? request.hostPlatform };
    const earlier = findBaseStage(request.dockerfile.stages, stage, name);
    if (earlier !== undefined) {
      const plan = this.plan(earlier);
      return { base: { kind: 'stage', index: plan.index }, platform: plan.platform };
    }
    const base = this.#image(name, wanted);
    return { base, platform: platformOf(base.image.config) };
  }

  #image(name: string, wanted: Platform | undefined): Extract<StageBase, { kind: 'image' }> {
    const platform = wanted ?? this.request.platform ?? this.request.hostPlatform;
    const image = this.#find(name, platform);
    const actual = platformOf(image.config);
    if (matchesPlatform(actual, platform)) return { kind: 'image', name, image };
    const fact = `image ${name} is for ${formatPlatform(actual)}, want ${formatPlatform(platform)}`;
    if (wanted === undefined) this.warnings.push({ message: fact });
    else throw buildError('platform-mismatch', fact, { hint: 'Load an image for that platform, or ask for this one.' });
    return { kind: 'image', name, image };
  }

  #find(name: string, platform: Platform): StoredImage {
    try {
      return this.request.findImage(name, platform);
    } catch (cause) {
      if (!isPlinthError(cause) || cause.code !== 'image-not-found') throw cause;
      throw buildError('base-missing', `find image ${name}: it is not in the store`, {
        cause,
        hint: `Load it first: plinth load or plinth import. ${cause.hint ?? ''}`.trim(),
        details: { name },
      });
    }
  }
}

/** What a stage is called in titles. */
export function stageName(stage: Stage): string {
  return stage.from.stageName ?? String(stage.index);
}
