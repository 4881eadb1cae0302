import type { LibraryHandle } from 'koffi';
import { asBuffer } from '../source.ts';

const LIBRARIES = ['liblzma.so.5', 'liblzma.5.dylib'];
const IN_BYTES = 256 * 1024;
const OUT_BYTES = 512 * 1024;

/*
 * `lzma_stream` of lzma/base.h where pointers have 8 bytes:
 *
 *   0 next_in │ 8 avail_in │ 16 total_in │ 24 next_out │ 32 avail_out │ 40 total_out │ 48 allocator │ 56 internal │ 64 reserved
 */
const STREAM_BYTES = 136;
const NEXT_IN_AT = 0;
const AVAIL_IN_AT = 8;
const NEXT_OUT_AT = 24;
const AVAIL_OUT_AT = 32;

/* `lzma_mt` of lzma/container.h: 0 flags │ 4 threads │ … │ 64 memlimit_threading │ 72 memlimit_stop │ 80 reserved */
const MT_BYTES = 128;
const MT_THREADS_AT = 4;
const MT_MEMORY_AT = 64;
const MT_MEMORY_STOP_AT = 72;

const TELL_UNSUPPORTED_CHECK = 0x02;
const CONCATENATED = 0x08;
const FLAGS = TELL_UNSUPPORTED_CHECK | CONCATENATED;
const ACTION_RUN = 0;
const ACTION_FINISH = 3;

/** What one call of the decoder brought. */
export interface XzStep {
  /** `lzma_ret`: 0 go on, 1 the end. */
  readonly status: number;
  readonly output: Uint8Array;
  /** All that was given is used up. */
  readonly wantsInput: boolean;
}

export interface XzDecoder {
  /** Takes bytes of `chunk` from `at` on, as many as there is room for; returns how many. Only when it wants input. */
  give(chunk: Uint8Array, at: number): number;
  /** Decodes on a thread of the pool. */
  run(finish: boolean): Promise<XzStep>;
  /** Frees what the decoder holds; not while it runs. */
  close(): void;
}

export interface Liblzma {
  createDecoder(memoryLimitBytes: number): XzDecoder;
}

let loading: Promise<Liblzma | undefined> | undefined;

/** The system's liblzma; undefined where there is none that we can call. */
export function loadLiblzma(): Promise<Liblzma | undefined> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Liblzma | undefined> {
  try {
    const { default: koffi } = await import('koffi');
    if (koffi.sizeof('void *') !== 8) return undefined;
    for (const name of LIBRARIES) {
      const library = tryLoad(() => koffi.load(name));
      if (library !== undefined) return bind(library, koffi.address);
    }
  } catch {
    // No koffi for this platform.
  }
  return undefined;
}

function tryLoad<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}

function bind(library: LibraryHandle, address: (buffer: Buffer) => bigint): Liblzma {
  const streamDecoder = library.func('int lzma_stream_decoder(void *stream, uint64_t memlimit, uint32_t flags)');
  // Since 5.4: decodes the blocks of what `xz -T` wrote side by side.
  const threadedDecoder = tryLoad(() => library.func('int lzma_stream_decoder_mt(void *stream, void *options)'));
  const code = library.func('int lzma_code(void *stream, int action)');
  const end = library.func('void lzma_end(void *stream)');

  const initialise = (stream: Buffer, memoryLimitBytes: number): number => {
    if (threadedDecoder === undefined) return streamDecoder(stream, BigInt(memoryLimitBytes), FLAGS);
    const options = Buffer.alloc(MT_BYTES);
    options.writeUInt32LE(FLAGS, 0);
    options.writeUInt32LE(navigator.hardwareConcurrency, MT_THREADS_AT);
    // Beyond this it decodes with fewer threads; beyond the other it gives up.
    options.writeBigUInt64LE(BigInt(memoryLimitBytes) / 2n, MT_MEMORY_AT);
    options.writeBigUInt64LE(BigInt(memoryLimitBytes), MT_MEMORY_STOP_AT);
    return threadedDecoder(stream, options);
  };

  const createDecoder = (memoryLimitBytes: number): XzDecoder => {
    const stream = Buffer.alloc(STREAM_BYTES);
    const input = Buffer.allocUnsafeSlow(IN_BYTES);
    const inputAddress = address(input);
    const initialised = initialise(stream, memoryLimitBytes);
    const pending = (): number => Number(stream.readBigUInt64LE(AVAIL_IN_AT));
    return {
      give(chunk, at) {
        const count = asBuffer(chunk).copy(input, 0, at);
        stream.writeBigUInt64LE(inputAddress, NEXT_IN_AT);
        stream.writeBigUInt64LE(BigInt(count), AVAIL_IN_AT);
        return count;
      },
      async run(finish) {
        if (initialised !== 0) return { status: initialised, output: new Uint8Array(0), wantsInput: false };
        const output = Buffer.allocUnsafeSlow(OUT_BYTES);
        stream.writeBigUInt64LE(address(output), NEXT_OUT_AT);
        stream.writeBigUInt64LE(BigInt(OUT_BYTES), AVAIL_OUT_AT);
        const status = await new Promise<number>((resolve, reject) => {
          code.async(stream, finish ? ACTION_FINISH : ACTION_RUN, (error: unknown, result: number) =>
            error === null ? resolve(result) : reject(error),
          );
        });
        const left = Number(stream.readBigUInt64LE(AVAIL_OUT_AT));
        return { status, output: output.subarray(0, OUT_BYTES - left), wantsInput: pending() === 0 && left > 0 };
      },
      close() {
        end(stream);
      },
    };
  };
  return { createDecoder };
}
