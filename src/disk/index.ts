export {
  type DiskErrorCode,
  type DiskSink,
  type DiskSize,
  diskErrors,
  type Ext4Options,
  type Ext4Plan,
  type Ext4Result,
  type Ext4WriteOptions,
  planExt4,
  writeExt4,
} from './ext4/index.ts';
