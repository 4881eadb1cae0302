import { attachTerminal, startContainer } from '../../src/runtime/index.ts';
import { testSpec } from './runtime-root.ts';

// Runs a shell on this terminal, as `runtime-terminal.test.ts` has given us one.

const [root = '', directory = ''] = process.argv.slice(2);
const container = await startContainer({
  spec: testSpec(root, ['sh'], { terminal: true, env: ['PATH=/bin', 'PS1=% '] }),
  directory,
  stdio: 'inherit',
  user: 'root',
  terminalSize: { rows: process.stdout.rows, columns: process.stdout.columns },
});
attachTerminal(container, { input: process.stdin, output: process.stdout });
process.exitCode = (await container.exited).status;
