// Note (gABI, chapter 5): 0 name size  4 text size  8 type  12 name, text; name and text padded to 4 bytes,
// the text to 8 in a segment aligned to 8.
import type { ElfTable } from './elf-bytes.ts';
import type { Headers, Segment } from './header.ts';

/** The oldest kernel that a program is made for (NT_GNU_ABI_TAG). */
export interface AbiNote {
  readonly os: 'linux' | 'hurd' | 'solaris' | 'freebsd' | number;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** A library that a program may load later, as it says itself (systemd's ELF dlopen metadata). */
export interface DlopenNote {
  /** Any of these serves. */
  readonly sonames: readonly string[];
  readonly feature?: string;
  readonly description?: string;
  readonly priority: 'required' | 'recommended' | 'suggested';
}

export interface Notes {
  readonly abi?: AbiNote | undefined;
  /** In hex. */
  readonly buildId?: string;
  readonly dlopen: readonly DlopenNote[];
}

const PT_NOTE = 4;
const SEGMENTS_READ = 16;
const SEGMENT_LIMIT_BYTES = 64 * 1024;
const NOTE_LIMIT = 256;
const SYSTEMS = ['linux', 'hurd', 'solaris', 'freebsd'] as const;
const DLOPEN_NOTE = 0x407c0c0a;
const PRIORITIES = ['required', 'recommended', 'suggested'] as const;

/** What the notes say that we know; loaders pass over the others, and over what is damaged. */
export function readNotes({ bytes, segments }: Headers): Notes {
  const found: { abi?: AbiNote | undefined; buildId?: string; dlopen: DlopenNote[] } = { dlopen: [] };
  for (const segment of segments.filter(({ type }) => type === PT_NOTE).slice(0, SEGMENTS_READ)) {
    const sizeBytes = Math.min(segment.sizeBytes, SEGMENT_LIMIT_BYTES);
    if (!(segment.offsetBytes + sizeBytes <= bytes.sizeBytes)) continue;
    for (const note of notesOf(bytes.table(segment.offsetBytes, sizeBytes, 'notes'), segment)) {
      if (note.name === 'GNU' && note.type === 1) found.abi ??= abiNote(note);
      if (note.name === 'GNU' && note.type === 3) found.buildId ??= note.text.toString('hex');
      if (note.name === 'FDO' && note.type === DLOPEN_NOTE) found.dlopen.push(...dlopenNotes(note.text));
    }
  }
  return found;
}

interface Note {
  readonly name: string;
  readonly type: number;
  readonly text: Buffer;
  word(at: number): number;
}

function* notesOf(table: ElfTable, { alignment }: Segment): Generator<Note> {
  const textAlignment = alignment === 8 ? 8 : 4;
  let at = 0;
  for (let count = 0; count < NOTE_LIMIT && at + 12 <= table.lengthBytes; count++) {
    const [nameBytes, textBytes, type] = [table.word(at), table.word(at + 4), table.word(at + 8)];
    const textAt = align(at + 12 + nameBytes, textAlignment);
    if (textAt + textBytes > table.lengthBytes) return;
    const name = table
      .copy(at + 12, at + 12 + nameBytes)
      .toString('latin1')
      .replace(/\0+$/, '');
    const text = table.copy(textAt, textAt + textBytes);
    yield { name, type, text, word: (offset) => table.word(textAt + offset) };
    at = align(textAt + textBytes, textAlignment);
  }
}

function align(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

function abiNote(note: Note): AbiNote | undefined {
  if (note.text.length < 16) return undefined;
  const os = note.word(0);
  return { os: SYSTEMS[os] ?? os, major: note.word(4), minor: note.word(8), patch: note.word(12) };
}

function dlopenNotes(text: Buffer): DlopenNote[] {
  try {
    const list: unknown = JSON.parse(text.toString().replace(/\0+$/, ''));
    return Array.isArray(list) ? list.map(dlopenNote).filter((note) => note !== undefined) : [];
  } catch {
    return [];
  }
}

function dlopenNote(value: unknown): DlopenNote | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { soname, feature, description, priority } = value as Readonly<Record<string, unknown>>;
  if (!Array.isArray(soname) || !soname.every((name) => typeof name === 'string') || soname.length === 0) {
    return undefined;
  }
  return {
    sonames: soname,
    ...(typeof feature === 'string' ? { feature } : {}),
    ...(typeof description === 'string' ? { description } : {}),
    priority: PRIORITIES.find((known) => known === priority) ?? 'recommended',
  };
}
