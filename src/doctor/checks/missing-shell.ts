import { type ByteString, decodeText, encodeText } from '../../bytes/index.ts';
import type { LoaderProblem } from '../../loader/index.ts';
import { type Finding, type Fix, finding } from '../finding.ts';
import { hostProgram } from '../host-files.ts';
import type { CheckContext } from './check.ts';
import type { Attempt } from './plan.ts';
import { sameNameElsewhere, wanted } from './replace.ts';
import { simpleWords } from './shell-words.ts';

const SHELL = /^(?:.*\/)?(?:sh|bash|ash|dash)$/;

/** The shell form of CMD in an image without a shell. */
export function missingShell(context: CheckContext, problem: LoaderProblem, { words }: Attempt): Finding | undefined {
  const [shell = '' as ByteString, option, text = '' as ByteString] = words;
  if (!SHELL.test(shell) || option !== '-c') return undefined;
  const cause = `The command is in the shell form, ${JSON.stringify(decodeText(text))}, which ${decodeText(shell)} has to read, and the image has none.`;
  return finding('shell-missing', shell, { why: problem.message, cause, fix: withoutShell(context, shell, text) });
}

function withoutShell(context: CheckContext, shell: ByteString, text: ByteString): Fix {
  const { patient, mender } = context;
  const words = simpleWords(decodeText(text))?.map(encodeText);
  if (words?.[0] !== undefined && patient.starts(words)) return mender.command(words);
  const other = sameNameElsewhere(context, shell);
  if (other !== undefined) return mender.copyWithin(other, shell);
  const files = hostProgram(patient, shell, undefined);
  return files === undefined ? wanted(context, shell) : mender.fromHost(files);
}
