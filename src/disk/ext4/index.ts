export type { DiskSink } from './block-writer.ts';
export { type DiskErrorCode, diskErrors } from './errors.ts';
export { type Ext4Options, type Ext4Plan, planExt4 } from './plan.ts';
export type { DiskSize } from './size.ts';
export { type Ext4Result, type Ext4WriteOptions, writeExt4 } from './write.ts';
