import type { Mount } from './mount.ts';
import type { SyntaxNode } from './syntax-node.ts';

/** One instruction, understood. Values are as written until `expandInstruction` has replaced their variables. */
export type Instruction =
  | FromInstruction
  | RunInstruction
  | CopyInstruction
  | ArgInstruction
  | EnvInstruction
  | LabelInstruction
  | CmdInstruction
  | EntrypointInstruction
  | ShellInstruction
  | WorkdirInstruction
  | UserInstruction
  | VolumeInstruction
  | ExposeInstruction
  | StopsignalInstruction
  | HealthcheckInstruction
  | OnbuildInstruction
  | MaintainerInstruction;

interface Base<Kind extends string> {
  readonly kind: Kind;
  /** Where it stands, for errors and for the history of the image. */
  readonly node: SyntaxNode;
}

/** A command line: for the shell, or as a list of arguments. */
export type CommandForm =
  | { readonly form: 'shell'; readonly text: string }
  | { readonly form: 'exec'; readonly args: readonly string[] };

export interface FromInstruction extends Base<'from'> {
  /** An image, `scratch` or an earlier stage. */
  readonly image: string;
  readonly platform: string | undefined;
  /** In lower case. */
  readonly stageName: string | undefined;
}

export interface RunInstruction extends Base<'run'> {
  readonly command: CommandForm;
  readonly mounts: readonly Mount[];
  readonly network: 'default' | 'none' | 'host';
  readonly security: 'sandbox' | 'insecure';
  readonly devices: readonly string[];
}

/** COPY or ADD. */
export interface CopyInstruction extends Base<'copy' | 'add'> {
  readonly sources: readonly string[];
  /** Files written in the Dockerfile itself. */
  readonly files: readonly InlineFile[];
  readonly destination: string;
  readonly chown: string | undefined;
  readonly chmod: string | undefined;
  /** A stage, its number or an image; COPY only. */
  readonly from: string | undefined;
  readonly isLinked: boolean;
  /** Keeps the directories above the sources. */
  readonly keepsParents: boolean;
  /** Patterns of what to leave out, as in an ignore file. */
  readonly exclude: readonly string[];
  /** ADD only. */
  readonly checksum: string | undefined;
  /** ADD of a git repository only. */
  readonly keepsGitDirectory: boolean;
  /** ADD only: whether archives are unpacked; undefined is the rule for where they come from. */
  readonly unpack: boolean | undefined;
}

/** A here-document that is copied. */
export interface InlineFile {
  readonly name: string;
  readonly content: string;
  /** Whether variables in the content are still to be replaced. */
  readonly expand: boolean;
}

export interface ArgInstruction extends Base<'arg'> {
  readonly args: readonly ArgDefinition[];
}

export interface ArgDefinition {
  readonly name: string;
  /** The default. */
  readonly value: string | undefined;
}

export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

export interface EnvInstruction extends Base<'env'> {
  readonly values: readonly NamedValue[];
}

export interface LabelInstruction extends Base<'label'> {
  readonly values: readonly NamedValue[];
}

export interface CmdInstruction extends Base<'cmd'> {
  readonly command: CommandForm;
}

export interface EntrypointInstruction extends Base<'entrypoint'> {
  readonly command: CommandForm;
}

export interface ShellInstruction extends Base<'shell'> {
  readonly args: readonly string[];
}

export interface WorkdirInstruction extends Base<'workdir'> {
  readonly path: string;
}

export interface UserInstruction extends Base<'user'> {
  readonly user: string;
}

export interface VolumeInstruction extends Base<'volume'> {
  readonly paths: readonly string[];
}

export interface ExposeInstruction extends Base<'expose'> {
  /** Once expanded, every port as `number/protocol`, ranges counted out. */
  readonly ports: readonly string[];
}

export interface StopsignalInstruction extends Base<'stopsignal'> {
  readonly signal: string;
}

export interface HealthcheckInstruction extends Base<'healthcheck'> {
  /** Undefined is NONE: the check of the base image is switched off. */
  readonly command: CommandForm | undefined;
  readonly intervalNs: number;
  readonly timeoutNs: number;
  readonly startPeriodNs: number;
  readonly startIntervalNs: number;
  readonly retries: number;
}

export interface OnbuildInstruction extends Base<'onbuild'> {
  /** The instruction to run later, as text, its here-documents included. */
  readonly trigger: string;
}

export interface MaintainerInstruction extends Base<'maintainer'> {
  readonly name: string;
}
