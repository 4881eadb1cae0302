// `npm run quickstart`: from nothing to an image, a container and a disk, with the commands that a user would type.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, cleanEnvironment, PINNED_NODE } from './checkout.mjs';
import { runWithSetUp } from './setup.mjs';

const PLINTH = join(CHECKOUT, 'bin/plinth.mjs');
/** Exit statuses of `plinth run` that say that no container could be started. */
const NOT_STARTED = 125;

await runWithSetUp(() => {
  if (!plinth(['new', 'minios', 'minios'])) return fail('The build context could not be made.');
  if (!plinth(['build', '-t', 'minios', 'minios'])) return failBuild();
  if (!plinth(['images'])) return fail('The images could not be listed.');
  const containers = runContainer();
  if (!plinth(['disk', 'minios', 'minios.ext4'])) return fail('The disk could not be written.');
  sayNext(containers);
  return 0;
});

function plinth(args) {
  return start(args) === 0;
}

function start(args) {
  process.stderr.write(`\n$ npx plinth ${args.map(quote).join(' ')}\n`);
  const { status, signal } = spawnSync(PINNED_NODE, [PLINTH, ...args], {
    cwd: CHECKOUT,
    stdio: 'inherit',
    env: cleanEnvironment(),
  });
  if (signal !== null) process.kill(process.pid, signal);
  return status ?? 1;
}

function quote(word) {
  return /^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Whether a container ran. Where none may run, everything else still works. */
function runContainer() {
  const status = start(['run', '--rm', 'minios', 'sh', '-c', 'echo "Hello from $(uname -sm), as $(id -un)"; ls /']);
  if (status === 0) return true;
  if (status === NOT_STARTED) {
    say('The kernel or this account does not allow containers here; images and disks do not need them, so on we go.');
  } else say(`The command in the container ended with status ${status}; on we go.`);
  return false;
}

function failBuild() {
  return fail(
    'The build did not succeed.',
    'If its RUN step could not start: it needs user namespaces, or root. As root, this always works: sudo npm run quickstart',
  );
}

function fail(message, hint = 'Run the last command again with --debug to see more.') {
  process.stderr.write(`\nerror: ${message}\nhint: ${hint}\n`);
  return 1;
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function sayNext(containers) {
  const disk = join(CHECKOUT, 'minios.ext4');
  const size = existsSync(disk) ? ` (${(statSync(disk).size / 1e6).toFixed(1)} MB)` : '';
  say(`
Done. minios/ is the build context, "minios" the image, minios.ext4${size} the disk. Try next:
${containers ? '  npx plinth run --rm -it minios                      a shell in it\n' : ''}\
  npx plinth history minios                           how it was made
  npx plinth build -t minios minios                   again: nothing changed, everything is cached
  npx plinth save -o minios.tar minios                an archive for docker load
  npx plinth build -o type=ext4,dest=big.ext4,size=1G minios
                                                      a disk straight from the build
  npx plinth --help                                   everything else`);
}
