import type { ByteString } from '../bytes/index.ts';
import { DigestColumn } from './digest-column.ts';
import {
  changeTime,
  type FileFacts,
  type Fingerprint,
  fileSize,
  fingerprintOf,
  hasFacts,
  modificationTime,
  pathStart,
  type StatColumns,
} from './stat-columns.ts';
import { decodeStats, encodeStats, type StatRun } from './stat-file.ts';
import { StatRows } from './stat-rows.ts';

/** Entries that so many builds in a row did not meet are dropped. */
const AGE_LIMIT = 16;
/** Kernel timestamps advance in ticks: a change within one tick of a read may leave the same time behind. */
const TICK_NS = 20_000_000n;
/** The same for file systems that keep whole seconds (or two of them). */
const COARSE_TICK_NS = 2_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/** A file that was met, by the number of its row: of those of earlier builds first, then of those that are new. */
export type StatRow = number & { readonly __statRow: true };

/** What became of a row of an earlier build that was met, or whose path was. */
const MET = 1;
const REPLACED = 2;

/**
 * What the files of one directory were when they were read, by the facts that change whenever they do. The same file
 * with the same facts has the same content, so it need not be read again; the idea of git's index.
 *
 * It also holds the facts of all files that were met, so that nobody else need: those of 100,000 files count.
 */
export class StatCache {
  readonly #stored: StatColumns;
  readonly #rows = new Map<ByteString, number>();
  readonly #fates: Uint8Array;
  readonly #fresh = new StatRows();
  /** Of fresh rows: the stored row of the same path, if there is one. */
  readonly #replaces = new Map<number, number>();
  readonly #digests = new DigestColumn();
  #changed = false;

  private constructor(stored: StatColumns) {
    this.#stored = stored;
    this.#fates = new Uint8Array(stored.ages.length);
    const paths = stored.paths.toString('latin1');
    for (let row = 0; row < stored.ages.length; row++) {
      this.#rows.set(paths.slice(pathStart(stored, row), pathStart(stored, row + 1)) as ByteString, row);
    }
  }

  /** The cache that {@link encode} wrote; an empty one for bytes that are damaged, of another version, or absent. */
  static decode(bytes: Uint8Array | undefined): StatCache {
    return new StatCache(decodeStats(bytes));
  }

  /** Whether {@link encode} would write anything new. */
  get changed(): boolean {
    return this.#changed;
  }

  /** Takes note of the file at `path`; each is met once. */
  meet(path: ByteString, facts: FileFacts): StatRow {
    const stored = this.#rows.get(path);
    if (stored !== undefined && hasFacts(this.#stored, stored, facts)) {
      this.#fates[stored] = MET;
      return stored as StatRow;
    }
    const fresh = this.#fresh.add(path, facts);
    if (stored !== undefined) this.#replaces.set(fresh, stored);
    return (this.#fates.length + fresh) as StatRow;
  }

  sizeBytes(row: StatRow): number {
    const fresh = row - this.#fates.length;
    return fresh < 0 ? fileSize(this.#stored, row) : fileSize(this.#fresh.columns, fresh);
  }

  mtimeNs(row: StatRow): bigint {
    const fresh = row - this.#fates.length;
    return fresh < 0 ? modificationTime(this.#stored, row) : this.#fresh.mtimeNs(fresh);
  }

  /** The fingerprint that an earlier build remembered of the file, if it still is what it was. */
  fingerprint(row: StatRow): Fingerprint | undefined {
    return row < this.#fates.length ? fingerprintOf(this.#stored, row) : undefined;
  }

  /** The sha256 of the file's bytes that {@link setDigest} noted for this build. */
  digest(row: StatRow): Fingerprint | undefined {
    return this.#digests.get(row);
  }

  setDigest(row: StatRow, digest: Fingerprint | undefined): void {
    this.#digests.set(row, digest);
  }

  /**
   * Remembers the fingerprint of what was read after `takenNs`, when no file had been met yet. A file changed so shortly
   * before that a further change might not show in its times is not remembered.
   */
  remember(row: StatRow, fingerprint: Fingerprint, takenNs: bigint): void {
    const fresh = row - this.#fates.length;
    if (fresh < 0) return;
    const ctimeNs = changeTime(this.#fresh.columns, fresh);
    const tick = ctimeNs % SECOND_NS === 0n ? COARSE_TICK_NS : TICK_NS;
    if (ctimeNs > takenNs - tick) return;
    this.#fresh.setFingerprint(fresh, fingerprint);
    const replaced = this.#replaces.get(fresh);
    if (replaced !== undefined) this.#fates[replaced] = REPLACED;
    this.#changed = true;
  }

  /** The cache as bytes, with what this build met and, for some builds on, what it did not. */
  encode(): Buffer {
    const ages = this.#stored.ages.map((age, row) => (this.#fates[row] === MET ? 0 : Math.min(age, AGE_LIMIT) + 1));
    const stored = { ...this.#stored, ages };
    const fresh = this.#fresh.columns;
    return encodeStats([
      ...runs(stored, ages.length, (row) => this.#fates[row] !== REPLACED && (ages[row] ?? 0) <= AGE_LIMIT),
      ...runs(fresh, this.#fresh.count, (row) => this.#fresh.hasFingerprint(row)),
    ]);
  }
}

/** The rows that are to be kept, as few runs as they make. */
function runs(columns: StatColumns, count: number, isKept: (row: number) => boolean): StatRun[] {
  const found: StatRun[] = [];
  for (let to = 0; to < count; ) {
    let from = to;
    while (from < count && !isKept(from)) from++;
    to = from;
    while (to < count && isKept(to)) to++;
    if (from < to) found.push({ columns, from, to });
  }
  return found;
}
