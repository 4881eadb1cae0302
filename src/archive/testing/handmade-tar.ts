import type { ArchiveSource } from '../source.ts';

/** Fields of a hand-made header block; whatever is not given is what GNU tar would write for an empty file of root. */
export interface HandmadeFields {
  readonly name?: string;
  readonly mode?: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly size?: string | number;
  readonly mtime?: string;
  readonly type?: string;
  readonly link?: string;
  readonly magic?: string;
  readonly major?: string;
  readonly minor?: string;
  /** From 345 on: prefix, or the old GNU fields. */
  readonly rest?: string;
  readonly checksum?: string;
}

/** One header block, field by field in latin1, with its checksum. */
export function headerBlock(fields: HandmadeFields): Buffer {
  const block = Buffer.alloc(512);
  const { size = 0 } = fields;
  const put = (at: number, text: string): number => block.write(text, at, 'latin1');
  put(0, fields.name ?? 'f');
  put(100, fields.mode ?? '0000644\0');
  put(108, fields.uid ?? '0000000\0');
  put(116, fields.gid ?? '0000000\0');
  put(124, typeof size === 'number' ? `${size.toString(8).padStart(11, '0')}\0` : size);
  put(136, fields.mtime ?? '00000000000\0');
  put(156, fields.type ?? '0');
  put(157, fields.link ?? '');
  put(257, fields.magic ?? 'ustar\x0000');
  put(329, fields.major ?? '');
  put(337, fields.minor ?? '');
  put(345, fields.rest ?? '');
  put(148, '        ');
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, fields.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** `data` in whole blocks. */
export function blocks(data: string | Uint8Array): Buffer {
  const bytes = Buffer.from(data as string, 'latin1');
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** A header and its data. */
export function member(fields: HandmadeFields, data: string | Uint8Array = ''): Buffer {
  return Buffer.concat([headerBlock({ size: data.length, ...fields }), blocks(data)]);
}

/** The records of an extended header. */
export function paxRecords(records: readonly (readonly [string, string])[]): string {
  return records
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      let length = rest.length + 1;
      while (`${length}`.length + rest.length !== length) length++;
      return `${length}${rest}`;
    })
    .join('');
}

/** An extended header. */
export function pax(records: readonly (readonly [string, string])[], type = 'x'): Buffer {
  return member({ name: 'PaxHeaders/x', type }, paxRecords(records));
}

/** `bytes` as a source. */
export function memorySource(bytes: Uint8Array): ArchiveSource {
  return {
    sizeBytes: bytes.length,
    read(into, positionBytes) {
      const part = bytes.subarray(positionBytes, positionBytes + into.length);
      into.set(part);
      return part.length;
    },
  };
}
