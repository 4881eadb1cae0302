import type { ByteString } from '../../bytes/index.ts';
import type { ByteSource } from '../../tree/index.ts';
import { DT, DynamicTexts, readDynamic } from './dynamic.ts';
import { ElfBytes } from './elf-bytes.ts';
import type { ElfFile } from './elf-file.ts';
import { type Headers, readHeaders } from './header.ts';
import { type Notes, readNotes } from './notes.ts';
import { readSymbolsNeeded } from './symbols.ts';
import { type Dynamic, readVersionsDefined, readVersionsNeeded } from './versions.ts';

const PT_INTERP = 3;
/** PATH_MAX, as in the kernel. */
const INTERPRETER_LIMIT_BYTES = 4096;

/**
 * Reads what an ELF file says about itself, whatever its class, byte order and machine: its headers, and where they
 * lead to, but never the whole file. Every offset and count is held against the file and a limit.
 *
 * @throws PlinthError `elf-invalid`, and those of reading `source`
 */
export function readElf(source: ByteSource): ElfFile {
  const headers = readHeaders(source);
  try {
    return readFacts(headers, source);
  } finally {
    headers.bytes.release();
  }
}

function readFacts(headers: Headers, source: ByteSource): ElfFile {
  const loaded = headers.header.type === 'executable' || headers.header.type === 'shared';
  const dynamic = loaded ? openDynamic(headers) : undefined;
  const interpreter = loaded ? readInterpreter(headers) : undefined;
  return {
    ...headers.header,
    ...(interpreter === undefined ? {} : { interpreter }),
    ...dynamicFacts(dynamic),
    ...noteFacts(loaded ? readNotes(headers) : { dlopen: [] }),
    symbolsNeeded: () => (dynamic === undefined ? [] : readSymbols(dynamic, source)),
  };
}

function openDynamic(headers: Headers): Dynamic | undefined {
  const entries = readDynamic(headers);
  return entries === undefined ? undefined : { headers, entries, texts: new DynamicTexts(headers, entries) };
}

/** Reads once more what it needs: only the headers are kept from the first time. */
function readSymbols({ headers: { header, segments }, entries }: Dynamic, source: ByteSource): ByteString[] {
  const bytes = new ElfBytes(source, header.class === 64, header.byteOrder === 'little');
  const headers = { header, segments, bytes };
  try {
    return readSymbolsNeeded({ headers, entries, texts: new DynamicTexts(headers, entries) });
  } finally {
    bytes.release();
  }
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

const NO_DYNAMIC: DynamicFacts = {
  hasDynamic: false,
  needed: [],
  filters: [],
  auxiliaries: [],
  flags1: 0,
  versionsNeeded: [],
  versionsDefined: [],
};

function dynamicFacts(dynamic: Dynamic | undefined): DynamicFacts {
  if (dynamic === undefined) return NO_DYNAMIC;
  const { texts, entries } = dynamic;
  const [soname, rpath, runpath] = [texts.last(DT.soname), texts.list(DT.rpath), texts.list(DT.runpath)];
  return {
    hasDynamic: true,
    needed: texts.all(DT.needed),
    filters: texts.all(DT.filter),
    auxiliaries: texts.all(DT.auxiliary),
    ...(soname === undefined ? {} : { soname }),
    ...(rpath === undefined ? {} : { rpath }),
    ...(runpath === undefined ? {} : { runpath }),
    flags1: entries.get(DT.flags1)?.[0] ?? 0,
    versionsNeeded: readVersionsNeeded(dynamic),
    versionsDefined: readVersionsDefined(dynamic),
  };
}

function noteFacts({ abi, buildId, dlopen }: Notes): Pick<ElfFile, 'abiNote' | 'buildId' | 'dlopenNotes'> {
  return {
    ...(abi === undefined ? {} : { abiNote: abi }),
    ...(buildId === undefined ? {} : { buildId }),
    dlopenNotes: dlopen,
  };
}
