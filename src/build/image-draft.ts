import { posix } from 'node:path';
import type { CommandForm, HealthcheckInstruction, NamedValue } from '../dockerfile/index.ts';
import type { HistoryEntry, ImageConfig, NameSet, ProcessConfig } from '../oci/index.ts';

/** What RUN finds as PATH where neither image nor Dockerfile says: as BuildKit and containerd have it. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const DEFAULT_SHELL: readonly string[] = ['/bin/sh', '-c'];

/** One line of an image's history. */
export type HistoryLine =
  /** Taken over from the base image. */
  | { readonly kind: 'base'; readonly entry: HistoryEntry }
  /** An instruction; `step` is the id of the step that may have made a layer of it. */
  | { readonly kind: 'instruction'; readonly createdBy: string; readonly step: string | undefined };

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The configuration of a stage's image as its instructions make it; no step needs to run for it. */
export class ImageDraft {
  readonly history: HistoryLine[];
  author: string | undefined;
  readonly #config: Mutable<ProcessConfig>;
  #hasCommand = false;

  /** A copy to go on from: of the image that another stage made, of a stored image, or of nothing. */
  constructor(base?: ImageDraft | ImageConfig) {
    if (base instanceof ImageDraft) {
      this.#config = { ...base.#config };
      this.history = [...base.history];
    } else {
      this.#config = base === undefined ? { WorkingDir: '/' } : { ...base.config };
      this.history = base === undefined ? [] : baseHistory(base);
    }
    this.author = base?.author;
    if (!this.#environment().has('PATH')) this.setEnv([{ name: 'PATH', value: DEFAULT_PATH }]);
  }

  get config(): ProcessConfig {
    return this.#config;
  }

  get env(): readonly string[] {
    return this.#config.Env ?? [];
  }

  get user(): string {
    return this.#config.User ?? '';
  }

  get workingDirectory(): string {
    return this.#config.WorkingDir || '/';
  }

  /** Notes an instruction; `step` as in {@link HistoryLine}. */
  note(createdBy: string, step?: string): void {
    this.history.push({ kind: 'instruction', createdBy, step });
  }

  setEnv(values: readonly NamedValue[]): void {
    const env = this.#environment();
    for (const { name, value } of values) env.set(name, value);
    this.#config.Env = [...env].map(([name, value]) => `${name}=${value}`);
  }

  setLabels(values: readonly NamedValue[]): void {
    const labels = values.map(({ name, value }) => [name, value] as const);
    this.#config.Labels = { ...this.#config.Labels, ...Object.fromEntries(labels) };
  }

  setUser(user: string): void {
    this.#config.User = user;
  }

  /** `path`, relative to the directory before, as the working directory. */
  setWorkingDirectory(path: string): void {
    const normal = posix.resolve('/', this.workingDirectory, path);
    this.#config.WorkingDir = normal;
  }

  setCommand(command: CommandForm): void {
    this.#config.Cmd = this.commandLine(command);
    this.#hasCommand = true;
  }

  /** An inherited CMD was meant for another entry point: it goes, unless this stage has set it. */
  setEntrypoint(command: CommandForm): void {
    this.#config.Entrypoint = this.commandLine(command);
    if (!this.#hasCommand) delete this.#config.Cmd;
  }

  setShell(args: readonly string[]): void {
    this.#config.Shell = args;
  }

  setStopSignal(signal: string): void {
    this.#config.StopSignal = signal;
  }

  addPorts(ports: readonly string[]): void {
    this.#config.ExposedPorts = withNames(this.#config.ExposedPorts, ports);
  }

  addVolumes(paths: readonly string[]): void {
    this.#config.Volumes = withNames(this.#config.Volumes, paths);
  }

  setHealthcheck(check: HealthcheckInstruction): void {
    const { command, intervalNs, timeoutNs, startPeriodNs, startIntervalNs, retries } = check;
    if (command === undefined) {
      this.#config.Healthcheck = { Test: ['NONE'] };
      return;
    }
    this.#config.Healthcheck = {
      Test: command.form === 'exec' ? ['CMD', ...command.args] : ['CMD-SHELL', command.text],
      ...(intervalNs > 0 && { Interval: intervalNs }),
      ...(timeoutNs > 0 && { Timeout: timeoutNs }),
      ...(startPeriodNs > 0 && { StartPeriod: startPeriodNs }),
      ...(startIntervalNs > 0 && { StartInterval: startIntervalNs }),
      ...(retries > 0 && { Retries: retries }),
    };
  }

  addTrigger(trigger: string): void {
    this.#config.OnBuild = [...(this.#config.OnBuild ?? []), trigger];
  }

  /** The triggers that the base image left, which are done once. */
  takeTriggers(): readonly string[] {
    const triggers = this.#config.OnBuild ?? [];
    delete this.#config.OnBuild;
    return triggers;
  }

  /** The arguments that a command comes to: those of the shell form through the shell in force. */
  commandLine(command: CommandForm): string[] {
    return command.form === 'exec' ? [...command.args] : this.shellLine(command.text);
  }

  shellLine(text: string): string[] {
    return [...(this.#config.Shell ?? DEFAULT_SHELL), text];
  }

  #environment(): Map<string, string> {
    return new Map(this.env.map(splitVariable));
  }
}

/** `NAME=value` as name and value. */
export function splitVariable(text: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}

function withNames(set: NameSet | undefined, names: readonly string[]): NameSet {
  return { ...set, ...Object.fromEntries(names.map((name) => [name, {}])) };
}

/** Other tools want one entry for each layer: an image that has them otherwise gets plain ones. */
function baseHistory({ history = [], rootfs }: ImageConfig): HistoryLine[] {
  const layers = history.filter((entry) => entry.empty_layer !== true).length;
  const entries =
    layers === rootfs.diff_ids.length ? history : rootfs.diff_ids.map((): HistoryEntry => ({ comment: 'base image' }));
  return entries.map((entry) => ({ kind: 'base', entry }));
}
