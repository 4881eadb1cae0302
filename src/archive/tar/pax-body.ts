import { isUtf8 } from 'node:buffer';
import { type ByteString, compareBytes, isAscii, toBytes } from '../../bytes/index.ts';

interface PaxRecord {
  readonly key: ByteString;
  readonly value: string | Uint8Array;
  /** Of the whole record, its own length number counted too. */
  readonly sizeBytes: number;
}

/** The records of one extended header, each `LENGTH KEY=VALUE\n`, sorted by key. */
export class PaxBody {
  readonly #records: PaxRecord[] = [];
  #sizeBytes = 0;
  #hasBinaryName = false;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Strings are written as their bytes. */
  add(key: string, value: string | Uint8Array): void {
    const sizeBytes = recordBytes(key.length + value.length);
    this.#records.push({ key: key as ByteString, value, sizeBytes });
    this.#sizeBytes += sizeBytes;
  }

  /**
   * A record that readers take as text. Names that are not UTF-8 are written as they are and announced, once, by
   * hdrcharset=BINARY: libarchive fails on them without it; GNU tar, Go and Python read them either way.
   */
  addName(key: string, name: ByteString): void {
    if (!this.#hasBinaryName && !isAscii(name) && !isUtf8(toBytes(name))) {
      this.#hasBinaryName = true;
      this.add('hdrcharset', 'BINARY');
    }
    this.add(key, name);
  }

  /** Writes all records to `into` at `at`; returns where they end. */
  write(into: Buffer, start: number): number {
    let at = start;
    if (this.#records.length > 1) this.#records.sort((left, right) => compareBytes(left.key, right.key));
    for (const { key, value, sizeBytes } of this.#records) {
      if (typeof value === 'string') {
        at += into.write(`${sizeBytes} ${key}=${value}\n`, at, 'latin1');
        continue;
      }
      at += into.write(`${sizeBytes} ${key}=`, at, 'latin1');
      into.set(value, at);
      at += value.length;
      into[at++] = 0x0a;
    }
    return at;
  }
}

/** The length of a record: its number counts itself. */
function recordBytes(keyAndValueBytes: number): number {
  const rest = keyAndValueBytes + ' =\n'.length;
  let digits = 1;
  while (rest + digits >= 10 ** digits) digits++;
  return rest + digits;
}
