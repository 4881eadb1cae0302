import type { Content, FileNode, Xattrs } from '../tree/index.ts';

/** What a copy has otherwise than what it was made of. */
export interface CopyAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A file like another: a node of its own, which takes all but mode and owner from there when it is asked. */
export class FileCopy implements FileNode {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly #original: FileNode;

  constructor(original: FileNode, { mode, uid, gid }: CopyAttributes) {
    this.#original = original;
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
  }

  get kind(): 'file' {
    return 'file';
  }

  get mtimeNs(): bigint {
    return this.#original.mtimeNs;
  }

  get xattrs(): Xattrs {
    return this.#original.xattrs;
  }

  get content(): Content {
    return this.#original.content;
  }
}
