import type { Duplex } from 'node:stream';
import { MESSAGE, MESSAGE_BYTES, REQUEST } from './plan-start.ts';
import { STDIO_REQUEST_BYTES } from './plan-stdio.ts';

/** What a start program tells its parent. */
export type StatusMessage =
  | { readonly kind: 'map-ids' }
  | { readonly kind: 'open-stdio'; readonly pipes: readonly PipeEnds[] }
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'failed'; readonly step: number; readonly errno: number }
  | { readonly kind: 'interpreter-missing'; readonly step: number }
  | { readonly kind: 'exited'; readonly waitStatus: number };

/** The descriptors of a pipe in the start program; both 0 where there is none. */
export interface PipeEnds {
  readonly read: number;
  readonly write: number;
}

/** Calls `onMessage` for every message that arrives on `socket`, and `onEnd` once after the last. */
export function readStatus(socket: Duplex, onMessage: (message: StatusMessage) => void, onEnd: () => void): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const sizeBytes = messageSize(pending);
      if (pending.length < sizeBytes) return;
      const message = decodeMessage(pending);
      pending = pending.subarray(sizeBytes);
      if (message !== undefined) onMessage(message);
    }
  });
  // A program killed with unread answers in its socket resets the connection: an end like any other.
  socket.on('error', () => {});
  socket.on('close', onEnd);
}

/** Answers a request; `value` lies in the slot `answer` of the program. */
export function answerRequest(socket: Duplex, value = 0): void {
  const answer = Buffer.alloc(8);
  answer.writeBigInt64LE(BigInt(value));
  socket.write(answer);
}

function messageSize(bytes: Buffer): number {
  if (bytes.length < 8) return 8;
  if (bytes.readUInt32LE(0) !== MESSAGE.request) return MESSAGE_BYTES;
  return bytes.readUInt32LE(4) === REQUEST.mapIds ? 8 : STDIO_REQUEST_BYTES;
}

function decodeMessage(bytes: Buffer): StatusMessage | undefined {
  const second = bytes.readUInt32LE(4);
  switch (bytes.readUInt32LE(0)) {
    case MESSAGE.request:
      return second === REQUEST.mapIds ? { kind: 'map-ids' } : { kind: 'open-stdio', pipes: [8, 16, 24].map(pipeAt) };
    case MESSAGE.started:
      return { kind: 'started', pid: bytes.readUInt32LE(8) };
    case MESSAGE.failed:
      return { kind: 'failed', step: second, errno: Number(-bytes.readBigInt64LE(8)) };
    case MESSAGE.interpreterMissing:
      return { kind: 'interpreter-missing', step: second };
    case MESSAGE.exited:
      return { kind: 'exited', waitStatus: bytes.readUInt32LE(8) };
    default:
      return undefined;
  }

  function pipeAt(offset: number): PipeEnds {
    return { read: bytes.readUInt32LE(offset), write: bytes.readUInt32LE(offset + 4) };
  }
}
