import { type ByteString, decodeText } from '../bytes/index.ts';
import { type DoctorCode, doctorCodes } from './codes.ts';

/** `error`: it does not start; `warning`: it starts, and something will fail; `note`: worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

/** What to do about a finding, to be used as it stands. */
export interface Fix {
  /** Commands of a shell; for an image in the directory of the build context, before it is built. */
  readonly commands: readonly string[];
  /** Lines for the end of the Dockerfile; with a FROM of their own, for one that takes the place of it. */
  readonly dockerfile: readonly string[];
}

/** One reason why something would not start, or not work. */
export interface Finding {
  readonly code: DoctorCode;
  readonly severity: Severity;
  /** The file that it is about. */
  readonly path: string;
  /** What the user would see, in the words of the one who says it. */
  readonly why: string;
  /** What is really the matter. */
  readonly cause: string;
  readonly fix: Fix;
}

/** A fix of commands alone, or of lines of a Dockerfile alone. */
export const commandsFix = (...commands: readonly string[]): Fix => ({ commands, dockerfile: [] });
export const dockerfileFix = (...dockerfile: readonly string[]): Fix => ({ commands: [], dockerfile });

/** A finding with the severity that its code has. */
export function finding(
  code: DoctorCode,
  path: ByteString,
  facts: Pick<Finding, 'why' | 'cause' | 'fix'> & { readonly severity?: Severity },
): Finding {
  const { severity = doctorCodes[code].severity, why, cause, fix } = facts;
  return { code, severity, path: decodeText(path), why, cause, fix };
}
