import { startContainer } from '../../src/runtime/index.ts';
import { testSpec } from './runtime-root.ts';

// Starts a container that would run for long, and prints its process id: `runtime.test.ts` kills this process.

const [root = '', directory = '', cwd = '/'] = process.argv.slice(2);
const spec = testSpec(root, ['sh', '-c', 'sleep 1000 & sleep 1000'], { cwd });
const container = await startContainer({ spec, directory, stdio: 'ignore', user: 'root' });
process.stdout.write(`${container.pid}\n`);
await container.exited;
