import type { BuildEvent } from '../../build/index.ts';
import type { Progress, ProgressPowers } from './progress.ts';

/**
 * Progress for programs: every event as a JSON object on a line of its own.
 *
 * Output of a step is `text` where the piece is valid UTF-8, else `base64`; an error is `{code, message, hint}`.
 */
export function createJsonProgress({ write }: Pick<ProgressPowers, 'write'>): Progress {
  return { observe: (event) => write(`${JSON.stringify(describe(event))}\n`), close: () => {} };
}

function describe(event: BuildEvent): unknown {
  if (event.kind === 'step-output') {
    const { bytes, ...rest } = event;
    const text = decode(bytes);
    return text === undefined ? { ...rest, base64: Buffer.from(bytes).toString('base64') } : { ...rest, text };
  }
  if (event.kind === 'step-failed') {
    const { code, message, hint } = event.error;
    return { ...event, error: { code, message, hint } };
  }
  return event;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
