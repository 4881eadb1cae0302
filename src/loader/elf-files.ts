import { type ElfFile, readElf } from '../elf/index.ts';
import { isPlinthError, type PlinthError } from '../errors/index.ts';
import type { FileNode, Node } from '../tree/index.ts';

/** Reads each ELF file once, however many programs need it. */
export class ElfFiles {
  readonly #read = new Map<Node, ElfFile | PlinthError>();

  /** What the file says, or why it cannot be read: it is no ELF file, damaged, or not ours to read. */
  read(node: FileNode): ElfFile | PlinthError {
    const known = this.#read.get(node);
    if (known !== undefined) return known;
    const result = readFile(node);
    this.#read.set(node, result);
    return result;
  }
}

function readFile(node: FileNode): ElfFile | PlinthError {
  try {
    return readElf(node.content);
  } catch (error) {
    if (isPlinthError(error)) return error;
    throw error;
  }
}
