// Makes dist/: the command, the library and the worker, one file each, and the library's types.
//   node scripts/build.mjs [--no-types] [--verbose]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const CHECKOUT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(CHECKOUT, 'dist');
const verbose = process.argv.includes('--verbose');

class TypesFailed extends Error {}

/** Everything that the project's sources say, to tell which members of a module they may use. */
const sources = readdirSync(join(CHECKOUT, 'src'), { recursive: true })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(CHECKOUT, 'src', name), 'utf8'))
  .join('\n');

/**
 * Built-in modules, as modules that load them at the first use of a member: a static `import` of crypto, zlib, net and
 * child_process costs every command 15 ms, and none of them uses all. File and path functions are there from the start
 * and are taken as they are; an `import` of node:fs would load its streams, too, which costs 4 ms.
 */
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== 'default' && sources.includes(name));
      const eager = path === 'node:fs' || path === 'node:path';
      return { contents: eager ? eagerModule(path, names) : lazyModule(path, names) };
    });
  },
};

function eagerModule(path, names) {
  const members = names.map((name) => `export const ${name} = /* @__PURE__ */ pick('${name}');`);
  return `const loaded = process.getBuiltinModule('${path}');\nconst pick = (name) => loaded[name];\n${members.join('\n')}\n`;
}

function lazyModule(path, names) {
  const members = names.map((name) => `  get ${name}() { return load().${name}; },\n`);
  const load = `let loaded;\nconst load = () => (loaded ??= process.getBuiltinModule('${path}'));\n`;
  return `${load}module.exports = {\n${members.join('')}};\n`;
}

/**
 * The door of the library, as a module that runs a file behind it at the first use of something from there: each command
 * uses one function of it.
 */
const lazyLibrary = {
  name: 'lazy-library',
  setup({ onResolve, onLoad }) {
    const namespace = 'lazy-library';
    onResolve({ filter: /\/sdk\/index\.ts$/ }, () => ({ path: join(CHECKOUT, 'src/sdk/index.ts'), namespace }));
    onLoad({ filter: /.*/, namespace }, ({ path }) => {
      const exported = readFileSync(path, 'utf8').matchAll(/^export \{([^}]*)\} from '([^']*)';/gm);
      const getters = [...exported].flatMap(([, names, file]) =>
        names
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== '' && !name.startsWith('type '))
          .map((name) => `  get ${name}() { return require('${file}').${name}; },\n`),
      );
      return { contents: `module.exports = {\n${getters.join('')}};\n`, resolveDir: dirname(path) };
    });
  },
};

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
  // A script, which bin/plinth.mjs can start with cached code.
  await bundleEntries({ plinth: 'cli/main.ts' }, outdir, {
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    // A script that imports needs a loader, which Node 24 warns of.
    supported: { 'dynamic-import': false },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'bundleUrl' },
    plugins: [lazyBuiltins, lazyLibrary],
  });
  await bundleEntries({ sdk: 'sdk/index.ts', worker: 'container/worker-main.ts' }, outdir, {
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    plugins: [lazyBuiltins],
  });
  prependDigest(join(outdir, 'plinth.cjs'));
}

async function bundleEntries(entries, outdir, { define, ...options }) {
  const { version, dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(CHECKOUT, 'package.json'), 'utf8'),
  );
  const result = await build({
    ...options,
    absWorkingDir: CHECKOUT,
    entryPoints: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(CHECKOUT, 'src', file)])),
    outdir,
    bundle: true,
    // Measured: opening a file costs more than reading a long one. What a command does not use is not run: the
    // bundler keeps `import()` lazy also within one file.
    splitting: false,
    platform: 'node',
    target: 'node24',
    // A shorter text is read sooner; names and lines stay, so that stacks can be read.
    minifyWhitespace: true,
    lineLimit: 120,
    charset: 'ascii',
    define: { PLINTH_VERSION: JSON.stringify(version), 'import.meta.main': 'false', ...define },
    // What brings native code or WebAssembly stays a package of its own.
    external: Object.keys({ ...dependencies, ...optionalDependencies }),
    logLevel: 'warning',
    metafile: verbose,
  });
  if (verbose) {
    for (const [file, { bytes }] of Object.entries(result.metafile.outputs)) process.stdout.write(`${file} ${bytes}\n`);
  }
}

/** For bin/plinth.mjs, to tell bundles apart; it reads a byte as a character, which is faster. */
function prependDigest(file) {
  const code = readFileSync(file);
  const other = code.findIndex((byte) => byte > 0x7f);
  if (other >= 0) {
    const near = code.subarray(Math.max(0, other - 40), other + 40);
    throw new Error(
      `write ${file}: it is not all ASCII, near ${JSON.stringify(String(near))}: write \\u escapes in regular expressions`,
    );
  }
  writeFileSync(file, `// ${createHash('sha256').update(code).digest('hex')}\n${code}`);
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
