import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadKoffi } from './load-koffi.ts';

/** As the bundler puts it in. */
function bundledFor(version: string): void {
  vi.stubGlobal('PLINTH_KOFFI', version);
}

const { dependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const { execPath } = process;

describe('loadKoffi', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    process.execPath = execPath;
  });

  it.each([
    ['from the sources', () => undefined],
    ['in a bundle', () => bundledFor(dependencies.koffi)],
    ['in a bundle for another version', () => bundledFor('0.0.0')],
    [
      'whose program is gone',
      () => {
        bundledFor(dependencies.koffi);
        process.execPath = '/nowhere/node';
      },
    ],
  ])('gives what can load the C library: %s', (_, prepare) => {
    prepare();
    const pid = loadKoffi().load(null).func('int getpid()');
    expect(pid()).toBe(process.pid);
  });
});
