import type { Node } from '../../tree/index.ts';
import { type DiskErrorCode, refuse } from './errors.ts';
import { BLOCK_BYTES, MAX_FILE_BYTES } from './format.ts';
import { type Inode, inodePath } from './inode.ts';
import { MAX_SECONDS, MIN_SECONDS } from './timestamp.ts';

const MAX_ID = 2 ** 32 - 1;
const MAX_MODE = 0o7777;
/** 12 bits and 20 bits, the kernel's dev_t. */
const MAX_MAJOR = 2 ** 12 - 1;
const MAX_MINOR = 2 ** 20 - 1;
/** The target and a NUL fill at most one block. */
const MAX_TARGET_BYTES = BLOCK_BYTES - 1;

interface Problem {
  readonly code: DiskErrorCode;
  readonly fact: string;
  readonly hint: string;
}

/** Refuses a node with something that its inode has no room for. */
export function checkNode(inode: Inode): void {
  const problem = attributeProblem(inode) ?? kindProblem(inode.node);
  if (problem === undefined) return;
  throw refuse({ code: problem.code, message: `${inodePath(inode)}: ${problem.fact}`, hint: problem.hint });
}

function attributeProblem({ node: { uid, gid, mode }, time: { seconds } }: Inode): Problem | undefined {
  if (!isWithin(uid, MAX_ID) || !isWithin(gid, MAX_ID)) {
    const fact = `owner ${uid}:${gid}, an id is at most ${MAX_ID}`;
    return { code: 'ext4-owner-range', fact, hint: 'Change its owner.' };
  }
  if (!isWithin(mode, MAX_MODE)) {
    const fact = `mode ${mode.toString(8)}, at most 7777 is possible`;
    return { code: 'ext4-owner-range', fact, hint: 'Change its mode.' };
  }
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    const fact = `modification time ${seconds} s, ext4 holds ${MIN_SECONDS} to ${MAX_SECONDS} (1901 to 2446)`;
    return { code: 'ext4-time-range', fact, hint: 'Set its modification time with touch.' };
  }
  return undefined;
}

function kindProblem(node: Node): Problem | undefined {
  switch (node.kind) {
    case 'file':
      if (node.content.sizeBytes <= MAX_FILE_BYTES) return undefined;
      return {
        code: 'ext4-file-too-large',
        fact: `${node.content.sizeBytes} bytes, at most ${MAX_FILE_BYTES} are possible`,
        hint: 'Leave it out or split it.',
      };
    case 'symlink': {
      const { length } = node.target;
      if (length > 0 && length <= MAX_TARGET_BYTES && !node.target.includes('\0')) return undefined;
      const fact = `a link target of ${length} bytes, 1 to ${MAX_TARGET_BYTES} without NUL are possible`;
      return { code: 'ext4-link-target', fact, hint: 'Remove the link or change its target.' };
    }
    case 'character':
    case 'block': {
      if (isWithin(node.major, MAX_MAJOR) && isWithin(node.minor, MAX_MINOR)) return undefined;
      const fact = `device ${node.major}:${node.minor}, at most ${MAX_MAJOR}:${MAX_MINOR} is possible`;
      return { code: 'ext4-device-number', fact, hint: 'Leave the device out.' };
    }
    case 'directory':
    case 'fifo':
      return undefined;
  }
}

function isWithin(value: number, limit: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= limit;
}
