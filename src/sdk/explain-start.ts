import type { DiffId } from '../bytes/index.ts';
import { explainShell, explainStart, type Finding, type Fix } from '../doctor/index.ts';
import { isPlinthError, PlinthError } from '../errors/index.ts';
import type { Platform, ProcessConfig } from '../oci/index.ts';
import type { Store } from '../store/index.ts';
import { patientFacts } from './doctor.ts';
import { type Common, withStore } from './session.ts';

/** What was to be started, and upon which layers. */
export interface FailedStart extends Common {
  readonly layers: readonly DiffId[];
  /** What the image is called; what is no image yet has no name. */
  readonly image?: string | undefined;
  readonly platform: Platform;
  /** With the variables, the user and the working directory that were in force. */
  readonly config: ProcessConfig;
  readonly words: readonly string[];
  /** Where something of this machine was shown in the container. */
  readonly mounted?: readonly string[];
}

const START_CODES: ReadonlySet<string> = new Set([
  'command-not-found',
  'command-not-executable',
  'command-interpreter-missing',
]);

/** The error of a command that could not be executed, with what the doctor finds to be the reason; any other as it is. */
export async function explainedError(error: unknown, failed: FailedStart): Promise<unknown> {
  if (!isPlinthError(error) || !START_CODES.has(error.code)) return error;
  const found = await findReason(failed, undefined);
  if (found === undefined) return error;
  const message = `${error.message}: ${asClause(found.cause)}`;
  const { code, details } = error;
  return new PlinthError(message, {
    code,
    hint: fixText(found.fix),
    details: { ...details, finding: found.code },
    cause: error,
  });
}

/** What a shell meant that ended with 126 or 127: a hint; undefined if nothing is found. */
export async function explainedStatus(status: number, failed: FailedStart): Promise<string | undefined> {
  const [shell = '', option, text] = failed.words;
  if ((status !== 126 && status !== 127) || !/(?:^|\/)(?:ba|da|a)?sh$/.test(shell) || option !== '-c') return undefined;
  const found = await findReason(failed, text);
  return found === undefined ? undefined : `${found.why}: ${asClause(found.cause)}.\n${fixText(found.fix)}`;
}

/** Never in the way of the first error: what cannot be looked at is not explained. */
async function findReason(failed: FailedStart, text: string | undefined): Promise<Finding | undefined> {
  const { layers, image = '', platform, config, words, mounted = [] } = failed;
  try {
    return await withStore(failed, (store: Store) => {
      const facts = patientFacts({
        tree: store.tree(layers),
        source: { kind: 'image', name: image },
        config,
        platform,
        command: words,
      });
      const found = text === undefined ? explainStart(facts) : explainShell(facts, text);
      return found !== undefined && mounted.some((place) => isBelow(found.path, place)) ? undefined : found;
    });
  } catch {
    return undefined;
  }
}

function isBelow(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place.replace(/\/+$/, '')}/`);
}

function asClause(sentence: string): string {
  const text = sentence.replace(/\.$/, '');
  return /^[A-Z][a-z]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text;
}

function fixText({ commands, dockerfile }: Fix): string {
  return [
    ...(commands.length === 0 ? [] : ['Run:', ...commands.map((line) => `  ${line}`)]),
    ...(dockerfile.length === 0 ? [] : ['In the Dockerfile:', ...dockerfile.map((line) => `  ${line}`)]),
  ].join('\n');
}
