import { type KconfigExpression, parseKconfigExpression } from './kconfig-expression.ts';

/** One option of BusyBox's configuration. */
export interface KconfigOption {
  readonly name: string;
  type: 'bool' | 'string' | 'int' | 'hex' | undefined;
  /** All must hold for it to be offered: its own conditions and those of what stands around it. */
  readonly conditions: KconfigExpression[];
  /** The other members of the choice that it belongs to: exactly one of them is on. */
  readonly rivals: string[];
}

/** All options by name. */
export type Kconfig = ReadonlyMap<string, KconfigOption>;

const MAX_FILES = 200;
const MAX_OPTIONS = 20_000;

/**
 * Reads the options from `Config.in` and the files that it names (docs/Kconfig-language.txt of BusyBox). `read` gives
 * the text of a file of the source; one that is missing is passed over, as is what is not understood.
 */
export function readKconfig(read: (path: string) => string | undefined): Kconfig {
  const reader = new KconfigReader(read);
  reader.readFile('Config.in');
  return reader.options;
}

interface Block {
  readonly kind: 'if' | 'menu' | 'choice';
  readonly conditions: KconfigExpression[];
  readonly members: KconfigOption[];
}

class KconfigReader {
  readonly options = new Map<string, KconfigOption>();
  readonly #read: (path: string) => string | undefined;
  readonly #blocks: Block[] = [];
  readonly #files = new Set<string>();
  /** What the lines below belong to. */
  #current: { readonly option?: KconfigOption; readonly conditions: KconfigExpression[] } | undefined;

  constructor(read: (path: string) => string | undefined) {
    this.#read = read;
  }

  readFile(path: string): void {
    if (this.#files.has(path) || this.#files.size >= MAX_FILES) return;
    this.#files.add(path);
    let inHelp = false;
    for (const line of (this.#read(path) ?? '').split('\n')) {
      // The text of a help is indented; the next line that is not ends it.
      if (inHelp && (/^\s/.test(line) || line === '')) continue;
      inHelp = /^\s+(help|---help---)\s*$/.test(line);
      if (!inHelp) this.#readLine(line);
    }
  }

  #readLine(line: string): void {
    const [, word = '', rest = ''] = /^\s*([a-z]+)(?:\s+(.*))?$/.exec(line.replace(/\s#.*$/, '')) ?? [];
    switch (word) {
      case 'config':
        this.#open(rest.trim());
        return;
      case 'bool':
      case 'string':
      case 'int':
      case 'hex':
        if (this.#current?.option !== undefined) this.#current.option.type = word;
        return;
      case 'depends':
        this.#current?.conditions.push(...conditions(rest.replace(/^on\s+/, '')));
        return;
      case 'if':
      case 'menu':
      case 'choice':
        this.#enter({ kind: word, conditions: word === 'if' ? conditions(rest) : [], members: [] });
        return;
      case 'endif':
      case 'endmenu':
      case 'endchoice':
        this.#leave();
        return;
      case 'source':
        this.readFile(rest.trim().replace(/^"(.*)"$/, '$1'));
        return;
      case 'comment':
        // Its conditions are of no interest, and must not go to the option above.
        this.#current = undefined;
    }
  }

  #open(name: string): void {
    if (!/^\w{1,100}$/.test(name) || this.options.size >= MAX_OPTIONS) return;
    const around = this.#blocks.flatMap((block) => block.conditions);
    const option = this.options.get(name) ?? { name, type: undefined, conditions: [...around], rivals: [] };
    this.options.set(name, option);
    const block = this.#blocks.at(-1);
    if (block?.kind === 'choice') block.members.push(option);
    this.#current = { option, conditions: option.conditions };
  }

  #enter(block: Block): void {
    this.#blocks.push(block);
    this.#current = block;
  }

  #leave(): void {
    const members = this.#blocks.pop()?.members ?? [];
    for (const option of members) {
      option.rivals.push(...members.filter((other) => other !== option).map(({ name }) => name));
    }
    this.#current = undefined;
  }
}

function conditions(text: string): KconfigExpression[] {
  const parsed = parseKconfigExpression(text);
  return parsed === undefined ? [] : [parsed];
}
