import { type ByteString, decodeText, encodeText } from '../bytes/index.ts';
import { MachineTable } from '../elf/index.ts';
import { DEFAULT_PATH, findClosure, type ProgramClosure, type ProgramPlan, resolveProgram } from '../loader/index.ts';
import type { Platform, ProcessConfig } from '../oci/index.ts';
import { type FileNode, type Node, readContent, type Tree } from '../tree/index.ts';
import { type BrokenLink, findBrokenLink } from './broken-link.ts';
import type { HostFacts } from './host-facts.ts';

/** Where the root file system comes from, which decides what a fix looks like. */
export type PatientSource =
  | { readonly kind: 'image'; readonly name: string }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'tar' };

/** Whom its processes run as. */
export interface PatientAccount {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  readonly home: string;
}

/** What is looked at. */
export interface PatientFacts {
  readonly tree: Tree;
  readonly source: PatientSource;
  readonly config?: ProcessConfig | undefined;
  readonly platform?: Platform | undefined;
  /** What to run instead of what the config says. */
  readonly command?: readonly string[] | undefined;
  /** As {@link PatientAccount} is made of the config's user; undefined if there is no such user. */
  readonly account: PatientAccount | undefined;
  readonly host: HostFacts;
  /** Names of machines, if the caller has some that are not registered. */
  readonly machines?: MachineTable;
}

const TEXT_LIMIT_BYTES = 1 << 20;
const ROOT: PatientAccount = { uid: 0, gid: 0, additionalGids: [], home: '/root' };

/** A root file system with what is to be run in it; what was once worked out is kept. */
export class Patient {
  readonly facts: PatientFacts;
  readonly tree: Tree;
  readonly config: ProcessConfig;
  readonly account: PatientAccount;
  /** The command with its arguments; empty if there is none. */
  readonly words: readonly ByteString[];
  readonly cwd: ByteString;
  readonly path: ByteString;
  readonly machines: MachineTable;
  readonly #closures = new Map<ByteString, ProgramClosure>();
  #plan: ProgramPlan | undefined;

  constructor(facts: PatientFacts) {
    const { tree, config = {}, command, account = ROOT } = facts;
    this.facts = facts;
    this.tree = tree;
    this.config = config;
    this.account = account;
    this.words = (command ?? [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])]).map(encodeText);
    this.cwd = encodeText(config.WorkingDir || '/');
    this.path = pathOf(config);
    this.machines = facts.machines ?? new MachineTable();
  }

  /** What the words of the command start. */
  get plan(): ProgramPlan {
    this.#plan ??= this.planOf(this.words);
    return this.#plan;
  }

  planOf(words: readonly ByteString[]): ProgramPlan {
    return resolveProgram(this.tree, words, { path: this.path, cwd: this.cwd });
  }

  /** What the ELF program at `path` needs. */
  closure(path: ByteString): ProgramClosure | undefined {
    const known = this.#closures.get(path);
    if (known !== undefined) return known;
    const [closure] = findClosure(this.tree, [path], {
      path: this.path,
      cwd: this.cwd,
      libraryPath: this.variable('LD_LIBRARY_PATH'),
    }).programs;
    if (closure !== undefined) this.#closures.set(path, closure);
    return closure;
  }

  variable(name: string): ByteString | undefined {
    const entry = this.config.Env?.findLast((one) => one.startsWith(`${name}=`));
    return entry === undefined ? undefined : encodeText(entry.slice(name.length + 1));
  }

  node(path: string): Node | undefined {
    return this.tree.resolve(encodeText(path))?.node;
  }

  file(path: string): FileNode | undefined {
    const node = this.node(path);
    return node?.kind === 'file' ? node : undefined;
  }

  /** The text of a small file. */
  text(path: string): string | undefined {
    const content = this.file(path)?.content;
    if (content === undefined || content.sizeBytes > TEXT_LIMIT_BYTES) return undefined;
    return decodeText(readContent(content).toString('latin1') as ByteString);
  }

  /** An absolute path as seen from the working directory. */
  absolute(path: ByteString): ByteString {
    if (path.startsWith('/')) return path;
    return `${this.cwd.replace(/\/+$/, '')}/${path}` as ByteString;
  }

  /** The link on the way to `path` at which it ends; undefined if it is not a link that is to blame. */
  brokenLink(path: ByteString): BrokenLink | undefined {
    return findBrokenLink(this.tree, this.absolute(path));
  }

  /** Where the command is found on PATH or by its path, if anything is there. */
  where(command: ByteString): ByteString | undefined {
    if (command.includes('/')) return this.tree.resolve(this.absolute(command)) && this.absolute(command);
    return this.directories.map((directory) => join(directory, command)).find((path) => this.tree.resolve(path));
  }

  /** The directories of PATH. */
  get directories(): ByteString[] {
    return (this.path.split(':') as ByteString[]).filter((directory) => directory.startsWith('/'));
  }

  /** Whether this ELF program or script starts with all it needs, as far as its files tell. */
  starts(words: readonly ByteString[]): boolean {
    const plan = this.planOf(words);
    if (plan.problems.length > 0) return false;
    const programs = plan.steps.filter(({ elf, namedBy }) => elf !== undefined && namedBy !== 'loader');
    return programs.every(({ file }) => this.closure(file.path)?.problems.length === 0);
  }

  /** Whether the user may do `bit` (4 read, 2 write, 1 execute or enter) with a node. */
  may(node: Node, bit: 4 | 2 | 1): boolean {
    const { uid, gid, additionalGids } = this.account;
    if (uid === 0) return bit !== 1 || node.kind === 'directory' || (node.mode & 0o111) !== 0;
    if (node.uid === uid) return (node.mode & (bit << 6)) !== 0;
    if (node.gid === gid || additionalGids.includes(node.gid)) return (node.mode & (bit << 3)) !== 0;
    return (node.mode & bit) !== 0;
  }
}

function pathOf({ Env }: ProcessConfig): ByteString {
  const entry = Env?.findLast((one) => one.startsWith('PATH='));
  return entry === undefined ? DEFAULT_PATH : encodeText(entry.slice('PATH='.length));
}

/** The path of `name` in `directory`. */
export function join(directory: ByteString, name: ByteString): ByteString {
  return `${directory.replace(/\/+$/, '')}/${name}` as ByteString;
}

/** The directory of an absolute path. */
export function parent(path: ByteString): ByteString {
  return (path.slice(0, path.lastIndexOf('/')) || '/') as ByteString;
}

/** The last name of a path. */
export function lastName(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf('/') + 1) as ByteString;
}
