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

const ALIGN_BYTES = 8;

/**
 * A program of system calls: straight-line operations, a few branches, and the data that they point at.
 *
 * It needs no stack and no library. `encodeProgram` makes it an executable.
 */
export class Program {
  readonly operations: Operation[] = [];
  readonly #chunks: Buffer[] = [];
  readonly #pointers: { readonly at: Address; readonly to: Address }[] = [];
  readonly #strings = new Map<string, Address>();
  #sizeBytes = 0;

  /** `bytes` as writable data, aligned to 8. */
  bytes(bytes: Uint8Array): Address {
    const offsetBytes = this.#sizeBytes;
    const padded = Buffer.alloc(Math.ceil(bytes.length / ALIGN_BYTES) * ALIGN_BYTES);
    padded.set(bytes);
    this.#chunks.push(padded);
    this.#sizeBytes += padded.length;
    return { kind: 'address', offsetBytes };
  }

  /** `sizeBytes` zero bytes of writable data. */
  zeros(sizeBytes: number): Address {
    return this.bytes(new Uint8Array(sizeBytes));
  }

  /** `text` in `encoding`, ended by a NUL; equal strings share one place and must not be written to. */
  string(text: string, encoding: 'utf8' | 'latin1' = 'utf8'): Address {
    const key = `${encoding} ${text}`;
    const known = this.#strings.get(key);
    if (known !== undefined) return known;
    const address = this.bytes(Buffer.from(`${text}\0`, encoding));
    this.#strings.set(key, address);
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
    const data = Buffer.concat(this.#chunks);
    for (const { at, to } of this.#pointers) {
      data.writeBigUInt64LE(BigInt(dataAddress + to.offsetBytes), at.offsetBytes);
    }
    return data;
  }
}
