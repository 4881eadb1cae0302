import { execFile } from 'node:child_process';

/** How a program that a recipe started ended. */
export interface ProgramResult {
  /** Undefined if it could not be started, or a signal ended it. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What recipes need from outside, beside files. */
export interface RecipePowers {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Node's names of this machine. */
  readonly nodePlatform: string;
  readonly nodeArch: string;
  /** Runs a program to its end, without input. */
  runProgram(file: string, args: readonly string[], options?: RunOptions): Promise<ProgramResult>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
}

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** The powers of this process. */
export function processPowers(): RecipePowers {
  return { env: process.env, nodePlatform: process.platform, nodeArch: process.arch, runProgram };
}

function runProgram(file: string, args: readonly string[], { cwd, signal }: RunOptions = {}): Promise<ProgramResult> {
  const options = { cwd, signal, maxBuffer: MAX_OUTPUT_BYTES, encoding: 'utf8' as const };
  return new Promise((resolve) => {
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      resolve({ status: typeof code === 'number' ? code : undefined, stdout, stderr });
    });
    child.stdin?.end();
  });
}
