import { posix } from 'node:path';
import {
  type ArgInstruction,
  type CopyInstruction,
  expandInstruction,
  type Instruction,
  isGitSource,
  isUrlSource,
  nodeRange,
  nodeText,
  PREDEFINED_ARGS,
  type RunInstruction,
  readTrigger,
  runCommand,
  type SourceRange,
  type Stage,
  type SyntaxNode,
  usedFeatures,
} from '../dockerfile/index.ts';
import type { Platform } from '../oci/index.ts';
import { configureImage } from './configure-image.ts';
import { formatCopy } from './created-by.ts';
import { buildError } from './error.ts';
import { ImageDraft, splitVariable } from './image-draft.ts';
import { locating, relocated, unsupported, unsupportedFeature, withDetails } from './locate.ts';
import type { PlanStep, StageBase, StagePlan } from './plan.ts';
import { type Planner, stageName } from './plan-build.ts';

/** A step before it is known how many its stage has. */
type StepDraft<Step = PlanStep> = Step extends PlanStep ? Omit<Step, 'title'> & { readonly text: string } : never;

/** Works out what the instructions of one stage come to. */
export class StagePlanner {
  readonly #planner: Planner;
  readonly #stage: Stage;
  readonly #base: StageBase;
  readonly #platform: Platform;
  readonly #image: ImageDraft;
  readonly #steps: StepDraft[] = [];
  /** What words and RUN see: of ARG and ENV the later one wins, as in BuildKit. */
  readonly #scope: Map<string, string>;
  /** What ARG has declared, with the values in force. */
  readonly #args = new Map<string, string | undefined>();

  constructor(planner: Planner, stage: Stage, { base, platform }: { base: StageBase; platform: Platform }) {
    this.#planner = planner;
    this.#stage = stage;
    this.#base = base;
    this.#platform = platform;
    this.#image = new ImageDraft(this.#baseImage());
    this.#scope = new Map(this.#image.env.map(splitVariable));
  }

  plan(): StagePlan {
    const { index } = this.#stage;
    if (this.#base.kind === 'image') {
      this.#steps.push({ kind: 'from', image: this.#base.image, ...this.#place(this.#stage.from.node) });
    }
    for (const trigger of this.#image.takeTriggers()) this.#trigger(trigger);
    for (const instruction of this.#stage.instructions) {
      locating(instruction.node, () => this.#apply(instruction, this.#place(instruction.node)));
    }
    const name = stageName(this.#stage);
    const total = this.#steps.length;
    const steps = this.#steps.map(({ text, ...step }, at): PlanStep => {
      return { ...step, title: { id: stepId(index, at), stage: name, index: at + 1, total, text } };
    });
    return { index, name, base: this.#base, platform: this.#platform, steps, image: this.#image };
  }

  #baseImage(): ImageDraft | ConstructorParameters<typeof ImageDraft>[0] {
    const base = this.#base;
    if (base.kind === 'scratch') return undefined;
    if (base.kind === 'image') return base.image.config;
    const stage = this.#planner.request.dockerfile.stages[base.index];
    return stage && this.#planner.plan(stage).image;
  }

  #place(node: SyntaxNode): { range: SourceRange; text: string } {
    return { range: nodeRange(node), text: nodeText(node).replaceAll(/\s+/g, ' ') };
  }

