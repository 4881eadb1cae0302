/** A condition of the configuration language: names of options joined by `!`, `&&` and `||`. */
export type KconfigExpression =
  | { readonly kind: 'option'; readonly name: string }
  | { readonly kind: 'not'; readonly of: KconfigExpression }
  | { readonly kind: 'and' | 'or'; readonly left: KconfigExpression; readonly right: KconfigExpression };

/** Deeper than any real condition, and little enough for the stack. */
const MAX_DEPTH = 100;

/**
 * Parses `A && (B || !C)` (docs/Kconfig-language.txt of BusyBox); undefined for what is not understood, such as
 * comparisons, which BusyBox does not use.
 */
export function parseKconfigExpression(text: string): KconfigExpression | undefined {
  const words = text.match(/&&|\|\||[()!]|[A-Za-z0-9_]+|\S/g) ?? [];
  const reader = { words, at: 0 };
  const parsed = readOr(reader, 0);
  return reader.at === words.length ? parsed : undefined;
}

interface Reader {
  readonly words: readonly string[];
  at: number;
}

function readOr(reader: Reader, depth: number): KconfigExpression | undefined {
  let left = readAnd(reader, depth);
  while (left !== undefined && reader.words[reader.at] === '||') {
    reader.at += 1;
    const right = readAnd(reader, depth);
    left = right && { kind: 'or', left, right };
  }
  return left;
}

function readAnd(reader: Reader, depth: number): KconfigExpression | undefined {
  let left = readTerm(reader, depth);
  while (left !== undefined && reader.words[reader.at] === '&&') {
    reader.at += 1;
    const right = readTerm(reader, depth);
    left = right && { kind: 'and', left, right };
  }
  return left;
}

function readTerm(reader: Reader, depth: number): KconfigExpression | undefined {
  const word = reader.words[reader.at++];
  if (word === undefined || depth > MAX_DEPTH) return undefined;
  if (word === '!') {
    const of = readTerm(reader, depth + 1);
    return of && { kind: 'not', of };
  }
  if (word === '(') {
    const inner = readOr(reader, depth + 1);
    return reader.words[reader.at++] === ')' ? inner : undefined;
  }
  return /^\w+$/.test(word) ? { kind: 'option', name: word } : undefined;
}

/** Whether the condition holds when `isOn` tells which options are. */
export function holds(expression: KconfigExpression, isOn: (name: string) => boolean): boolean {
  switch (expression.kind) {
    case 'option':
      return isOn(expression.name);
    case 'not':
      return !holds(expression.of, isOn);
    case 'and':
      return holds(expression.left, isOn) && holds(expression.right, isOn);
    case 'or':
      return holds(expression.left, isOn) || holds(expression.right, isOn);
  }
}

/** The condition as one would write it. */
export function formatKconfigExpression(expression: KconfigExpression): string {
  switch (expression.kind) {
    case 'option':
      return expression.name;
    case 'not':
      return `!${formatPart(expression.of)}`;
    case 'and':
      return `${formatPart(expression.left)} && ${formatPart(expression.right)}`;
    case 'or':
      return `${formatKconfigExpression(expression.left)} || ${formatKconfigExpression(expression.right)}`;
  }
}

function formatPart(expression: KconfigExpression): string {
  return expression.kind === 'or' ? `(${formatKconfigExpression(expression)})` : formatKconfigExpression(expression);
}
