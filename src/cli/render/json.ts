/** Values as JSON, one a line. */
export function formatJsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

/** A value as JSON for people: four spaces, as Docker prints it. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 4)}\n`;
}
