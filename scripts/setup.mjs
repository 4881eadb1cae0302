// Makes a checkout ready: the packages if they are missing or outdated, then dist/ if the sources are newer.
// Plain JavaScript for any Node ≥ 18, without dependencies. Does nothing, and says nothing, if all is ready.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHECKOUT, newestMs, PINNED_NODE } from './checkout.mjs';
import { runTask, TaskFailed } from './task.mjs';

/** Throws TaskFailed, with everything said, if it does not succeed. */
export async function setUp() {
  if (needsInstall()) await install();
  if (needsBuild()) {
    await runTask('Building dist/', PINNED_NODE, [join(CHECKOUT, 'scripts/build.mjs'), '--no-types']);
  }
}

/** Runs `main` after the set-up, and turns failures into the exit status. */
export async function runWithSetUp(main) {
  try {
    await setUp();
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof TaskFailed)) throw error;
    process.exitCode = 1;
  }
}

function needsInstall() {
  // npm writes this file last.
  const installedMs = newestMs(join(CHECKOUT, 'node_modules/.package-lock.json'));
  return installedMs < newestMs(join(CHECKOUT, 'package-lock.json')) || !existsSync(PINNED_NODE);
}

async function install() {
  // Versions of npm differ in which install scripts they run; only that of `node`, which fetches the program, is needed.
  const flags = ['--no-audit', '--no-fund', '--no-update-notifier'];
  await runNpm('Installing packages', ['ci', '--ignore-scripts', ...flags]);
  await runNpm('Installing Node', ['rebuild', 'node', '--ignore-scripts=false', ...flags]);
  if (existsSync(PINNED_NODE)) return;
  process.stderr.write('error: Installing Node: npm has not put a program into node_modules/node/bin\n');
  process.stderr.write('hint: Is the script of the package "node" forbidden? Try: npm rebuild node\n');
  throw new TaskFailed('node');
}

function runNpm(title, args) {
  // Not the clean environment: the user's npm_config_registry and the like are for this npm, too.
  const options = { env: { ...process.env, NODE_ENV: 'development' } };
  const npm = process.env.npm_execpath;
  // The npm that started this script, if one did.
  if (npm?.endsWith('.js')) return runTask(title, process.execPath, [npm, ...args], options);
  return runTask(title, 'npm', args, options);
}

function needsBuild() {
  const sources = ['src', 'package.json', 'scripts/build.mjs'].map((path) => join(CHECKOUT, path));
  return newestMs(join(CHECKOUT, 'dist/plinth.cjs')) < newestMs(...sources);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runWithSetUp(() => 0);
