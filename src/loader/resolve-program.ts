import { type ByteString, decodeText } from '../bytes/index.ts';
import { ELF_MAGIC, type ElfFile, sameMachine } from '../elf/index.ts';
import { isPlinthError, type PlinthError } from '../errors/index.ts';
import type { FileNode, Tree } from '../tree/index.ts';
import { ElfFiles } from './elf-files.ts';
import { envCommand } from './env-command.ts';
import type { LoaderProblem, LoaderProblemKind } from './loader-problem.ts';
import { nearPath } from './near-path.ts';
import { execProblem, missingCommand, shownPath } from './program-problem.ts';
import { absolutePath, type FoundFile, lastName, pathIn, RootFiles } from './root-files.ts';
import { HEAD_BYTES, parseShebang, type Shebang } from './shebang.ts';

/** How a command is looked for. */
export interface ResolveOptions {
  /** PATH; what containers have by default if not given. */
  readonly path?: ByteString | undefined;
  /** The working directory; the root if not given. */
  readonly cwd?: ByteString | undefined;
}

/** A file that execve(2) opens on the way to a running program. */
export interface ProgramStep {
  readonly file: FoundFile;
  readonly format: 'elf' | 'script' | 'unknown';
  readonly elf?: ElfFile;
  readonly shebang?: Shebang;
  /** Who named it: the command, the first line of a script, an ELF program's header, or env(1). */
  readonly namedBy: 'command' | 'script' | 'loader' | 'env';
}

/** What execve(2) would do for a command. */
export interface ProgramPlan {
  /** The first word. */
  readonly command: ByteString;
  /** In the order in which they are opened; after a script comes its interpreter, after a program its loader. */
  readonly steps: readonly ProgramStep[];
  /** What the program that finally runs gets as arguments. */
  readonly args: readonly ByteString[];
  /** Empty if the command starts, as far as its libraries are there. */
  readonly problems: readonly LoaderProblem[];
}

/** Where commands are looked for if nobody says: what containers have. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' as ByteString;

/** Scripts whose interpreters are scripts, as deep as the kernel follows them. */
const NESTING_LIMIT = 5;
/** Programs that start others by their own rules (env(1)), in a row. */
const ENV_LIMIT = 5;

/** Finds what would run in `tree` for the command `words`, as the kernel does, without running anything. */
export function resolveProgram(tree: Tree, words: readonly ByteString[], options: ResolveOptions = {}): ProgramPlan {
  return new ProgramResolver({ files: new RootFiles(tree), elves: new ElfFiles() }, options).resolve(words);
}

/** What was read of a root file system so far. */
export interface Known {
  readonly files: RootFiles;
  readonly elves: ElfFiles;
}

/** {@link resolveProgram} for several commands of one root file system. */
export class ProgramResolver {
  readonly #known: Known;
  readonly #path: ByteString;
  readonly #cwd: ByteString;

  constructor(known: Known, { path = DEFAULT_PATH, cwd = '/' as ByteString }: ResolveOptions = {}) {
    this.#known = known;
    this.#path = path;
    this.#cwd = cwd;
  }

  resolve(words: readonly ByteString[]): ProgramPlan {
    const [command = '' as ByteString] = words;
    return new PlanDraft(this.#known, { path: this.#path, cwd: this.#cwd }).command(command, words);
  }
}

/** A plan while it is made, step by step. */
class PlanDraft {
  readonly #known: Known;
  readonly #options: { readonly path: ByteString; readonly cwd: ByteString };
  readonly #steps: ProgramStep[] = [];
  readonly #problems: LoaderProblem[] = [];
  #args: readonly ByteString[] = [];

  constructor(known: Known, options: { readonly path: ByteString; readonly cwd: ByteString }) {
    this.#known = known;
    this.#options = options;
  }

