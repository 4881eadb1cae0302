import { type ElfFile, type NameBeginnings, readElf } from '../elf/index.ts';
import { isPlinthError, type PlinthError } from '../errors/index.ts';
import type { FileNode, Node } from '../tree/index.ts';

/** Reads each ELF file once, however many programs need it. */
export class ElfFiles {
  readonly #read = new Map<Node, ElfFile | PlinthError>();
  readonly #symbols: NameBeginnings | undefined;

  /** `symbols` are those that will be asked of all: see {@link readElf}. */
  constructor(symbols?: NameBeginnings) {
    this.#symbols = symbols;
  }

  /** What the file says, or why it cannot be read: it is no ELF file, damaged, or not ours to read. */
  read(node: FileNode): ElfFile | PlinthError {
    const known = this.#read.get(node);
    if (known !== undefined) return known;
    const result = readFile(node, this.#symbols);
    this.#read.set(node, result);
    return result;
  }
}

function readFile(node: FileNode, symbols: NameBeginnings | undefined): ElfFile | PlinthError {
  try {
    return readElf(node.content, symbols);
  } catch (error) {
    if (isPlinthError(error)) return error;
    throw error;
  }
}
