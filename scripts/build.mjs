// Makes dist/: the command, the library and the worker, one file each, and the library's types.
//   node scripts/build.mjs [--no-types]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCommand } from './bundle/command.mjs';
import { bundleEntries } from './bundle/entries.mjs';
import { lazyBuiltins } from './bundle/plugins.mjs';

const CHECKOUT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(CHECKOUT, 'dist');

class TypesFailed extends Error {}

// Built beside and put in place at the end: a command that runs meanwhile finds a whole dist/, the old or the new one.
const fresh = join(CHECKOUT, `dist.partial-${process.pid}`);
try {
  mkdirSync(fresh);
  await bundle(fresh);
  if (!process.argv.includes('--no-types')) declareTypes(join(fresh, 'types'));
  replace(DIST, fresh);
} catch (error) {
  // esbuild and tsc have printed their own errors.
  if (error.errors === undefined && !(error instanceof TypesFailed)) throw error;
  process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

async function bundle(outdir) {
  writeFileSync(join(outdir, 'plinth.cjs'), await bundleCommand(CHECKOUT));
  const source = join(CHECKOUT, 'src');
  await bundleEntries(CHECKOUT, {
    entryPoints: { sdk: join(source, 'sdk/index.ts'), worker: join(source, 'container/worker-main.ts') },
    outdir,
    outExtension: { '.js': '.mjs' },
    plugins: [lazyBuiltins(source)],
    // Measured: opening a file costs more than reading a long one. What is not used is not run: the bundler keeps
    // `import()` lazy also within one file.
    splitting: false,
  });
}

function declareTypes(outDir) {
  const tsc = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace(/package\.json$/, 'bin/tsc');
  const flags = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rewriteRelativeImportExtensions'];
  const config = ['--ignoreConfig', ...compilerFlags(), ...flags];
  const run = spawnSync(
    process.execPath,
    [tsc, ...config, '--rootDir', 'src', '--outDir', outDir, 'src/sdk/index.ts'],
    { cwd: CHECKOUT, encoding: 'utf8' },
  );
  if (run.status === 0) return;
  process.stderr.write(run.stdout + run.stderr);
  throw new TypesFailed(`tsc ended with status ${run.status}`);
}

/** The flags of tsconfig.json, for one entry file instead of the whole checkout. */
function compilerFlags() {
  const { compilerOptions } = JSON.parse(readFileSync(join(CHECKOUT, 'tsconfig.json'), 'utf8'));
  return Object.entries(compilerOptions)
    .filter(([name]) => name !== 'noEmit' && name !== 'declaration')
    .flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function replace(target, source) {
  const old = `${target}.old-${process.pid}`;
  if (existsSync(target)) renameSync(target, old);
  renameSync(source, target);
  rmSync(old, { recursive: true, force: true });
}
