// The command as one script of chunks.
import { createHash } from 'node:crypto';
import { dirname, join, posix } from 'node:path';
import { transform } from 'esbuild';
import { defaultFilter, filterKey } from '../../src/runtime/default-filter.ts';
import { DEFAULT_CAPABILITIES } from '../../src/runtime/default-spec.ts';
import { readDoor } from './door.mjs';
import { bundleEntries, SHORT } from './entries.mjs';
import { lazyBuiltins, lazyLibrary, throughDoors } from './plugins.mjs';

/** What a chunk calls to have another. */
const LOAD_CHUNK = 'loadChunk';

/** A module as the bundler prints it: imports, text, a list of exports; the last is a CommonJS module's as a whole. */
const MODULE = /^((?:import [^;]*;\n)*)(.*?)(?:(?<![^\n])export (?:(\{[^}]*\})|default ([^\n]*));\n)?$/s;

/**
 * The text of a script that is a function of (exports, require, module, __filename), so that it can be started with
 * cached code. Its first line is a digest of the rest.
 *
 * It is made of the chunks that the bundler would write as files, each a function of its own: V8 makes nothing of a
 * chunk that a command does not use but its text, and the cached code is half as long.
 */
export async function bundleCommand(checkout) {
  const source = join(checkout, 'src');
  const sdkDoor = join(source, 'sdk/index.ts');
  const entryName = (file) => file.slice(source.length + 1, -'.ts'.length);
  const behindDoor = [...readDoor(sdkDoor).values()].map(({ file }) => [entryName(file), file]);
  const { outputFiles } = await bundleEntries(checkout, {
    entryPoints: { main: join(source, 'cli/main.ts'), ...Object.fromEntries(behindDoor) },
    // Nothing is written.
    outdir: checkout,
    write: false,
    splitting: true,
    chunkNames: 'chunk-[hash]',
    define: { 'import.meta.url': 'bundleUrl', PLINTH_FILTERS: JSON.stringify(readyFilters()) },
    plugins: [
      lazyBuiltins(source),
      lazyLibrary(sdkDoor, (file) => `${LOAD_CHUNK}('${entryName(file)}.js')`),
      throughDoors,
    ],
    minifyWhitespace: false,
  });
  const chunks = outputFiles.map(({ path, text }) => chunkFunction(path.slice(checkout.length + 1), text));
  const script = `'use strict';
const bundleUrl = require('node:url').pathToFileURL(__filename).href;
const loaded = new Map();
function ${LOAD_CHUNK}(name) {
  const chunk = loaded.get(name) ?? chunks[name]();
  loaded.set(name, chunk);
  return chunk;
}
const chunks = {
${chunks.join(',\n')}
};
module.exports = { ...${LOAD_CHUNK}('main.js'), loadedChunks: () => loaded.keys() };
`;
  // A script that imports needs a loader, which Node 24 warns of.
  const { code } = await transform(script, {
    ...SHORT,
    supported: { 'dynamic-import': false },
    logLevel: 'warning',
  });
  return withDigest(`(function (exports, require, module, __filename) {\n${code}})\n`);
}

/** The system call filters of containers with the default capabilities, as src/runtime/default-filter.ts takes them. */
function readyFilters() {
  const filters = ['x86-64', 'arm64'].map((machine) => [
    filterKey(machine, DEFAULT_CAPABILITIES),
    Buffer.from(defaultFilter(machine, DEFAULT_CAPABILITIES)).toString('base64'),
  ]);
  return JSON.stringify(Object.fromEntries(filters));
}

/** A chunk as a member of an object: a function that returns what the chunk exports. Chunks do not import in circles. */
function chunkFunction(name, code) {
  const [, imports, body, names = '{}', whole] = MODULE.exec(code);
  const statements = (imports.match(/.*?;\n/gs) ?? []).map((statement) => {
    const [, imported, file] = /^import (?:(\{[^}]*\}) from )?"([^"]*)";\n$/.exec(statement) ?? [];
    if (file === undefined) throw new Error(`bundle the command: ${name} has ${JSON.stringify(statement)}`);
    const load = `${LOAD_CHUNK}('${posix.join(dirname(name), file)}');`;
    return imported === undefined ? load : `const ${imported.replaceAll(' as ', ': ')} = ${load}`;
  });
  const text = body.replace(/\bimport\("(\.[^"]*\.js)"\)/g, (_, file) => {
    return `Promise.resolve().then(() => ${LOAD_CHUNK}('${posix.join(dirname(name), file)}'))`;
  });
  const exported = whole ?? names.replace(/(\S+) as ([^\s,]+)/g, '$2: $1');
  return `'${name}'() {\n${statements.join('\n')}\n${text}\nreturn ${exported};\n}`;
}

/** For bin/plinth.mjs, to tell bundles apart; it reads a byte as a character, which is faster. */
function withDigest(code) {
  const other = /[^\0-\x7f]/.exec(code);
  if (other !== null) {
    const near = code.slice(Math.max(0, other.index - 40), other.index + 40);
    throw new Error(
      `bundle the command: not all is ASCII, near ${JSON.stringify(near)}: write \\u escapes in regular expressions`,
    );
  }
  return `// ${createHash('sha256').update(code).digest('hex')}\n${code}`;
}
