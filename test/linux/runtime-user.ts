import { userInfo } from 'node:os';
import { text } from 'node:stream/consumers';
import {
  defaultSpec,
  enterUserNamespace,
  hostMachine,
  type IdMaps,
  namespaceSupport,
  type RuntimeSpec,
  type StartOptions,
  startContainer,
  subordinateIds,
  type UserSpec,
} from '../../src/runtime/index.ts';

// Runs as the ordinary user of `runtime-rootless.test.ts`: `support`, `direct` (the start program makes the user
// namespace), or `worker` and `single` (this program starts itself again inside one). Prints a JSON report.

interface Request {
  readonly root: string;
  readonly run: string;
  readonly state: string;
  readonly script: string;
  readonly user?: UserSpec;
  readonly terminal?: boolean;
  readonly network?: 'host' | 'none';
}

const [mode = '', argument = ''] = process.argv.slice(2);
const request = JSON.parse(argument) as Request;
const { username: name, uid, gid } = userInfo();
const single: IdMaps = { kind: 'single', uid, gid };

process.stdout.write(JSON.stringify(await report()));
process.disconnect?.();

async function report(): Promise<object> {
  const owner = { name, uid, gid };
  switch (mode) {
    case 'support':
      return await namespaceSupport(owner, request.run);
    case 'direct':
      return await run(subordinateIds(owner));
    case 'inside':
      process.send?.({ uid, secret: process.env.SECRET ?? 'none' });
      return await run('namespace-root', process.env.SINGLE === '1');
    default:
      return await enter(mode === 'single' ? single : subordinateIds(owner));
  }
}

async function enter(ids: IdMaps): Promise<object> {
  const child = await enterUserNamespace({
    argv: [process.execPath, import.meta.filename, 'inside', argument],
    env: ids.kind === 'single' ? { SINGLE: '1' } : {},
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    ids,
    directory: request.run,
  });
  let worker: unknown;
  child.on('message', (message) => {
    worker = message;
  });
  const output = child.stdout === null ? '{}' : await text(child.stdout);
  return { ...(JSON.parse(output) as object), worker };
}

async function run(user: StartOptions['user'], singleId = false): Promise<object> {
  const { state, run: directory } = request;
  const overlay = { lower: [request.root], upper: `${state}/upper`, work: `${state}/work`, merged: `${state}/merged` };
  try {
    const container = await startContainer({
      spec: spec(overlay.merged),
      overlay,
      directory,
      stdio: 'pipe',
      user,
      singleId,
    });
    container.stdin?.end();
    let stdout = '';
    for (const stream of [container.stdout, container.terminal]) {
      stream?.on('data', (data: Buffer) => {
        stdout += data.toString();
      });
    }
    const closed = Promise.withResolvers<void>();
    (container.stdout ?? container.terminal)?.once('close', () => closed.resolve());
    const exit = await container.exited;
    await closed.promise;
    return { stdout, exit };
  } catch (error) {
    return { ...(error as object), message: (error as Error).message };
  }
}

function spec(rootPath: string): RuntimeSpec {
  return defaultSpec({
    machine: hostMachine(),
    rootPath,
    hostname: 'box',
    network: request.network ?? 'none',
    process: {
      args: ['sh', '-c', request.script],
      cwd: '/',
      env: ['PATH=/bin'],
      user: request.user ?? { uid: 0, gid: 0 },
      noNewPrivileges: true,
      terminal: request.terminal ?? false,
    },
  });
}
