import fc from 'fast-check';
import type { ByteString } from '../../bytes/index.ts';
import { NO_TAR_XATTRS, type TarHeader } from '../tar/entry.ts';
import { tarExtents } from '../tar/sparse-map.ts';

/** Bytes as a string, without NUL. */
function byteStrings(minLength: number, maxLength: number): fc.Arbitrary<ByteString> {
  const byte = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 97, max: 122 }) }, fc.integer({ min: 1, max: 255 }));
  return fc.array(byte, { minLength, maxLength }).map((bytes) => String.fromCharCode(...bytes) as ByteString);
}

const name = byteStrings(1, 120).map((text) => text.replaceAll('/', '_') as ByteString);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/') as ByteString);

const xattrs = fc.option(
  fc
    .array(
      fc.tuple(
        byteStrings(1, 20).map((text) => `user.${text}` as ByteString),
        fc.uint8Array({ maxLength: 40 }),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((pairs): ReadonlyMap<ByteString, Uint8Array> => new Map(pairs)),
  { nil: NO_TAR_XATTRS, freq: 2 },
);

const mtimeNs = fc.oneof(
  fc.bigInt({ min: 0n, max: 4_000_000_000n }).map((seconds) => seconds * 1_000_000_000n),
  fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }),
);

const common = fc.record({
  path,
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 0xffff_ffff })),
  gid: fc.integer({ min: 0, max: 0xffff_ffff }),
  mtimeNs,
  xattrs,
});

const none = { linkTarget: '' as ByteString, major: 0, minor: 0, sizeBytes: 0 };

/** Sparse runs of a file of at most a few blocks. */
const sparse = fc
  .tuple(fc.array(fc.tuple(fc.nat(3000), fc.integer({ min: 1, max: 3000 })), { maxLength: 5 }), fc.nat(5000))
  .map(([gaps, tail]) => {
    let at = 0;
    const runs = gaps.map(([gap, lengthBytes]) => {
      const run = { offsetBytes: at + gap, lengthBytes };
      at = run.offsetBytes + lengthBytes;
      return run;
    });
    const sizeBytes = at + tail;
    return { sizeBytes, extents: tarExtents(runs, sizeBytes) };
  });

/** Any entry that can be written to a tar, in the form in which it is read again. */
export const tarHeaders: fc.Arbitrary<TarHeader> = common.chain(
  (base): fc.Arbitrary<TarHeader> =>
    fc.oneof(
      fc.nat(3000).map((sizeBytes) => ({ ...base, ...none, kind: 'file' as const, sizeBytes })),
      sparse.map((holes) => ({ ...base, ...none, kind: 'file' as const, ...holes })),
      fc.constant({ ...base, ...none, kind: 'directory' as const, path: `${base.path}/` as ByteString }),
      fc
        .tuple(fc.constantFrom('symlink' as const, 'hardlink' as const), byteStrings(1, 300))
        .map(([kind, linkTarget]) => ({ ...base, ...none, kind, linkTarget })),
      fc
        .tuple(fc.constantFrom('character' as const, 'block' as const), fc.nat(4095), fc.nat(1_048_575))
        .map(([kind, major, minor]) => ({ ...base, ...none, kind, major, minor })),
      fc.constant({ ...base, ...none, kind: 'fifo' as const }),
    ),
);
