import type { ArchiveSource } from '../source.ts';
import { type TarDecodeOptions, TarDecoder } from './decoder.ts';
import type { TarEntry } from './entry.ts';

/** Measured best over layers of small and of large files: one read serves several small files' headers. */
const WINDOW_BYTES = 64 * 1024;

/**
 * Reads the entries of the archive in `source`, headers only; data is passed over.
 *
 * Understands v7, ustar, star, GNU and PAX headers. An archive without its end blocks is whole; what follows the first
 * block of zeros is ignored, both as GNU tar does.
 *
 * @throws PlinthError `tar-not-a-tar`, `tar-corrupt`, `tar-truncated`, `tar-header-invalid`, `tar-limit-exceeded`
 */
export function* scanTar(source: ArchiveSource, options: TarDecodeOptions = {}): Generator<TarEntry> {
  const decoder = new TarDecoder(options);
  let window = Buffer.allocUnsafe(Math.min(WINDOW_BYTES, source.sizeBytes));
  let start = 0;
  let held = 0;
  while (!decoder.done) {
    const { wantAtBytes: at, wantBytes: length } = decoder;
    if (at + length > start + held) {
      if (window.length < length && at + length <= source.sizeBytes) window = Buffer.allocUnsafe(length);
      start = at;
      held = at < source.sizeBytes ? source.read(window, at) : 0;
      if (held < length) {
        decoder.end(source.sizeBytes, window.subarray(0, held));
        return;
      }
    }
    const entry = decoder.decode(window, at - start);
    if (entry === undefined) continue;
    if (decoder.dataEndBytes > source.sizeBytes) decoder.end(source.sizeBytes, window.subarray(0, 0));
    yield entry;
  }
}
