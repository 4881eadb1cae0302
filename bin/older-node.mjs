// For a Node that is too old for Plinth: goes over to the `node` package beside it, or says what is missing.
// Plain JavaScript that any Node ≥ 18 reads.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Runs the command again under a Node of at least `neededMajor`. */
export async function startInPinnedNode(command, neededMajor) {
  const node = findPinnedNode(neededMajor);
  if (node === undefined) {
    process.stderr.write(
      `error: start plinth: it needs Node ${neededMajor} or newer, this is ${process.versions.node}\n` +
        'hint: Install a newer Node, or put the right one beside Plinth: npm install node@24\n',
    );
    process.exit(1);
  }
  const args = [...process.execArgv, command, ...process.argv.slice(2)];
  if (process.execve === undefined) await runChild(node, args);
  else process.execve(node, [node, ...args], process.env);
}

/** The program of the npm package `node`, in a checkout or beside an installed Plinth. */
function findPinnedNode(neededMajor) {
  for (const place of ['../node_modules/node/', '../../node/']) {
    const directory = new URL(place, import.meta.url);
    const program = fileURLToPath(new URL('bin/node', directory));
    if (existsSync(program) && pinnedMajor(directory) >= neededMajor) return program;
  }
  return undefined;
}

function pinnedMajor(directory) {
  try {
    return Number(JSON.parse(readFileSync(new URL('package.json', directory), 'utf8')).version.split('.')[0]);
  } catch {
    return 0;
  }
}

/** For a Node without execve: a child that gets our signals and whose end becomes our end. */
async function runChild(node, args) {
  const { spawn } = await import('node:child_process');
  const child = spawn(node, args, { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']) {
    process.on(signal, () => child.kill(signal));
  }
  // A terminal sends Ctrl-C to both of us; the child decides what it means.
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  const [status, signal] = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...end) => resolve(end));
  });
  if (signal === null) process.exit(status);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