  command(command: ByteString, words: readonly ByteString[]): ProgramPlan {
    this.#args = words;
    this.#start(command, 'command');
    for (let count = 0; count < ENV_LIMIT; count++) {
      const next = this.#problems.length === 0 ? this.#startedByEnv() : [];
      const [program] = next;
      if (program === undefined) break;
      this.#args = next;
      this.#start(program, 'env');
    }
    return { command, steps: this.#steps, args: this.#args, problems: this.#problems };
  }

  /** The command that env(1) would start with the arguments so far, if that is what would run. */
  #startedByEnv(): readonly ByteString[] {
    const [name = '' as ByteString, ...rest] = this.#args;
    const program = this.#steps.findLast(({ namedBy }) => namedBy !== 'loader');
    return lastName(name) === 'env' && program?.format === 'elf' ? envCommand(rest) : [];
  }

  #start(command: ByteString, namedBy: 'command' | 'env'): void {
    const file = command.includes('/') ? this.#find(command) : this.#search(command);
    if (file !== undefined) this.#exec(file, { namedBy, depth: 0 });
    else
      this.#problems.push(
        missingCommand(command, { script: this.#scriptFor(namedBy), hint: this.#nearCommand(command) }),
      );
  }

  #scriptFor(namedBy: 'command' | 'env'): ByteString | undefined {
    if (namedBy === 'command') return undefined;
    return this.#steps.find(({ format }) => format === 'script')?.file.path ?? ('env' as ByteString);
  }

  #nearCommand(command: ByteString): string | undefined {
    const { path } = this.#options;
    const near = nearPath(this.#known.files, command, path.split(':') as ByteString[]);
    const parts = [
      ...(near === undefined ? [] : [`There is ${near}.`]),
      ...(command.includes('/') ? [] : [`PATH is ${decodeText(path)}.`]),
    ];
    return parts.length === 0 ? undefined : parts.join(' ');
  }

