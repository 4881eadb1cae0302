const BASE = 0x0804_8000;
const HEADERS_BYTES = 52 + 32;

/** mov eax, 4; mov ebx, 1; mov ecx, text; mov edx, 3; int 0x80 */
const WRITE = 'b804000000 bb01000000 b900000000 ba03000000 cd80';
/** mov eax, 22; xor ebx, ebx; int 0x80 */
const UMOUNT_NULL = 'b816000000 31db cd80';
/** neg eax; mov ebx, eax; mov eax, 1; int 0x80 */
const EXIT_WITH_ERROR = 'f7d8 89c3 b801000000 cd80';

/** A static program for i386 that prints `hi` and exits with the error number of `umount(NULL)`. */
export function i386Program(): Buffer {
  const code = Buffer.from([WRITE, UMOUNT_NULL, EXIT_WITH_ERROR].join('').replaceAll(' ', ''), 'hex');
  code.writeUInt32LE(BASE + HEADERS_BYTES + code.length, 11);
  const text = Buffer.from('hi\n');
  const sizeBytes = HEADERS_BYTES + code.length + text.length;
  const header = Buffer.alloc(52);
  header.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  header.writeUInt16LE(2, 16); // ET_EXEC
  header.writeUInt16LE(3, 18); // EM_386
  header.writeUInt32LE(1, 20);
  header.writeUInt32LE(BASE + HEADERS_BYTES, 24);
  header.writeUInt32LE(52, 28);
  header.writeUInt16LE(52, 40);
  header.writeUInt16LE(32, 42);
  header.writeUInt16LE(1, 44);
  // PT_LOAD: offset, two addresses, two sizes, PF_R|PF_X, alignment.
  const segment = Buffer.from(Uint32Array.from([1, 0, BASE, BASE, sizeBytes, sizeBytes, 5, 0x1000]).buffer);
  return Buffer.concat([header, segment, code, text]);
}
