// POSIX ACLs: what system.posix_acl_* gives and takes, and what ext4 keeps, both little-endian.
//
//   attribute   version 2 u32 | per entry: tag u16 | permissions u16 | id u32
//   on disk     version 1 u32 | per entry: tag u16 | permissions u16 | id u32 only for a named user or group

const ATTRIBUTE_VERSION = 2;
const DISK_VERSION = 1;
const NAMED_USER = 0x02;
const NAMED_GROUP = 0x08;
const TAGS = new Set([0x01, NAMED_USER, 0x04, NAMED_GROUP, 0x10, 0x20]);
const MAX_PERMISSIONS = 7;

/** The ACL of an attribute as ext4 keeps it; undefined if it is none. */
export function encodeAcl(attribute: Uint8Array): Buffer | undefined {
  const input = Buffer.from(attribute.buffer, attribute.byteOffset, attribute.byteLength);
  if (input.length < 4 || input.length % 8 !== 4 || input.readUInt32LE(0) !== ATTRIBUTE_VERSION) return undefined;
  const output = Buffer.alloc(input.length);
  output.writeUInt32LE(DISK_VERSION, 0);
  let used = 4;
  for (let at = 4; at < input.length; at += 8) {
    const tag = input.readUInt16LE(at);
    if (!TAGS.has(tag) || input.readUInt16LE(at + 2) > MAX_PERMISSIONS) return undefined;
    const bytes = tag === NAMED_USER || tag === NAMED_GROUP ? 8 : 4;
    input.copy(output, used, at, at + bytes);
    used += bytes;
  }
  return output.subarray(0, used);
}
