// Note (gABI, chapter 5): 0 name size  4 text size  8 type  12 name, text; name and text padded to 4 bytes,
// the text to 8 in a segment aligned to 8.
import type { ElfTable } from './elf-bytes.ts';
import { type Headers, PT_NOTE, type Segment } from './header.ts';

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
  readonly abi: AbiNote | undefined;
  /** In hex. */
  readonly buildId: string | undefined;
  readonly dlopen: readonly DlopenNote[];
}

const SEGMENTS_READ = 16;
const SEGMENT_LIMIT_BYTES = 64 * 1024;
const NOTE_LIMIT = 256;
const ABI_NOTE = 1;
const BUILD_ID_NOTE = 3;
const SYSTEMS = ['linux', 'hurd', 'solaris', 'freebsd'] as const;
const DLOPEN_NOTE = 0x407c0c0a;
const PRIORITIES = ['required', 'recommended', 'suggested'] as const;

/** What the notes say that we know; loaders pass over the others, and over what is damaged. */
export function readNotes({ bytes, segments }: Headers): Notes {
  const found: FoundNotes = { abi: undefined, buildId: undefined, dlopen: [] };
  let left = SEGMENTS_READ;
  for (const segment of segments) {
    if (segment.type !== PT_NOTE || left-- <= 0) continue;
    const sizeBytes = Math.min(segment.sizeBytes, SEGMENT_LIMIT_BYTES);
    if (!(segment.offsetBytes + sizeBytes <= bytes.sizeBytes)) continue;
    readSegment(bytes.table(segment.offsetBytes, sizeBytes, 'notes'), segment, found);
  }
  return found;
}

interface FoundNotes {
  abi: AbiNote | undefined;
  buildId: string | undefined;
  readonly dlopen: DlopenNote[];
}

function readSegment(table: ElfTable, { alignment }: Segment, found: FoundNotes): void {
  const textAlignment = alignment === 8 ? 8 : 4;
  let at = 0;
  for (let count = 0; count < NOTE_LIMIT && at + 12 <= table.lengthBytes; count++) {
    const nameBytes = table.word(at);
    const type = table.word(at + 8);
    const textAt = align(at + 12 + nameBytes, textAlignment);
    const end = textAt + table.word(at + 4);
    if (end > table.lengthBytes) return;
    readNote(table, { type, nameAt: at + 12, nameBytes, textAt, end }, found);
    at = align(end, textAlignment);
  }
}

/** Where the parts of a note are. */
interface NotePlace {
  readonly type: number;
  readonly nameAt: number;
  readonly nameBytes: number;
  readonly textAt: number;
  readonly end: number;
}

function readNote(table: ElfTable, { type, nameAt, nameBytes, textAt, end }: NotePlace, found: FoundNotes): void {
  if (type !== ABI_NOTE && type !== BUILD_ID_NOTE && type !== DLOPEN_NOTE) return;
  const name = withoutPadding(table.text(nameAt, nameAt + nameBytes));
  if (name === 'GNU' && type === ABI_NOTE) found.abi ??= abiNote(table, textAt, end);
  if (name === 'GNU' && type === BUILD_ID_NOTE) found.buildId ??= table.copy(textAt, end).toString('hex');
  if (name === 'FDO' && type === DLOPEN_NOTE) found.dlopen.push(...dlopenNotes(table.copy(textAt, end)));
}

/** Without the NULs at its end. By a loop: a regular expression would try from each NUL of a hostile text anew. */
function withoutPadding(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return text.slice(0, end);
}

function align(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

function abiNote(table: ElfTable, at: number, end: number): AbiNote | undefined {
  if (end - at < 16) return undefined;
  const os = table.word(at);
  return { os: SYSTEMS[os] ?? os, major: table.word(at + 4), minor: table.word(at + 8), patch: table.word(at + 12) };
}

function dlopenNotes(text: Buffer): DlopenNote[] {
  try {
    const list: unknown = JSON.parse(withoutPadding(text.toString()));
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
