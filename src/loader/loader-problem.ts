import type { ByteString } from '../bytes/index.ts';

/** What keeps a program from starting. */
export type LoaderProblemKind =
  | 'program-missing'
  | 'program-not-a-file'
  | 'program-not-executable'
  | 'program-format'
  | 'program-invalid'
  | 'program-unreadable'
  | 'script-interpreter-missing'
  | 'script-carriage-return'
  | 'script-first-line'
  | 'script-nesting'
  | 'loader-missing'
  | 'loader-not-executable'
  | 'loader-invalid'
  | 'library-missing'
  | 'library-broken'
  | 'version-missing';

/** One reason why a program would not start. */
export interface LoaderProblem {
  readonly kind: LoaderProblemKind;
  /** The file that it is about: the one that cannot be used, or that needs what is missing. */
  readonly path: ByteString;
  /** The file, library or version that is missing, where one is. */
  readonly missing?: ByteString;
  /** What the user would see, in the words of the kernel or the loader. */
  readonly message: string;
  /** What was found out about it, as one sentence. */
  readonly hint?: string;
}
