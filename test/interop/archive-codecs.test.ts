import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ArchiveSource, compress, decompress, readDeb, scanTar } from '../../src/archive/index.ts';

function bytesSource(bytes: Buffer): ArchiveSource {
  return { sizeBytes: bytes.length, read: (into, position) => bytes.copy(into, 0, position) };
}

async function* chunked(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

/** Text, noise and runs: blocks of every kind. */
function mixedBytes(): Buffer {
  const noise = createHash('shake256', { outputLength: 200_000 }).update('noise').digest();
  const words = Buffer.from(noise.toString('hex').replace(/[0-7]{2}/g, ' word '));
  return Buffer.concat([words, noise, Buffer.alloc(1_000_000), Buffer.alloc(300_000, 'abababc'), noise]);
}

describe('compressed streams', () => {
  const plain = mixedBytes();
  const filter = (command: string, args: readonly string[], input: Uint8Array): Buffer =>
    execFileSync(command, args, { input, maxBuffer: 1 << 30, stdio: ['pipe', 'pipe', 'ignore'] });

  it.each<[string, string, string[]]>([
    ['gzip', 'gzip', ['-c']],
    ['gzip -1', 'gzip', ['-1c']],
    ['pigz', 'pigz', ['-c']],
    ['pigz, independent blocks', 'pigz', ['-ic']],
    ['zstd', 'zstd', ['-c']],
    ['zstd -15', 'zstd', ['-15c']],
    ['zstd --long', 'zstd', ['--long=27', '-c']],
    ['zstd without checksum', 'zstd', ['--no-check', '-c']],
    ['xz', 'xz', ['-c']],
    ['xz -9e', 'xz', ['-9ec']],
    ['xz, blocks', 'xz', ['-0', '-T2', '--block-size=500000', '-c']],
    ['xz, BCJ filter', 'xz', ['--x86', '--lzma2=preset=1', '-c']],
    ['xz, sha256', 'xz', ['-0', '--check=sha256', '-c']],
    ['xz, no check', 'xz', ['-0', '--check=none', '-c']],
    ['bzip2', 'bzip2', ['-c']],
    ['bzip2 -1', 'bzip2', ['-1c']],
  ])('of %s are read', async (_, command, args) => {
    const packed = filter(command, args, plain);
    expect((await collect(decompress(chunked(packed)))).equals(plain)).toBe(true);
    const twice = Buffer.concat([packed, filter(command, args, Buffer.from('more'))]);
    expect((await collect(decompress(chunked(twice)))).equals(Buffer.concat([plain, Buffer.from('more')]))).toBe(true);
  });

  it.each([
    ['gzip', 'gzip', undefined],
    ['gzip', 'gzip', 1],
    ['gzip', 'pigz', 9],
    ['zstd', 'zstd', undefined],
    ['zstd', 'zstd', 15],
  ] as const)('that we write as %s, %s takes (level %s)', async (compression, tool, level) => {
    const packed = await collect(compress(chunked(plain), compression, level === undefined ? {} : { level }));
    filter(tool, ['-t'], packed);
    expect(filter(tool, ['-dc'], packed).equals(plain)).toBe(true);
  });
});

describe('Debian packages', () => {
  it.each(['none', 'gzip', 'xz', 'zstd'])('that dpkg-deb compressed by %s are read', async (compression) => {
    const scratch = mkdtempSync(join(tmpdir(), 'plinth-deb-'));
    onTestFinished(() => rmSync(scratch, { recursive: true, force: true }));
    const root = join(scratch, 'root');
    mkdirSync(join(root, 'DEBIAN'), { recursive: true, mode: 0o755 });
    const control = 'Package: hello\nVersion: 1\nArchitecture: all\nMaintainer: me <me@example.org>\nDescription: x\n';
    writeFileSync(join(root, 'DEBIAN/control'), control);
    writeFileSync(join(root, 'hello'), 'hello');
    const file = `${root}.deb`;
    execFileSync('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '--build', root, file]);
    const bytes = readFileSync(file);
    const deb = readDeb(bytesSource(bytes));
    expect(deb.data.compression).toBe(compression);
    const names: string[] = [];
    for (const part of [deb.control, deb.data]) {
      const packed = bytes.subarray(part.offsetBytes, part.offsetBytes + part.sizeBytes);
      const tar = await collect(decompress(chunked(packed), part.compression));
      names.push(...[...scanTar(bytesSource(tar))].map(({ path }) => path));
    }
    expect(names).toEqual(['./', './control', './', './hello']);
  });
});
