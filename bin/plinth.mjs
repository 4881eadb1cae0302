#!/usr/bin/env node
// Starts the command. This file is plain JavaScript that any Node ≥ 18 reads.
const NEEDED_MAJOR = 24;
const DAY_MS = 86_400_000;
/**
 * What code a command uses differs from run to run: the first runs all add theirs to what is kept, a later one if it used
 * a part of the bundle that none before it had used.
 */
const WRITES = 3;
/**
 * In the course of a long run V8 drops the code of functions that it no longer calls, those of the start above all. What
 * is made of the rest would be worse than nothing, so the code of a long run is kept early.
 */
const KEEP_AFTER_MS = 1000;
/** At the end of the file stands how long the text before it is. */
const LENGTH_BYTES = 4;

if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
  // When nothing is left to do, to leave at once spares Node the taking down of its heap, up to 10 ms.
  process.once('beforeExit', () => process.exit());
  await start();
} else {
  const { startInPinnedNode } = await import('./older-node.mjs');
  const { fileURLToPath } = await import('node:url');
  await startInPinnedNode(fileURLToPath(import.meta.url), NEEDED_MAJOR);
}

async function start() {
  // An `import` of node:fs would load its streams, too, which costs 4 ms.
  const fs = process.getBuiltinModule('node:fs');
  const bundle = process.getBuiltinModule('node:url').fileURLToPath(new URL('../dist/plinth.cjs', import.meta.url));
  if (fs.existsSync(bundle)) return await runBundle(fs, bundle);
  // A checkout that was never built runs from its sources.
  const { main } = await import(new URL('../src/cli/main.ts', import.meta.url).href);
  await main();
}

/**
 * Runs the bundle with the code that V8 made for an earlier run of the same command. Node's own compile cache keeps only
 * what is compiled before a module runs; with the functions that the command went on to use, it is done 15 ms sooner.
 */
async function runBundle(fs, bundle) {
  const { Script } = process.getBuiltinModule('node:vm');
  const { createRequire } = process.getBuiltinModule('node:module');
  // The build sees to it that it is ASCII.
  const source = fs.readFileSync(bundle, 'latin1');
  const cache = cacheFile(source);
  const kept = readCache(fs, cache);
  const script = new Script(source, { filename: bundle, ...(kept === undefined ? {} : { cachedData: kept.code }) });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle);
  const { main, loadedChunks } = module.exports;
  const { chunks, writes } = kept === undefined || script.cachedDataRejected ? { chunks: [], writes: 0 } : kept;
  let isKept = false;
  const keep = () => {
    isKept = true;
    const used = new Set([...chunks, ...loadedChunks()]);
    if (writes >= WRITES && used.size === chunks.length) return;
    writeCache(fs, cache, script, { chunks: [...used], writes: writes + 1 });
  };
  const early = setTimeout(keep, KEEP_AFTER_MS);
  early.unref();
  await main();
  clearTimeout(early);
  if (!isKept && process.uptime() * 1000 < 2 * KEEP_AFTER_MS) keep();
}

/**
 * Where the code for this command is kept; undefined if there is no place. The bundle's first line is a digest of the
 * rest: what V8 itself compares is only the length.
 */
function cacheFile(source) {
  const { XDG_CACHE_HOME: cache, HOME: home } = process.env;
  const places = [cache, home && `${home}/.cache`];
  const place = places.find((path) => path?.startsWith('/'));
  const [, digest] = /^\/\/ ([0-9a-f]{64})\n/.exec(source) ?? [];
  if (place === undefined || digest === undefined) return undefined;
  const words = process.argv.slice(2);
  const command = words.find((word, at) => /^[a-z]{1,16}$/.test(word) && words[at - 1] !== '--root') ?? 'help';
  return { directory: `${place}/plinth/code/${digest.slice(0, 16)}-${process.version}-${process.arch}`, name: command };
}

/** V8's code, and behind it what is known of it: `{ chunks, writes }`. Code that another user wrote is not run. */
function readCache(fs, cache) {
  if (cache === undefined) return undefined;
  let file;
  try {
    file = fs.openSync(`${cache.directory}/${cache.name}`);
    const { uid, mode } = fs.fstatSync(file);
    if (uid !== process.geteuid() || (mode & 0o022) !== 0) return undefined;
    const bytes = fs.readFileSync(file);
    const end = bytes.length - LENGTH_BYTES;
    const codeBytes = end - bytes.readUInt32LE(end);
    return { ...JSON.parse(bytes.latin1Slice(codeBytes, end)), code: bytes.subarray(0, codeBytes) };
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) fs.closeSync(file);
  }
}

/** Makes a directory and up to `depth - 1` above it, but no home for a user without one; false if it was there. */
function makeDirectory(fs, path, depth) {
  if (fs.existsSync(path)) return false;
  const parent = path.slice(0, path.lastIndexOf('/'));
  if (depth > 1) makeDirectory(fs, parent, depth - 1);
  fs.mkdirSync(path, { mode: 0o700 });
  return true;
}

/** Does what it can: without the cache a start is only slower. */
function writeCache(fs, cache, script, facts) {
  if (cache === undefined) return;
  const { directory, name } = cache;
  const partial = `${directory}/.${name}-${process.pid}`;
  try {
    const isNew = makeDirectory(fs, directory, 4);
    const text = Buffer.from(JSON.stringify(facts), 'latin1');
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(text.length);
    const bytes = Buffer.concat([script.createCachedData(), text, length]);
    fs.writeFileSync(partial, bytes, { mode: 0o600, flush: true });
    fs.renameSync(partial, `${directory}/${name}`);
    if (isNew) removeOlder(fs, `${directory}/..`);
  } catch {
    fs.rm(partial, { force: true }, () => {});
  }
}

/** Removes the code of other versions, except what was just made: two versions may be in use at once. */
function removeOlder(fs, directory) {
  for (const name of fs.readdirSync(directory)) {
    const path = `${directory}/${name}`;
    if (fs.statSync(path).mtimeMs < Date.now() - DAY_MS) fs.rmSync(path, { recursive: true, force: true });
  }
}
