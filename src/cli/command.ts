import type { Cli } from './cli.ts';
import { parseCommandLine } from './command-line.ts';
import { usageError } from './error.ts';
import { type Flag, type Flags, type FlagValues, text, toggle } from './flag.ts';

/** The flags that every command has, before or after its name. */
export const globalFlags: { readonly root: Flag<string | undefined>; readonly debug: Flag<boolean> } = {
  root: text('DIR', 'Where images and containers are kept (default: $PLINTH_ROOT)'),
  debug: toggle('Print codes, causes and stacks of errors'),
};

/** What one command is, as it stands in its file. */
export interface CommandDefinition<F extends Flags> {
  /** As typed: `build`, `dockerfile parse`. */
  readonly name: string;
  /** What follows the name in the usage line. */
  readonly usage: string;
  /** One or a few sentences. */
  readonly description: string;
  /** Lines that stand below the flags in the help. */
  readonly notes?: readonly string[];
  readonly flags: F;
  /** How many operands it takes; no `max` means any number. */
  readonly operands: { readonly min: number; readonly max?: number };
  /** Flags end at the first operand: what follows belongs to another program. */
  readonly stopAtOperand?: boolean;
  /** The exit status of a wrong command line and of a failure, where they are not 2 and 1. */
  readonly failureStatus?: number;
  /** Does the work and gives the exit status. */
  run(invocation: Invocation<F>, cli: Cli): Promise<number> | number;
}

/** One use of a command. */
export interface Invocation<F extends Flags> {
  readonly flags: FlagValues<F>;
  readonly operands: readonly string[];
  /** `--root`, if given. */
  readonly root: string | undefined;
}

/** A command, ready to run. */
export interface Command {
  readonly name: string;
  readonly failureStatus: number | undefined;
  readonly definition: CommandDefinition<Flags>;
  /** Runs with the words after the command's name; 'help' if these ask for it. */
  execute(argv: readonly string[], globals: Globals, cli: Cli): Promise<number | 'help'>;
}

/** The values of {@link globalFlags}; a command adds those that stand after its name. */
export interface Globals {
  root: string | undefined;
  debug: boolean;
}

/** Makes a command of its definition. */
export function defineCommand<const F extends Flags>(definition: CommandDefinition<F>): Command {
  return {
    name: definition.name,
    failureStatus: definition.failureStatus,
    definition: definition as CommandDefinition<Flags>,
    async execute(argv, globals, cli) {
      const { stopAtOperand = false } = definition;
      const line = parseCommandLine({ ...globalFlags, ...definition.flags }, argv, { stopAtOperand });
      if (line.help) return 'help';
      // A command may have a --root of its own; that of the store then stands before its name.
      if (!('root' in definition.flags)) globals.root = line.flags.root ?? globals.root;
      globals.debug ||= line.flags.debug;
      checkOperands(definition, line.operands);
      const flags = line.flags as FlagValues<F>;
      return definition.run({ flags, operands: line.operands, root: globals.root }, cli);
    },
  };
}

function checkOperands(
  { name, operands }: Pick<CommandDefinition<Flags>, 'name' | 'operands'>,
  given: readonly string[],
): void {
  const { min, max } = operands;
  if (given.length >= min && (max === undefined || given.length <= max)) return;
  throw usageError('usage-operands', `plinth ${name}: it takes ${countText(min, max)}, got ${given.length}`);
}

function countText(min: number, max: number | undefined): string {
  const plural = (count: number) => `${count === 0 ? 'no' : count} argument${count === 1 ? '' : 's'}`;
  if (max === undefined) return `at least ${plural(min)}`;
  if (min === max) return min === 0 ? plural(0) : `exactly ${plural(min)}`;
  return min === 0 ? `at most ${plural(max)}` : `${min} to ${plural(max)}`;
}
