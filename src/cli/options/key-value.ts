/** A name with its value. */
export type KeyValue = readonly [key: string, value: string];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `KEY=VALUE`, or `KEY` alone with an empty value (Docker's `--label`).
 *
 * @throws Error with the fact only; the flag parser adds the flag
 */
export function parseLabel(given: string): KeyValue {
  const [key, value] = split(given);
  return [key, value ?? ''];
}

/**
 * `KEY=VALUE`, or `KEY` alone for the value in `environment` (Docker's `--env` and `--build-arg`);
 * undefined if the key is not set there.
 *
 * @throws Error with the fact only; the flag parser adds the flag
 */
export function parseVariable(given: string, environment: Environment): KeyValue | undefined {
  const [key, value = environment[key]] = split(given);
  return value === undefined ? undefined : [key, value];
}

/** {@link parseVariable} of each, without those that are not set. */
export function parseVariables(given: readonly string[], environment: Environment): KeyValue[] {
  return given.map((word) => parseVariable(word, environment)).filter((variable) => variable !== undefined);
}

/**
 * The variables of an `--env-file`: one `KEY=VALUE` or `KEY` a line, taken as it stands (no quotes, no expansion);
 * empty lines and lines with `#` first are skipped.
 *
 * @throws Error that names the line
 */
export function parseEnvFile(content: string, environment: Environment): KeyValue[] {
  const variables: KeyValue[] = [];
  for (const [index, raw] of content
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const [key] = line.split('=', 1);
    if (key === undefined || key === '' || /\s/.test(key)) {
      throw new Error(`line ${index + 1}: ${JSON.stringify(key)} cannot be the name of a variable`);
    }
    const variable = parseVariable(line, environment);
    if (variable !== undefined) variables.push(variable);
  }
  return variables;
}

function split(given: string): [key: string, value: string | undefined] {
  const equals = given.indexOf('=');
  const key = equals < 0 ? given : given.slice(0, equals);
  if (key === '') throw new Error(`${JSON.stringify(given)} has no name before the =`);
  return [key, equals < 0 ? undefined : given.slice(equals + 1)];
}
