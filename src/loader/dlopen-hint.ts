import type { ByteString } from '../bytes/index.ts';
import type { LoadedObject } from './loaded-object.ts';

/** What a program may load while it runs, though no header says so. */
export interface DlopenHint {
  readonly kind: 'nss' | 'gconv' | 'pam' | 'libgcc' | 'note';
  /** The library; `gconv` for the directory of converters between character sets. */
  readonly name: ByteString;
  /** Where it is, if it is there: the library, or the directory. */
  readonly path?: ByteString;
  /** The library, and what it needs beyond what is loaded anyway. */
  readonly objects: readonly LoadedObject[];
  /** Why it may be loaded, as one phrase. */
  readonly why: string;
  /** Whether something fails without it; else it is only used if it is there. */
  readonly required: boolean;
}
