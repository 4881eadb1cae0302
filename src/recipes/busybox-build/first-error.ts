/** The first real error in the output of a build. */
export interface BuildError {
  /** As the program printed it, without its place. */
  readonly message: string;
  /** `networking/tc.c`, from the root of the source, with its line. */
  readonly place: { readonly file: string; readonly line: number } | undefined;
}

const COMPILER = /^([^\s:][^:]{0,300}):(\d+)(?::\d+)?: ((?:fatal )?error: .*)$/;
/** In the order of how much they tell; within one, the first line counts. */
const OTHERS: readonly RegExp[] = [
  /^(?:.*\/)?(?:\S*-)?ld(?:\.\w+)?: (.*(?:cannot find|undefined reference|cannot open|incompatible).*)$/,
  /^\S+: (in function .*: undefined reference to .*|undefined reference to .*)$/,
  /^((?:\S*gcc|\S*cc|\S*clang\S*|\S*collect2): (?:fatal )?error: .*)$/,
  /^((?:make(?:\[\d+\])?|\/bin\/sh|sh|\S+\.sh): .*(?:not found|No such file or directory|Permission denied|command not found).*)$/,
  /^((?:make(?:\[\d+\])?: )?\*\*\* .*)$/,
  /^(.*\b(?:No space left on device|Killed|out of memory)\b.*)$/i,
];

/** Finds what stopped a build in all that it printed; undefined if nothing looks like an error. */
export function findFirstError(output: string): BuildError | undefined {
  const lines = output.split('\n').map((line) => line.trimEnd().slice(0, 1000));
  for (const text of lines) {
    const [, file, line, message] = COMPILER.exec(text) ?? [];
    if (message !== undefined) return { message, place: { file: file ?? '', line: Number(line) } };
  }
  for (const pattern of OTHERS) {
    for (const text of lines) {
      const message = pattern.exec(text)?.[1];
      if (message !== undefined) return { message, place: undefined };
    }
  }
  return undefined;
}
