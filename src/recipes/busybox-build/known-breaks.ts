import type { BuildError } from './first-error.ts';

/** Options that do not compile with some kernel headers, C libraries or compilers, and can be done without. */
export interface KnownBreak {
  readonly options: readonly string[];
  readonly reason: string;
}

const BREAKS: readonly (KnownBreak & { readonly file: RegExp; readonly message: RegExp })[] = [
  {
    options: ['TC'],
    file: /^networking\/tc\.c$/,
    message: /tc_cbq|TCA_CBQ|TC_CBQ/,
    reason: 'the kernel headers (Linux 6.8 or later) no longer have the CBQ queueing discipline that it uses',
  },
  {
    options: ['SHA1_HWACCEL', 'SHA256_HWACCEL'],
    file: /^libbb\/hash_md5_sha\.c$/,
    message: /shaNI/,
    reason: 'its use of SHA instructions does not compile for this processor',
  },
  {
    options: ['FEATURE_INETD_RPC'],
    file: /^networking\/inetd\.c$/,
    message: /rpc\/rpc\.h/,
    reason: 'the C library (glibc 2.32 or later) no longer has Sun RPC',
  },
  {
    options: ['FEATURE_MOUNT_NFS'],
    file: /^util-linux\/mount\.c$/,
    message: /rpc\/rpc\.h/,
    reason: 'the C library (glibc 2.32 or later) no longer has Sun RPC',
  },
];

/** What to leave out because of `error`; undefined if it is none of those that are known. */
export function findKnownBreak({ message, place }: BuildError): KnownBreak | undefined {
  return BREAKS.find(({ file, message: text }) => place !== undefined && file.test(place.file) && text.test(message));
}
