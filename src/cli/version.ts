import { readFileSync } from 'node:fs';

/** Put in by the bundler, so that a start reads one file less. */
declare const PLINTH_VERSION: string | undefined;

/** The version in package.json. */
export function plinthVersion(): string {
  if (typeof PLINTH_VERSION === 'string') return PLINTH_VERSION;
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return String((manifest as { version?: unknown }).version);
}
