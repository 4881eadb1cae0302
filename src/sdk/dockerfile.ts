import { dockerfileExpandOutput, dockerfileParseOutput } from '../dockerfile/index.ts';

/**
 * The instructions of a Dockerfile as JSON: an array of `{name, flags, args, json, line, endLine, heredocs, sub}`.
 *
 * @throws PlinthError of `dockerfile/`
 */
export function parseDockerfile(text: string): string {
  return dockerfileParseOutput(text);
}

/**
 * Expands words as the Dockerfile reference says: from a JSON array of `{word, env, mode: "word"|"words"}` to one of
 * `{value}`, `{values}` or `{error}`.
 *
 * @throws PlinthError `dockerfile-request-invalid`
 */
export function expandDockerfileWords(json: string): string {
  return dockerfileExpandOutput(json);
}
