import type { ByteString } from '../bytes/index.ts';
import {
  emptyColumns,
  FACTS,
  FINGERPRINT_BYTES,
  type FileFacts,
  type Fingerprint,
  modificationTime,
  type StatColumns,
} from './stat-columns.ts';

const FIRST_ROWS = 256;
const PATH_BYTES = 32;
/** The age of a row whose fingerprint is not known. */
const UNKNOWN = 255;

/** Columns that rows are added to. */
export class StatRows {
  #columns: StatColumns = emptyColumns(FIRST_ROWS, FIRST_ROWS * PATH_BYTES);
  #count = 0;
  #pathBytes = 0;
  /** The modification times that 64 bits do not hold, those before 1678 and after 2262: no layer can hold them either. */
  readonly #farTimes = new Map<number, bigint>();

  get count(): number {
    return this.#count;
  }

  /** As they are now: after {@link add} they may be others. */
  get columns(): StatColumns {
    return this.#columns;
  }

  /** Adds a row without a fingerprint; returns its number. */
  add(path: ByteString, { dev, ino, size, mtimeNs, ctimeNs }: FileFacts): number {
    const row = this.#count++;
    this.#makeRoom(row, path.length);
    const { facts, pathEnds, ages, paths } = this.#columns;
    const at = row * FACTS;
    facts[at] = dev;
    facts[at + 1] = ino;
    facts[at + 2] = size;
    facts[at + 3] = mtimeNs;
    facts[at + 4] = ctimeNs;
    if (facts[at + 3] !== mtimeNs) this.#farTimes.set(row, mtimeNs);
    ages[row] = UNKNOWN;
    this.#pathBytes += paths.write(path, this.#pathBytes, 'latin1');
    pathEnds[row] = this.#pathBytes;
    return row;
  }

  mtimeNs(row: number): bigint {
    return this.#farTimes.get(row) ?? modificationTime(this.#columns, row);
  }

  hasFingerprint(row: number): boolean {
    return this.#columns.ages[row] === 0;
  }

  setFingerprint(row: number, fingerprint: Fingerprint): void {
    this.#columns.ages[row] = 0;
    this.#columns.fingerprints.write(fingerprint, row * FINGERPRINT_BYTES, 'latin1');
  }

  #makeRoom(row: number, pathBytes: number): void {
    const { facts, pathEnds, ages, fingerprints, paths } = this.#columns;
    const rows = row < ages.length ? ages.length : 2 * ages.length;
    const allPathBytes = this.#pathBytes + pathBytes <= paths.length ? paths.length : 2 * (paths.length + pathBytes);
    if (rows === ages.length && allPathBytes === paths.length) return;
    const grown = emptyColumns(rows, allPathBytes);
    grown.facts.set(facts);
    grown.pathEnds.set(pathEnds);
    grown.ages.set(ages);
    grown.fingerprints.set(fingerprints);
    grown.paths.set(paths);
    this.#columns = grown;
  }
}
