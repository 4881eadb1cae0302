import { createProcessCli } from './process-cli.ts';
import { runCli } from './run-cli.ts';

/** The command `plinth`: runs what the process's arguments say and sets its exit status. */
export async function main(): Promise<void> {
  process.exitCode = await runCli(process.argv.slice(2), createProcessCli());
}

if (import.meta.main) void main();
