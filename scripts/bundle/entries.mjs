// The bundler, with what holds for every bundle.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** A shorter text is read sooner; names and lines stay, so that stacks can be read. */
export const SHORT = { target: 'node24', minifyWhitespace: true, lineLimit: 120, charset: 'ascii' };

/** The bundler's result; it prints its errors itself and throws an error with `errors`. */
export async function bundleEntries(checkout, { define, ...options }) {
  const { version, dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(checkout, 'package.json'), 'utf8'),
  );
  return await build({
    absWorkingDir: checkout,
    bundle: true,
    format: 'esm',
    platform: 'node',
    ...SHORT,
    // What brings native code or WebAssembly stays a package of its own.
    external: Object.keys({ ...dependencies, ...optionalDependencies }),
    define: {
      PLINTH_VERSION: JSON.stringify(version),
      PLINTH_KOFFI: JSON.stringify(dependencies.koffi),
      'import.meta.main': 'false',
      ...define,
    },
    logLevel: 'warning',
    ...options,
  });
}
