import { planExt4 } from '../disk/index.ts';
import { writeDiskFile } from '../host/index.ts';
import { type Common, withStore } from './session.ts';
import { sourceDateEpoch } from './source-date-epoch.ts';
import { openTree, type SourceKind } from './tree-source.ts';

export interface DiskOptions extends Common {
  /** An image of the store, a tar in any compression, or a directory. */
  readonly source: string;
  /** Where the disk goes; what is there is replaced when the disk is whole. */
  readonly file: string;
  /** Size of the whole disk; or `freeBytes`: what root can still write. Neither: a usable root. */
  readonly sizeBytes?: number | undefined;
  readonly freeBytes?: number | undefined;
  /** Absent: true. */
  readonly journal?: boolean;
  readonly label?: string | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** The disk that was written. */
export interface DiskReport {
  /** What the source was found to be. */
  readonly kind: SourceKind;
  readonly sizeBytes: number;
  /** What root can still write on it. */
  readonly freeBytes: number;
  /** Files, directories, links and devices on it. */
  readonly entries: number;
}

/**
 * Writes a root file system as an ext4 disk: owners, modes, times, devices and attributes as the source has them, as
 * any user. The same source gives the same bytes.
 *
 * @throws PlinthError of `disk/` (too small, and how large it must be), `disk-source-invalid`, `image-not-found`
 */
export function writeDisk(options: DiskOptions): Promise<DiskReport> {
  const { source, file, sizeBytes, freeBytes, journal, label, signal, onProgress } = options;
  return withStore(options, async (store) => {
    const open = await openTree(store, source, signal);
    try {
      const size =
        sizeBytes !== undefined ? { totalBytes: sizeBytes } : freeBytes !== undefined ? { freeBytes } : undefined;
      const plan = planExt4(open.tree, {
        size,
        journal,
        label,
        identity: open.identity,
        epochSeconds: sourceDateEpoch(),
      });
      const result = await writeDiskFile(plan, file, { signal, onProgress });
      const entries = plan.layout.inodes.length;
      return { kind: open.kind, sizeBytes: plan.sizeBytes, freeBytes: result.freeBytes, entries };
    } finally {
      open.close();
    }
  });
}
