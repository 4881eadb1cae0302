/** The arguments of an exec form. */
export interface JsonForm {
  readonly strings: readonly string[];
}

/**
 * Reads `text` as a JSON array of strings; undefined if it is no JSON array and so the shell form.
 * An array with anything but strings is no shell form: `not-strings`.
 */
export function readJsonForm(text: string): JsonForm | 'not-strings' | undefined {
  if (!text.startsWith('[')) return undefined;
  const values = parseArray(text);
  if (values === undefined) return undefined;
  if (!values.every((value) => typeof value === 'string')) return 'not-strings';
  return { strings: values.map((value) => value.toWellFormed()) };
}

function parseArray(text: string): readonly unknown[] | undefined {
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    return undefined;
  }
}
