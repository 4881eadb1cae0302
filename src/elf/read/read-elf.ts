import type { ByteString } from '../../bytes/index.ts';
import { isPlinthError } from '../../errors/index.ts';
import { type Content, withOpenContent } from '../../tree/index.ts';
import { DT, DynamicTexts, readDynamic } from './dynamic.ts';
import { ElfBytes } from './elf-bytes.ts';
import type { ElfFile } from './elf-file.ts';
import { FilePieces } from './file-pieces.ts';
import { type Headers, PT_INTERP, readHeaders } from './header.ts';
import type { NameBeginnings } from './name-beginnings.ts';
import { type Notes, readNotes } from './notes.ts';
import { readSymbolsNeeded } from './symbols.ts';
import { type Dynamic, readVersionsDefined, readVersionsNeeded } from './versions.ts';

/** PATH_MAX, as in the kernel. */
const INTERPRETER_LIMIT_BYTES = 4096;

/**
 * Reads what an ELF file says about itself, whatever its class, byte order and machine: its headers, and where they
 * lead to, but never the whole file. Every offset and count is held against the file and a limit. With the same
 * opening of the file it reads those `symbols` that will be asked for; without them, or with others, they are read then.
 *
 * @throws PlinthError `elf-invalid`, and those of reading `source`
 */
export function readElf(source: Content, symbols?: NameBeginnings): ElfFile {
  return withOpenContent(source, (open) => {
    const pieces = new FilePieces(open);
    try {
      return readFacts(readHeaders(pieces), source, symbols);
    } finally {
      pieces.release();
    }
  });
}

function readFacts(headers: Headers, source: Content, symbols: NameBeginnings | undefined): ElfFile {
  const { header } = headers;
  const loaded = header.type === 'executable' || header.type === 'shared';
  const dynamic = loaded ? openDynamic(headers) : undefined;
  const interpreter = loaded ? readInterpreter(headers) : undefined;
  const { abi, buildId, dlopen } = loaded ? readNotes(headers) : NO_NOTES;
  const read = dynamic === undefined || symbols === undefined ? undefined : symbolsIfSound(dynamic, symbols);
  // One shape for all files: code that looks at them is fast as long as it sees only one.
  return {
    class: header.class,
    byteOrder: header.byteOrder,
    machine: header.machine,
    abi: header.abi,
    type: header.type,
    flags: header.flags,
    entry: header.entry,
    interpreter,
    ...(dynamic === undefined ? NO_DYNAMIC : dynamicFacts(dynamic)),
    abiNote: abi,
    buildId,
    dlopenNotes: dlopen,
    symbolsNeeded(beginnings) {
      if (dynamic === undefined) return [];
      return read !== undefined && beginnings === symbols ? read : readSymbols(dynamic, source, beginnings);
    },
  };
}

function openDynamic(headers: Headers): Dynamic | undefined {
  const entries = readDynamic(headers);
  return entries === undefined ? undefined : { headers, entries, texts: new DynamicTexts(headers, entries) };
}

/** Undefined if they cannot be read: that is an error only for who asks for them. */
function symbolsIfSound(dynamic: Dynamic, symbols: NameBeginnings): readonly ByteString[] | undefined {
  try {
    return readSymbolsNeeded(dynamic, symbols);
  } catch (error) {
    if (isPlinthError(error)) return undefined;
    throw error;
  }
}

/** Reads once more what it needs: only the headers are kept from the first time. */
function readSymbols(
  { headers: { header, segments, bytes }, entries }: Dynamic,
  source: Content,
  beginnings: NameBeginnings | undefined,
): ByteString[] {
  return withOpenContent(source, (open) => {
    const pieces = new FilePieces(open);
    try {
      const headers = { header, segments, bytes: new ElfBytes(pieces, bytes.layout) };
      return readSymbolsNeeded({ headers, entries, texts: new DynamicTexts(headers, entries) }, beginnings);
    } finally {
      pieces.release();
    }
  });
}

function readInterpreter({ bytes, segments }: Headers): ByteString | undefined {
  const segment = segments.find(({ type }) => type === PT_INTERP);
  if (segment === undefined) return undefined;
  return bytes.text(segment.offsetBytes, Math.min(segment.sizeBytes, INTERPRETER_LIMIT_BYTES), 'interpreter');
}

type DynamicFacts = Pick<
  ElfFile,
  | 'hasDynamic'
  | 'needed'
  | 'filters'
  | 'auxiliaries'
  | 'soname'
  | 'rpath'
  | 'runpath'
  | 'flags1'
  | 'versionsNeeded'
  | 'versionsDefined'
>;

const NO_NOTES: Notes = { abi: undefined, buildId: undefined, dlopen: [] };

const NO_DYNAMIC: DynamicFacts = {
  hasDynamic: false,
  needed: [],
  filters: [],
  auxiliaries: [],
  soname: undefined,
  rpath: undefined,
  runpath: undefined,
  flags1: 0,
  versionsNeeded: [],
  versionsDefined: [],
};

function dynamicFacts(dynamic: Dynamic): DynamicFacts {
  const { texts, entries } = dynamic;
  return {
    hasDynamic: true,
    needed: texts.all(DT.needed),
    filters: texts.all(DT.filter),
    auxiliaries: texts.all(DT.auxiliary),
    soname: texts.last(DT.soname),
    rpath: texts.list(DT.rpath),
    runpath: texts.list(DT.runpath),
    flags1: entries.first(DT.flags1) ?? 0,
    versionsNeeded: readVersionsNeeded(dynamic),
    versionsDefined: readVersionsDefined(dynamic),
  };
}