  #find(path: ByteString): FoundFile | undefined {
    return this.#known.files.find(absolutePath(path, this.#options.cwd));
  }

  /** The first executable file of this name on PATH, else the first file: that is what the error will be about. */
  #search(name: ByteString): FoundFile | undefined {
    if (name === '') return undefined;
    const { path, cwd } = this.#options;
    const found = path
      .split(':')
      .map((directory) => this.#known.files.find(pathIn(absolutePath(directory as ByteString, cwd), name)))
      .filter((file) => file !== undefined);
    return found.find(({ node }) => node.kind === 'file' && isExecutable(node)) ?? found[0];
  }

  #exec(file: FoundFile, by: ExecStep): void {
    const { node, path } = file;
    if (node.kind !== 'file') {
      this.#fail('program-not-a-file', path, `It is a ${node.kind}.`);
      return;
    }
    // What it would be is worth knowing even if it may not be executed.
    if (!isExecutable(node)) {
      this.#fail('program-not-executable', path, `Its mode is ${octal(node.mode)}: nobody may execute it.`);
    }
    // Most are ELF files, and these are opened once.
    const elf = this.#known.elves.read(node);
    const head = isPlinthError(elf) ? this.#head(path, node) : ELF_MAGIC;
    if (head === undefined) return;
    if (head.startsWith(ELF_MAGIC)) this.#elf(file, elf, by.namedBy);
    else if (head.startsWith('#!')) this.#script(file, head, by);
    else {
      this.#steps.push({ file, format: 'unknown', namedBy: by.namedBy });
      this.#fail('program-format', path, formatHint(head));
    }
  }

  #head(path: ByteString, node: FileNode): ByteString | undefined {
    try {
      const bytes = Buffer.alloc(Math.min(HEAD_BYTES, node.content.sizeBytes));
      node.content.read(bytes, 0);
      return bytes.toString('latin1') as ByteString;
    } catch (error) {
      if (!isPlinthError(error)) throw error;
      this.#fail('program-unreadable', path, `${error.message}.`);
      return undefined;
    }
  }

  #elf(file: FoundFile, elf: ElfFile | PlinthError, namedBy: ProgramStep['namedBy']): void {
    if (isPlinthError(elf)) {
      this.#steps.push({ file, format: 'elf', namedBy });
      this.#fail('program-invalid', file.path, `${elf.message}.`);
      return;
    }
    this.#steps.push({ file, format: 'elf', elf, namedBy });
    if (elf.type !== 'executable' && elf.type !== 'shared') {
      this.#fail('program-format', file.path, `It is an ELF file of type ${elf.type}, which is no program.`);
    } else if (elf.interpreter !== undefined) this.#loader(file, elf, elf.interpreter);
  }

  #loader(program: FoundFile, elf: ElfFile, interpreter: ByteString): void {
    const file = this.#find(interpreter);
    const whose = `It is the loader of ${decodeText(program.path)}`;
    if (file?.node.kind !== 'file') {
      const hint = `It asks for the loader ${decodeText(interpreter)}, ${this.#absence(interpreter)}`;
      this.#fail('loader-missing', program.path, hint, interpreter);
      return;
    }
    const loader = this.#known.elves.read(file.node);
    if (isPlinthError(loader)) {
      this.#fail('loader-invalid', file.path, `${whose}: ${loader.message}.`);
      return;
    }
    this.#steps.push({ file, format: 'elf', elf: loader, namedBy: 'loader' });
    if (!sameMachine(loader, elf)) this.#fail('loader-invalid', file.path, `${whose}, and for another machine.`);
    if (!isExecutable(file.node)) {
      this.#fail('loader-not-executable', file.path, `${whose}, and its mode is ${octal(file.node.mode)}.`);
    }
  }

  #script(file: FoundFile, head: ByteString, { namedBy, depth }: ExecStep): void {
    const shebang = parseShebang(head);
    this.#steps.push({ file, format: 'script', namedBy, ...(shebang === undefined ? {} : { shebang }) });
    if (shebang === undefined) {
      const hint = `Its first line names no interpreter, or one that does not end within ${HEAD_BYTES} bytes.`;
      this.#fail('script-first-line', file.path, hint);
      return;
    }
    if (depth >= NESTING_LIMIT) {
      this.#fail('script-nesting', file.path, `More than ${NESTING_LIMIT} scripts have scripts as their interpreters.`);
      return;
    }
    const { interpreter, argument } = shebang;
    this.#args = [interpreter, ...(argument === undefined ? [] : [argument]), file.path, ...this.#args.slice(1)];
    const next = this.#find(interpreter);
    if (next !== undefined) this.#exec(next, { namedBy: 'script', depth: depth + 1 });
    else this.#missingInterpreter(file, interpreter);
  }

  #missingInterpreter({ path }: FoundFile, interpreter: ByteString): void {
    if (interpreter.endsWith('\r')) {
      const hint = `Its first line ends in a carriage return, so that it asks for ${shownPath(interpreter)}: save it with the line ends of Unix.`;
      this.#fail('script-carriage-return', path, hint, interpreter);
      return;
    }
    const hint = `Its first line asks for ${decodeText(interpreter)}, ${this.#absence(interpreter)}`;
    this.#fail('script-interpreter-missing', path, hint, interpreter);
  }

  #absence(path: ByteString): string {
    const near = nearPath(this.#known.files, path);
    return near === undefined ? 'which is not there.' : `which is not there; ${near} is.`;
  }

  #fail(kind: LoaderProblemKind, path: ByteString, hint: string, missing?: ByteString): void {
    this.#problems.push(execProblem(kind, path, { hint, ...(missing === undefined ? {} : { missing }) }));
  }
}

interface ExecStep {
  readonly namedBy: ProgramStep['namedBy'];
  /** How many scripts there were before. */
  readonly depth: number;
}

/** Whether anybody may execute it; root too needs one of the bits. */
function isExecutable(node: FileNode): boolean {
  return (node.mode & 0o111) !== 0;
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}

function formatHint(head: ByteString): string {
  if (head === '') return 'It is empty.';
  if (head.includes('\0')) return 'It is neither an ELF program nor a script.';
  return 'It is neither an ELF program nor does it begin with #!: if it is a shell script, its first line must be #!/bin/sh.';
}
