import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decompress, readDeb, scanTar } from '../archive/index.ts';
import type { Platform } from '../oci/index.ts';
import { ownAptState, runApt } from './apt.ts';
import type { BusyBox } from './busybox.ts';
import { recipesError } from './error.ts';
import type { RecipePowers } from './powers.ts';

const PACKAGE = 'busybox-static';
/** A package that unpacks to more than this is not the one we know. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

/** Debian's names of architectures that differ from those of image platforms. */
const DEBIAN_ARCHITECTURES: Readonly<Record<string, string>> = {
  '386': 'i386',
  arm: 'armhf',
  mips64le: 'mips64el',
  ppc64le: 'ppc64el',
};

/**
 * Fetches the Debian package `busybox-static` for `platform` with apt-get, as any user, and takes the program out of it.
 * Nothing is installed, and nothing is left behind.
 *
 * @throws PlinthError `busybox-missing`
 */
export async function fetchBusyBox(platform: Platform, powers: RecipePowers): Promise<BusyBox> {
  const directory = mkdtempSync(join(tmpdir(), 'plinth-busybox-'));
  try {
    const file = await download(directory, platform, powers);
    return await unpackBusyBox(readFileSync(join(directory, file)), file.replaceAll('%3a', ':').replace(/\.deb$/, ''));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function download(directory: string, { architecture }: Platform, powers: RecipePowers): Promise<string> {
  const debian = DEBIAN_ARCHITECTURES[architecture] ?? architecture;
  // The machine's own package lists if it has them, which needs no network but for the package; else lists of our own.
  const shared = await runApt(['download', `${PACKAGE}:${debian}`], directory, powers);
  const own = () => downloadWithOwnLists(directory, debian, powers);
  const failure = shared === undefined ? undefined : await own();
  const file = readdirSync(directory).find((name) => name.startsWith(`${PACKAGE}_`) && name.endsWith('.deb'));
  if (file !== undefined) return file;
  throw recipesError(
    'busybox-missing',
    `fetch the package ${PACKAGE}: ${failure ?? shared ?? 'apt-get brought nothing'}`,
  );
}

async function downloadWithOwnLists(
  directory: string,
  debian: string,
  powers: RecipePowers,
): Promise<string | undefined> {
  const options = ownAptState(directory, ['-o', `APT::Architecture=${debian}`, '-o', `APT::Architectures=${debian}`]);
  const update = await runApt(['update', ...options], directory, powers);
  return (await runApt(['download', PACKAGE, ...options], directory, powers)) === undefined ? undefined : update;
}

/** The program in a .deb file. @throws PlinthError `busybox-missing`, and the errors of `archive/` */
export async function unpackBusyBox(deb: Buffer, origin: string): Promise<BusyBox> {
  const { data } = readDeb(sourceOf(deb));
  const packed = deb.subarray(data.offsetBytes, data.offsetBytes + data.sizeBytes);
  const tar = await collect(decompress(chunksOf(packed), data.compression));
  for (const entry of scanTar(sourceOf(tar))) {
    if (entry.kind !== 'file' || !/^(\.\/)?(usr\/)?bin\/busybox$/.test(entry.path)) continue;
    const bytes = Buffer.from(tar.subarray(entry.dataOffsetBytes, entry.dataOffsetBytes + entry.sizeBytes));
    return { bytes, mtimeSeconds: Number(entry.mtimeNs / 1_000_000_000n), origin, path: undefined };
  }
  throw recipesError('busybox-missing', `open ${origin}: there is no bin/busybox in it`);
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const kept: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_UNPACKED_BYTES) {
      throw recipesError(
        'busybox-missing',
        `open the package ${PACKAGE}: it unpacks to more than ${MAX_UNPACKED_BYTES} bytes`,
      );
    }
    kept.push(Uint8Array.prototype.slice.call(chunk));
  }
  return Buffer.concat(kept);
}

function sourceOf(bytes: Buffer) {
  return {
    sizeBytes: bytes.length,
    read: (into: Uint8Array, positionBytes: number) => {
      const part = bytes.subarray(positionBytes, positionBytes + into.length);
      into.set(part);
      return part.length;
    },
  };
}
