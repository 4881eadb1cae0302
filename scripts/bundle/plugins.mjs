// What the bundler is told about our modules and Node's.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { namesIn, readDoor } from './door.mjs';

/** Everything that the sources say, to tell which members of a module they may use. */
function readSources(directory) {
  return readdirSync(directory, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('\n');
}

/**
 * Built-in modules, as modules that load them at the first use of a member: a static `import` of crypto, zlib, net and
 * child_process costs every command 15 ms, and none of them uses all. File and path functions are there from the start
 * and are taken as they are; an `import` of node:fs would load its streams, too, which costs 4 ms.
 */
export function lazyBuiltins(sourceDirectory) {
  const sources = readSources(sourceDirectory);
  return {
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
}

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
 * Imports through the door of a room, as imports of the files behind it: through a door the bundler takes a whole room
 * for used.
 */
export const throughDoors = {
  name: 'through-doors',
  setup({ onLoad }) {
    const doors = new Map();
    const doorAt = (path) => {
      const door = doors.get(path) ?? readDoor(path);
      doors.set(path, door);
      return door;
    };
    onLoad({ filter: /\/src\/.*\.ts$/, namespace: 'file' }, ({ path }) => {
      const contents = readFileSync(path, 'utf8').replace(
        /^import \{([^}]*)\} from '(\.[^']*\/index\.ts)';/gm,
        (_, list, file) => importsBehind(namesIn(list), join(dirname(path), file), doorAt),
      );
      return { contents, loader: 'ts' };
    });
  },
};

/** One import for each name: from behind as many doors as it takes, or from the door itself. */
function importsBehind(names, door, doorAt) {
  return names
    .map(({ name, as }) => {
      let found = { file: door, name };
      for (;;) {
        const behind = found.file.endsWith('/index.ts') ? doorAt(found.file).get(found.name) : undefined;
        if (behind === undefined) return `import { ${found.name} as ${as} } from '${found.file}';`;
        found = behind;
      }
    })
    .join(' ');
}

/**
 * The door of the library, as a module that calls `load` for the file behind a function at its first use: each command
 * uses one of them.
 */
export function lazyLibrary(path, load) {
  return {
    name: 'lazy-library',
    setup({ onResolve, onLoad }) {
      const namespace = 'lazy-library';
      onResolve({ filter: /\/sdk\/index\.ts$/ }, () => ({ path, namespace }));
      onLoad({ filter: /.*/, namespace }, () => {
        const getters = [...readDoor(path)].map(
          ([as, { file, name }]) => `  get ${as}() { return ${load(file)}.${name}; },\n`,
        );
        return { contents: `module.exports = {\n${getters.join('')}};\n` };
      });
    },
  };
}
