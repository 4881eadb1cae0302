import { PlinthError } from '../errors/index.ts';

/** The errors thrown by `cli/`: code → what it means. */
export const cliErrors = {
  'usage-command': 'The command line names no command, or one that does not exist.',
  'usage-flag': 'A flag is unknown, lacks its value, or its value cannot be read.',
  'usage-operands': 'A command was given too few or too many arguments.',
  'input-read-failed': 'A file named on the command line could not be read.',
} as const;
export type CliErrorCode = keyof typeof cliErrors;

/** A mistake in the command line itself; the command has done nothing yet. */
export function usageError(code: CliErrorCode, message: string, hint?: string): PlinthError<CliErrorCode> {
  return new PlinthError(message, { code, hint });
}

/** Whether `error` says that the command line is wrong. */
export function isUsageError(error: PlinthError): boolean {
  return error.code.startsWith('usage-');
}