  /** An ONBUILD trigger stands nowhere in this Dockerfile: the FROM answers for it. */
  #trigger(text: string): void {
    const { node } = this.#stage.from;
    const range = nodeRange(node);
    try {
      this.#apply(readTrigger(text), { range, text: `ONBUILD ${text.replaceAll(/\s+/g, ' ')}` });
    } catch (error) {
      throw relocated(error, range);
    }
  }

  #apply(raw: Instruction, place: { range: SourceRange; text: string }): void {
    if (raw.kind === 'arg') {
      this.#declare(raw);
      return;
    }
    const instruction = expandInstruction(raw, this.#scope, this.#planner.request.dockerfile.escape);
    checkSupported(instruction);
    switch (instruction.kind) {
      case 'from':
        throw unsupported('FROM within a stage', place.range);
      case 'run':
        this.#run(instruction, place);
        break;
      case 'copy':
      case 'add':
        this.#copy(instruction, place);
        break;
      case 'workdir':
        this.#workdir(instruction.path, place);
        break;
      default:
        this.#image.note(configureImage(this.#image, instruction));
        if (instruction.kind !== 'env') return;
        for (const { name, value } of instruction.values) this.#scope.set(name, value);
    }
  }

  #declare(instruction: ArgInstruction): void {
    const { request, globalScope, usedArgs } = this.#planner;
    const said: string[] = [];
    for (const definition of instruction.args) {
      const alone = expandInstruction({ ...instruction, args: [definition] }, this.#scope, request.dockerfile.escape);
      const { name, value } = alone.args[0] ?? definition;
      usedArgs.add(name);
      const given = request.buildArgs.get(name) ?? value;
      const effective = given ?? globalScope.get(name);
      this.#args.set(name, effective);
      if (effective !== undefined) this.#scope.set(name, effective);
      // A value that comes from the top of the file is not this instruction's.
      said.push(given === undefined ? name : `${name}=${given}`);
    }
    this.#image.note(`ARG ${said.join(' ')}`);
  }

  #run(run: RunInstruction, place: { range: SourceRange; text: string }): void {
    const image = this.#image;
    const command = runCommand(run);
    const args =
      command.kind === 'exec'
        ? [...command.args]
        : command.kind === 'shell'
          ? image.shellLine(command.text)
          : [command.name];
    const { request } = this.#planner;
    const step = {
      kind: 'run' as const,
      ...place,
      args,
      script: command.kind === 'script' ? { name: command.name, content: command.content } : undefined,
      env: [...this.#scope].map(([name, value]) => `${name}=${value}`),
      passedEnv: this.#proxies(),
      cwd: image.workingDirectory,
      user: image.user,
      network: run.network === 'default' ? request.network : run.network,
    };
    const declared = [...this.#args.keys()].map((name) => `${name}=${this.#scope.get(name) ?? ''}`);
    const prefix = declared.length === 0 ? '' : `|${declared.length} ${declared.join(' ')} `;
    const shown = command.kind === 'script' ? `<<${command.name}\n${command.content}` : args.join(' ');
    image.note(`RUN ${prefix}${shown}`, this.#add(step));
  }

  /** Proxies given as build arguments reach RUN without ARG, in both spellings. */
  #proxies(): string[] {
    const { buildArgs } = this.#planner.request;
    const passed: string[] = [];
    for (const name of PREDEFINED_ARGS) {
      const value = buildArgs.get(name) ?? buildArgs.get(otherCase(name));
      if (value !== undefined && !this.#scope.has(name)) passed.push(`${name}=${value}`);
    }
    return passed;
  }

  #copy(copy: CopyInstruction, place: { range: SourceRange; text: string }): void {
    const step = {
      kind: 'copy' as const,
      ...place,
      name: copy.kind === 'add' ? ('ADD' as const) : ('COPY' as const),
      origin: this.#planner.origin(this.#stage, copy),
      sources: copy.sources,
      files: copy.files,
      destination: destinationIn(this.#image.workingDirectory, copy.destination),
      chown: copy.chown,
      chmod: copy.chmod,
      unpack: copy.kind === 'add' && copy.unpack !== false,
    };
    this.#image.note(formatCopy(copy), this.#add(step));
  }

  #workdir(path: string, place: { range: SourceRange; text: string }): void {
    if (path === '') throw buildError('instruction-invalid', 'WORKDIR: the path comes out empty');
    this.#image.setWorkingDirectory(path);
    const directory = this.#image.workingDirectory;
    const createdBy = `WORKDIR ${directory}`;
    if (directory === '/') {
      this.#image.note(createdBy);
      return;
    }
    const step = { kind: 'workdir' as const, ...place, path: directory, user: this.#image.user };
    this.#image.note(createdBy, this.#add(step));
  }

  #add(step: StepDraft): string {
    this.#steps.push(step);
    return stepId(this.#stage.index, this.#steps.length - 1);
  }
}

function stepId(stage: number, step: number): string {
  return `${stage}.${step}`;
}

/** Absolute and without `..`; `.` at the end means a directory as a slash does. */
function destinationIn(workingDirectory: string, destination: string): string {
  const absolute = posix.resolve('/', workingDirectory, destination);
  return /(?:^|\/)\.?$/.test(destination) && absolute !== '/' ? `${absolute}/` : absolute;
}

function otherCase(name: string): string {
  return name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
}

/** What is computed on trees is linked already; the network of RUN is ours to give. */
const SUPPORTED: ReadonlySet<string> = new Set(['copy-link', 'run-network', 'add-unpack']);

function checkSupported(instruction: Instruction): void {
  const feature = usedFeatures(instruction).find((one) => !SUPPORTED.has(one));
  if (feature === undefined) return;
  const source =
    'sources' in instruction ? instruction.sources.find((one) => isUrlSource(one) || isGitSource(one)) : '';
  const error = unsupportedFeature(feature, instruction.node);
  throw source ? withDetails(error, { url: source }) : error;
}
