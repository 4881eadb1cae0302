import { ftruncateSync } from 'node:fs';
import { type Ext4Plan, type Ext4Result, type Ext4WriteOptions, writeExt4 } from '../disk/index.ts';
import { writeOutputFile, writeWhole } from './output-file.ts';

/**
 * Writes a planned disk as a sparse file, whole or not at all.
 *
 * @throws PlinthError `host-write-failed`, and those of `writeExt4`
 */
export function writeDiskFile(plan: Ext4Plan, path: string, options: Ext4WriteOptions = {}): Promise<Ext4Result> {
  return writeOutputFile(path, async (fd) => {
    const result = await writeExt4(plan, { write: (chunk, position) => writeWhole(fd, chunk, position) }, options);
    // The end may be a hole.
    ftruncateSync(fd, plan.sizeBytes);
    return result;
  });
}
