import { definedMembers } from './canonical-json.ts';
import type { Fields } from './fields.ts';

/** A set in Go's JSON: names with empty objects. */
export type NameSet = Readonly<Record<string, Record<string, never>>>;

/** How to find out whether a container works; times in ns (Docker image specification v1.2, Healthcheck). */
export interface Healthcheck {
  /** `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", command]`; absent: inherited. */
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

/**
 * What a container of an image starts with: OCI's fields (config.md, config) and Docker's own
 * (Healthcheck, OnBuild, Shell, StopTimeout, ArgsEscaped).
 */
export interface ProcessConfig {
  readonly User?: string;
  readonly ExposedPorts?: NameSet;
  /** `NAME=value`. */
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Healthcheck?: Healthcheck;
  readonly ArgsEscaped?: boolean;
  readonly Volumes?: NameSet;
  readonly WorkingDir?: string;
  /** Instructions as text. */
  readonly OnBuild?: readonly string[];
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  /** In seconds. */
  readonly StopTimeout?: number;
  readonly Shell?: readonly string[];
}

/** The `config` member of an image's configuration; empty strings read as absent. */
export function readProcessConfig(fields: Fields): ProcessConfig {
  const healthcheck = fields.fields('Healthcheck');
  return definedMembers<ProcessConfig>({
    User: fields.string('User') || undefined,
    ExposedPorts: fields.set('ExposedPorts'),
    Env: fields.strings('Env'),
    Entrypoint: fields.strings('Entrypoint'),
    Cmd: fields.strings('Cmd'),
    Healthcheck: healthcheck && readHealthcheck(healthcheck),
    ArgsEscaped: fields.boolean('ArgsEscaped') || undefined,
    Volumes: fields.set('Volumes'),
    WorkingDir: fields.string('WorkingDir') || undefined,
    OnBuild: fields.strings('OnBuild'),
    Labels: fields.stringMap('Labels'),
    StopSignal: fields.string('StopSignal') || undefined,
    StopTimeout: fields.integer('StopTimeout'),
    Shell: fields.strings('Shell'),
  });
}

function readHealthcheck(fields: Fields): Healthcheck {
  return definedMembers<Healthcheck>({
    Test: fields.strings('Test'),
    Interval: fields.integer('Interval'),
    Timeout: fields.integer('Timeout'),
    StartPeriod: fields.integer('StartPeriod'),
    StartInterval: fields.integer('StartInterval'),
    Retries: fields.integer('Retries'),
  });
}
