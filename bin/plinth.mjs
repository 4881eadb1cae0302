#!/usr/bin/env node
// Starts the command. This file is plain JavaScript that any Node ≥ 18 reads: under one that is too old for Plinth it
// goes over to the `node` package beside it, or says what is missing.
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const NEEDED_MAJOR = 24;

const major = Number(process.versions.node.split('.')[0]);
if (major >= NEEDED_MAJOR) await start();
else await startInPinnedNode();

async function start() {
  module.enableCompileCache(compileCacheDirectory());
  const bundle = new URL('../dist/plinth.mjs', import.meta.url);
  // A checkout that was never built runs from its sources.
  const { main } = await import(existsSync(bundle) ? bundle.href : new URL('../src/cli/main.ts', import.meta.url).href);
  await main();
}

/** Undefined leaves the choice to Node: NODE_COMPILE_CACHE, or a place in the directory for temporary files. */
function compileCacheDirectory() {
  const { NODE_COMPILE_CACHE: chosen, XDG_CACHE_HOME: cache, HOME: home } = process.env;
  if (chosen) return undefined;
  if (cache?.startsWith('/')) return `${cache}/plinth/node`;
  return home?.startsWith('/') ? `${home}/.cache/plinth/node` : undefined;
}

async function startInPinnedNode() {
  const node = findPinnedNode();
  if (node === undefined) {
    process.stderr.write(
      `error: start plinth: it needs Node ${NEEDED_MAJOR} or newer, this is ${process.versions.node}\n` +
        'hint: Install a newer Node, or put the right one beside Plinth: npm install node@lts\n',
    );
    process.exit(1);
  }
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  if (process.execve === undefined) await runChild(node, args);
  else process.execve(node, [node, ...args], process.env);
}

/** The program of the npm package `node`, in a checkout or beside an installed Plinth. */
function findPinnedNode() {
  for (const place of ['../node_modules/node/', '../../node/']) {
    const directory = new URL(place, import.meta.url);
    const program = fileURLToPath(new URL('bin/node', directory));
    if (existsSync(program) && pinnedMajor(directory) >= NEEDED_MAJOR) return program;
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
