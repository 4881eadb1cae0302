import { closeSync, constants, fchmodSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { ByteString } from '../bytes/index.ts';
import { type FileNode, forEachDataChunk } from '../tree/index.ts';
import { hostPath } from './host-path.ts';
import type { OwnerSetter } from './owner.ts';
import { futimensNs } from './time.ts';

const BUFFER_BYTES = 1024 * 1024;
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** Makes regular files through one buffer. */
export class FileWriter {
  readonly #owners: OwnerSetter;
  readonly #umask: number;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

  constructor(owners: OwnerSetter, umask: number) {
    this.#owners = owners;
    this.#umask = umask;
  }

  /**
   * Makes the file at `path`, which must not exist. `finish` runs when all but its time is set.
   *
   * @throws a system error; PlinthError `host-owner-denied`; whatever reading the content throws
   */
  make(path: ByteString, node: FileNode, finish: () => void): void {
    const createMode = node.mode & 0o777;
    const fd = openSync(hostPath(path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, createMode);
    try {
      this.#writeContent(fd, node);
      this.#owners.set(path, node, { fd });
      if (node.mode !== (createMode & ~this.#umask)) fchmodSync(fd, node.mode);
      finish();
      futimensNs(fd, node.mtimeNs, path);
    } finally {
      closeSync(fd);
    }
  }

  #writeContent(fd: number, { content }: FileNode): void {
    if (content.sizeBytes === 0) return;
    if (content.extents !== undefined) ftruncateSync(fd, content.sizeBytes);
    forEachDataChunk(content, this.#buffer, (chunk, positionBytes) => {
      for (let done = 0; done < chunk.length; ) {
        done += writeSync(fd, chunk, done, chunk.length - done, positionBytes + done);
      }
    });
  }
}
