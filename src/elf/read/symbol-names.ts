import type { ByteString } from '../../bytes/index.ts';
import { DT } from './dynamic.ts';
import type { ElfTable } from './elf-bytes.ts';
import { locate } from './header.ts';
import type { NameBeginnings } from './name-beginnings.ts';
import type { Dynamic } from './versions.ts';

const NAME_LIMIT_BYTES = 512;
const PLACE = 'string table';

/** The names at ascending `offsets` of the string table, as far as they end within a limit and are wanted. */
export function readSymbolNames(
  { headers, entries }: Dynamic,
  offsets: Uint32Array,
  wanted?: NameBeginnings,
): ByteString[] {
  const { bytes } = headers;
  const { offsetBytes, leftBytes } = locate(headers, entries.first(DT.strings) ?? 0, PLACE);
  const sizeBytes = Math.min(leftBytes, bytes.sizeBytes - offsetBytes);
  const names: ByteString[] = [];
  let piece: ElfTable | undefined;
  let pieceAt = 0;
  // An iterator would make an object of each number.
  for (let index = 0; index < offsets.length; index++) {
    const offset = offsets[index] ?? 0;
    if (offset >= sizeBytes) break;
    const limit = Math.min(offset + NAME_LIMIT_BYTES, sizeBytes);
    if (piece === undefined || limit > pieceAt + piece.lengthBytes) {
      pieceAt = offset;
      piece = bytes.tableFrom(offsetBytes + offset, limit - offset, PLACE);
    }
    const at = offset - pieceAt;
    if (wanted?.begin(piece, at) === false) continue;
    const name = piece.textUpToNul(at, limit - pieceAt);
    if (name !== undefined && name !== '') names.push(name);
  }
  return names;
}
