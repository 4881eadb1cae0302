import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The rooms in their order: a later one may import an earlier one, never the other way. See docs/architecture.md. */
const ROOMS = [
  'errors',
  'bytes',
  'oci',
  'archive',
  'tree',
  'elf',
  'loader',
  'dockerfile',
  'disk',
  'size',
  'doctor',
  'host',
  'store',
  'runtime',
  'container',
  'build',
  'recipes',
  'sdk',
  'cli',
] as const;

/** Rooms that touch no file, clock, process, network or environment. */
const PURE = new Set([
  'errors',
  'bytes',
  'oci',
  'archive',
  'tree',
  'elf',
  'loader',
  'dockerfile',
  'disk',
  'size',
  'doctor',
]);
/** Node modules that hold such powers. */
const POWERS = new Set([
  'fs',
  'fs/promises',
  'child_process',
  'net',
  'http',
  'https',
  'os',
  'process',
  'worker_threads',
  'dgram',
  'tls',
]);

const SRC = resolve(import.meta.dirname, '../src');

interface Import {
  readonly file: string;
  readonly room: string;
  readonly target: string;
}

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  );
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const room = file.split(sep)[0] ?? '';
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
  );
  return [...found].map((match) => ({ file, room, target: match[1] ?? match[2] ?? match[3] ?? '' }));
}

function targetRoom(entry: Import): string | undefined {
  if (!entry.target.startsWith('.')) return undefined;
  return relative(SRC, resolve(SRC, dirname(entry.file), entry.target)).split(sep)[0];
}

const imports = sourceFiles().flatMap(importsOf);

describe('architecture', () => {
  it('knows every room', () => {
    const rooms = readdirSync(SRC, { withFileTypes: true }).map((entry) => entry.name);
    expect(rooms.filter((room) => !(ROOMS as readonly string[]).includes(room))).toEqual([]);
  });

  it('imports only earlier rooms', () => {
    const order = new Map<string, number>(ROOMS.map((room, index) => [room, index]));
    const wrong = imports.filter((entry) => {
      const room = targetRoom(entry);
      if (room === undefined || room === entry.room) return false;
      return (order.get(room) ?? -1) > (order.get(entry.room) ?? -1);
    });
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  it('enters another room by its index.ts', () => {
    const wrong = imports.filter((entry) => {
      const room = targetRoom(entry);
      return room !== undefined && room !== entry.room && !entry.target.endsWith(`/${room}/index.ts`);
    });
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  it('keeps the pure rooms free of powers', () => {
    const wrong = imports.filter((entry) => PURE.has(entry.room) && POWERS.has(entry.target.replace(/^node:/, '')));
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  it('exports nothing that is assigned again: the bundle takes exports as they are when a chunk was loaded', () => {
    const wrong = sourceFiles().filter((file) => /^export (let|var)\b/m.test(readFileSync(join(SRC, file), 'utf8')));
    expect(wrong).toEqual([]);
  });

  it('has no catch-all files', () => {
    const wrong = sourceFiles().filter((file) => /(^|\/)(utils?|helpers?|common|types)(\.ts$|\/)/.test(file));
    expect(wrong).toEqual([]);
  });
});
