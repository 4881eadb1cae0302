/** A place in the data of a {@link Program}. */
export interface Address {
  readonly kind: 'address';
  readonly offsetBytes: number;
}

/** The value that lies at an address when the instruction runs, zero-extended. */
export interface Loaded {
  readonly kind: 'loaded';
  readonly from: Address;
  readonly sizeBytes: 1 | 4 | 8;
}

/** An argument of a system call. */
export type Operand = number | bigint | Address | Loaded;

/** What the last system call returned: a value, or a negated errno. */
export type Result = 'result';
/** The index given to the last system call that set one; survives until the next. */
export type StepIndex = 'step';

/** One machine-neutral instruction; a jump goes to a label by name. */
export type Operation =
  | { readonly kind: 'syscall'; readonly name: string; readonly args: readonly Operand[] }
  | { readonly kind: 'step'; readonly index: number }
  | { readonly kind: 'store'; readonly to: Address; readonly value: Result | StepIndex; readonly sizeBytes: 4 | 8 }
  | { readonly kind: 'set'; readonly to: Address; readonly value: number | bigint }
  | { readonly kind: 'label'; readonly name: string }
  | { readonly kind: 'jump'; readonly label: string }
  | {
      readonly kind: 'branch';
      readonly left: Result | Loaded;
      readonly when: Condition;
      /** Fits in 32 signed bits. */
      readonly right: number;
      readonly label: string;
    };

/** How a branch compares, signed. */
export type Condition = 'equal' | 'not-equal' | 'less';

/** `address` moved on by `offsetBytes`. */
export function within(address: Address, offsetBytes: number): Address {
  return { kind: 'address', offsetBytes: address.offsetBytes + offsetBytes };
}

/** The value of `sizeBytes` bytes at `from`. */
export function loaded(from: Address, sizeBytes: Loaded['sizeBytes'] = 8): Loaded {
  return { kind: 'loaded', from, sizeBytes };
}

/** How a text becomes bytes. */
type TextEncoding = 'utf8' | 'latin1';

const ALIGN_BYTES = 8;

/**
 * A program of system calls: straight-line operations, a few branches, and the data that they point at.
 *
 * It needs no stack and no library. `encodeProgram` makes it an executable.
 */
export class Program {
  readonly operations: Operation[] = [];
  readonly #chunks: {
    readonly offsetBytes: number;
    readonly content: Uint8Array | string;
    readonly encoding: TextEncoding;
  }[] = [];
  readonly #pointers: { readonly at: Address; readonly to: Address }[] = [];
  readonly #strings = { utf8: new Map<string, Address>(), latin1: new Map<string, Address>() };
  #sizeBytes = 0;

  /** `bytes` as writable data, aligned to 8. */
  bytes(bytes: Uint8Array): Address {
    return this.#place(bytes, bytes.length, 'latin1');
  }

  /** `sizeBytes` zero bytes of writable data. */
  zeros(sizeBytes: number): Address {
    return this.#place('', sizeBytes, 'latin1');
  }

  /** `text` in `encoding`, ended by a NUL; equal strings share one place and must not be written to. */
  string(text: string, encoding: TextEncoding = 'utf8'): Address {
    const known = this.#strings[encoding].get(text);
    if (known !== undefined) return known;
    const address = this.#place(text, Buffer.byteLength(text, encoding) + 1, encoding);
    this.#strings[encoding].set(text, address);
    return address;
  }

  /** A table of pointers ended by a null pointer, as `execve` wants its arguments. */
  table(entries: readonly Address[]): Address {
    return this.struct(
      new Uint8Array((entries.length + 1) * 8),
      entries.map((to, index) => [index * 8, to]),
    );
  }

  /** `bytes` with absolute addresses written over it: pairs of offset and target. */
  struct(bytes: Uint8Array, pointers: readonly (readonly [offsetBytes: number, to: Address])[]): Address {
    const address = this.bytes(bytes);
    for (const [offsetBytes, to] of pointers) this.#pointers.push({ at: within(address, offsetBytes), to });
    return address;
  }

  /** Appends one operation. */
  add(operation: Operation): void {
    this.operations.push(operation);
  }

  /** The data, its pointers resolved for data that begins at the absolute address `dataAddress`. */
  data(dataAddress: number): Buffer {
    const data = Buffer.alloc(this.#sizeBytes);
    for (const { offsetBytes, content, encoding } of this.#chunks) {
      if (typeof content === 'string') data.write(content, offsetBytes, encoding);
      else data.set(content, offsetBytes);
    }
    for (const { at, to } of this.#pointers) {
      data.writeBigUInt64LE(BigInt(dataAddress + to.offsetBytes), at.offsetBytes);
    }
    return data;
  }

  #place(content: Uint8Array | string, sizeBytes: number, encoding: TextEncoding): Address {
    const offsetBytes = this.#sizeBytes;
    this.#chunks.push({ offsetBytes, content, encoding });
    this.#sizeBytes += (sizeBytes + ALIGN_BYTES - 1) & -ALIGN_BYTES;
    return { kind: 'address', offsetBytes };
  }
}
