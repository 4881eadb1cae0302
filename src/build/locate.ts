import {
  type LanguageFeature,
  languageFeatures,
  nodeRange,
  renderSourceExcerpt,
  type SourceRange,
  type SyntaxNode,
} from '../dockerfile/index.ts';
import { isPlinthError, PlinthError } from '../errors/index.ts';
import { buildError } from './error.ts';

/** Runs `act`; an error of it that has no place in the Dockerfile gets that of `node`. */
export function locating<Result>(node: SyntaxNode, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw isPlinthError(error) ? withDetails(error, { range: nodeRange(node) }) : error;
  }
}

/** Tells that the Dockerfile uses what this build cannot do. */
export function unsupported(what: string, range: SourceRange): PlinthError {
  return buildError('instruction-unsupported', `build: ${what} is not supported yet`, { details: { range } });
}

/** The same, of a feature of the language; the flag is pointed at if there is one. */
export function unsupportedFeature(feature: LanguageFeature, node: SyntaxNode): PlinthError {
  const text = languageFeatures[feature];
  const flag = /--[a-z-]+/.exec(text)?.[0];
  const word = node.flags.find((one) => flag !== undefined && one.text.startsWith(flag));
  return unsupported(text, nodeRange(node, word));
}

/** `error` with more details; those it has already win. */
export function withDetails(error: PlinthError, details: Readonly<Record<string, unknown>>): PlinthError {
  return copyOf(error, { ...details, ...error.details });
}

function copyOf(error: PlinthError, details: Readonly<Record<string, unknown>>): PlinthError {
  const { message, code, hint, cause } = error;
  const copy = new PlinthError(message, { code, hint, cause, details });
  if (error.stack !== undefined) copy.stack = error.stack;
  return copy;
}

/** `error` as one about `range`, whatever place it had: that was in a text the user does not see. */
export function relocated(error: unknown, range: SourceRange): unknown {
  if (!isPlinthError(error)) return error;
  return copyOf(error, { ...error.details, range, line: range.start.line });
}

/** `error` with file, lines and an excerpt of the Dockerfile, if it is about a place in it. */
export function withExcerpt(error: PlinthError, file: string, text: string): PlinthError {
  const range = error.details.range as SourceRange | undefined;
  if (range === undefined || error.details.excerpt !== undefined) return error;
  const { line, column } = range.start;
  const excerpt = renderSourceExcerpt(text, range);
  // Whatever file and line the error itself has, such as those of an account file, its place is shown here.
  const place = { file, line, column, endLine: range.end.line, excerpt, source: text };
  return copyOf(error, { ...error.details, ...place });
}
