import type { ByteString } from '../../bytes/index.ts';

/** One package that a package manager has installed. */
export interface InstalledPackage {
  readonly manager: 'dpkg' | 'apk';
  readonly name: string;
  readonly version: string;
  /** The paths it brought, as its database has them: links on the way are not followed, directories may be among them. */
  readonly paths: readonly ByteString[];
}
