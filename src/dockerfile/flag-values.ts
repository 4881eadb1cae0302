import { type DockerfileErrorCode, type DockerfileProblem, dockerfileProblem } from './dockerfile-error.ts';
import { nearMissHint } from './near-miss.ts';
import type { Word } from './source-range.ts';
import { nodeRange, type SyntaxNode } from './syntax-node.ts';

/** What a flag takes: true or false, one text, or a text each time it is given. */
export type FlagKind = 'boolean' | 'text' | 'texts';

/** The flags of one instruction, checked against those it knows. */
export class FlagValues<Name extends string> {
  readonly #node: SyntaxNode;
  readonly #values = new Map<string, { readonly word: Word; readonly value: string }[]>();

  /** @throws PlinthError `dockerfile-flag-unknown`, `dockerfile-flag-invalid` */
  constructor(node: SyntaxNode, known: Readonly<Record<Name, FlagKind>>) {
    this.#node = node;
    for (const word of node.flags) this.#add(word, known);
  }

  /** The value of a `text` flag. */
  text(name: Name): string | undefined {
    return this.#values.get(name)?.[0]?.value;
  }

  /** The values of a `texts` flag. */
  texts(name: Name): readonly string[] {
    return this.#values.get(name)?.map(({ value }) => value) ?? [];
  }

  /** The value of a `boolean` flag. */
  boolean(name: Name): boolean | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : value.toLowerCase() !== 'false';
  }

  /** The error of a value that is not what the flag takes. */
  problem(name: Name, index: number, fact: string, hint?: string): DockerfileProblem {
    return this.#problem(this.#values.get(name)?.[index]?.word, fact, 'dockerfile-flag-invalid', hint);
  }

  #add(word: Word, known: Readonly<Record<string, FlagKind>>): void {
    const equals = word.text.indexOf('=');
    const name = word.text.slice(2, equals < 0 ? undefined : equals);
    const value = equals < 0 ? undefined : word.text.slice(equals + 1);
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) {
      throw this.#problem(word, `unknown flag: --${name}`, 'dockerfile-flag-unknown', knownHint(name, known));
    }
    const given = this.#values.get(name) ?? [];
    if (given.length > 0 && kind !== 'texts') throw this.#problem(word, `duplicate flag specified: --${name}`);
    const isMissing = kind === 'boolean' ? value === '' : value === undefined;
    if (isMissing) throw this.#problem(word, `missing a value on flag: --${name}`);
    if (kind === 'boolean' && !/^(true|false)$/i.test(value ?? 'true')) {
      throw this.#problem(word, `expecting boolean value for flag --${name}, not: ${value}`);
    }
    this.#values.set(name, [...given, { word, value: value ?? 'true' }]);
  }

  #problem(word: Word | undefined, fact: string, code: DockerfileErrorCode = 'dockerfile-flag-invalid', hint?: string) {
    return dockerfileProblem(fact, { code, hint, range: nodeRange(this.#node, word) });
  }
}

function knownHint(name: string, known: Readonly<Record<string, FlagKind>>): string {
  const names = Object.keys(known).map((known) => `--${known}`);
  if (names.length === 0) return 'The instruction has no flags; a word that starts with -- goes after `--`.';
  return nearMissHint(`--${name}`, names) ?? `The flags are ${names.join(', ')}.`;
}
