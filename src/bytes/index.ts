export {
  type ByteString,
  byteString,
  compareBytes,
  decodeText,
  encodeText,
  isAscii,
  toBytes,
} from './byte-string.ts';
export { crc32c } from './crc32c.ts';
export {
  type BytesErrorCode,
  bytesErrors,
  type ChainId,
  chainId,
  type DiffId,
  type Digest,
  digestHex,
  digestOf,
  finishDigest,
  isDigest,
  parseDigest,
} from './digest.ts';
