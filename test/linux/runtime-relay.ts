import { relayStreams, startContainer } from '../../src/runtime/index.ts';
import { testSpec } from './runtime-root.ts';

// Runs a script in a container on the standard streams that `runtime-streams.test.ts` gives this process.

const [root = '', directory = '', script = '', uid = '0'] = process.argv.slice(2);
const user = { uid: Number(uid), gid: Number(uid) };
const spec = testSpec(root, ['sh', '-c', script], { user });
const container = await startContainer({ spec, directory, stdio: 'pipe', user: 'root' });
await relayStreams(container, { input: process.stdin, stdout: 1, stderr: 2 });
process.exitCode = (await container.exited).status;
