import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type ElfFile, isElf, readElf } from '../../src/elf/index.ts';
import { isPlinthError } from '../../src/errors/index.ts';
import { fileSource } from '../../src/host/index.ts';
import { memoryContent } from '../../src/tree/index.ts';
import { elfObject } from '../support/elf-object.ts';

// Debian package: binutils.

const scratch = mkdtempSync(join(tmpdir(), 'plinth-elf-read-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const DIRECTORIES = ['/usr/bin', '/usr/sbin', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'];
const SAMPLE = 120;

/** ELF files of this machine, spread over its directories. */
function sample(): string[] {
  const all = DIRECTORIES.flatMap((directory) => names(directory).map((name) => join(directory, name))).filter(
    isElfFile,
  );
  const files = [...new Set(all.map((path) => realpathSync(path)))];
  return files.filter((_, index) => index % Math.ceil(files.length / SAMPLE) === 0);
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function isElfFile(path: string): boolean {
  using source = fileSource(path);
  const head = Buffer.alloc(Math.min(20, source.sizeBytes));
  source.read(head, 0);
  return isElf(head) && [2, 3].includes(head[16] ?? 0);
}

/** What readelf says, in the same words. */
function readelf(path: string): Record<string, unknown> {
  const text = execFileSync('readelf', ['-hlndVW', path], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const all = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
  const one = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1];
  const needs = text.split("Version needs section '")[1]?.split('\n\n')[0] ?? '';
  const definitions = text.split("Version definition section '")[1]?.split('\n\n')[0] ?? '';
  return {
    class: Number(one(/Class:\s+ELF(\d+)/)),
    byteOrder: one(/Data:.*(little|big) endian/),
    interpreter: one(/Requesting program interpreter: (.*)\]/),
    needed: all(/\(NEEDED\)\s+Shared library: \[(.*)\]/g),
    soname: one(/\(SONAME\)\s+Library soname: \[(.*)\]/),
    rpath: one(/\(RPATH\)\s+Library rpath: \[(.*)\]/),
    runpath: one(/\(RUNPATH\)\s+Library runpath: \[(.*)\]/),
    buildId: one(/Build ID: ([0-9a-f]+)/),
    versionsNeeded: [...needs.matchAll(/File: (\S+)|Name: (\S+)/g)].map((match) => match[1] ?? match[2]),
    versionsDefined: [...definitions.matchAll(/Flags: (\S+).*Name: (\S+)/g)]
      .filter(([, flags]) => flags !== 'BASE')
      .map((match) => match[2]),
  };
}

function ours(elf: ElfFile): Record<string, unknown> {
  return {
    class: elf.class,
    byteOrder: elf.byteOrder,
    interpreter: elf.interpreter,
    needed: elf.needed,
    soname: elf.soname,
    rpath: elf.rpath,
    runpath: elf.runpath,
    buildId: elf.buildId,
    versionsNeeded: elf.versionsNeeded.flatMap(({ file, versions }) => [file, ...versions.map(({ name }) => name)]),
    versionsDefined: elf.versionsDefined,
  };
}

/** The names of undefined symbols, without their versions. */
function undefinedSymbols(path: string): string[] {
  const text = execFileSync('readelf', ['--dyn-syms', '-W', path], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const found = [...text.matchAll(/^\s*\d+: \S+\s+\d+ \w+\s+\w+\s+\w+\s+UND (\S+)/gm)].map((match) => match[1] ?? '');
  return found.map((name) => name.replace(/@.*$/, '')).sort();
}

describe('files of this machine', () => {
  const files = sample();

  it('are read as readelf reads them', () => {
    expect(files.length).toBeGreaterThan(50);
    const wrong = files.filter((path) => {
      using source = fileSource(path);
      return JSON.stringify(ours(readElf(source))) !== JSON.stringify(readelf(path));
    });
    expect(wrong).toEqual([]);
  });

  it('need the symbols that readelf shows', () => {
    for (const path of files.slice(0, 40)) {
      using source = fileSource(path);
      expect([path, [...readElf(source).symbolsNeeded()].sort()]).toEqual([path, undefinedSymbols(path)]);
    }
  });

  it('give facts or the typed error when they are damaged', () => {
    const small = files.map((path) => readFileSync(path)).filter((bytes) => bytes.length < 200_000);
    const edits = fc.array(fc.tuple(fc.nat(1 << 16), fc.nat(255)), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.constantFrom(...small), edits, fc.option(fc.nat(1 << 18)), (file, changes, end) => {
        const bytes = Buffer.from(file);
        // The tables lie at the beginning and, before the sections, at the end.
        for (const [at, value] of changes)
          bytes[at % 2 === 0 ? at % bytes.length : Math.max(0, bytes.length - at)] = value;
        try {
          readElf(memoryContent(bytes.subarray(0, end ?? undefined))).symbolsNeeded();
        } catch (error) {
          expect(isPlinthError(error) && error.code).toBe('elf-invalid');
        }
      }),
      { numRuns: 1500 },
    );
  });
});

describe('made files of every class and byte order', () => {
  it.each([
    [true, true, 62],
    [true, false, 22],
    [false, true, 40],
    [false, false, 8],
  ])('wide %s, little %s are what readelf reads', (wide, little, machine) => {
    const path = join(scratch, `made-${machine}`);
    const bytes = elfObject({
      wide,
      little,
      machine,
      interpreter: '/lib/ld.so.1',
      needed: ['libc.so.6', 'libm.so.6'],
      soname: 'libx.so',
      runpath: '$ORIGIN/lib',
      notes: [{ name: 'GNU', type: 3, text: Buffer.from('c0ffee11', 'hex') }],
    });
    writeFileSync(path, bytes);
    // Versions it reads by sections, which these files do not have.
    expect(ours(readElf(memoryContent(bytes)))).toEqual(readelf(path));
  });
});
