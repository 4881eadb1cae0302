import { isAbsolute, join } from 'node:path';

/** Where the parts of a store lie. */
export interface StorePaths {
  readonly root: string;
  /** Says which version of the layout the store has; written last, so that its presence means all is there. */
  readonly versionFile: string;
  /** An OCI image layout. */
  readonly oci: string;
  readonly indexFile: string;
  readonly blobs: string;
  /** Per layer: the index of its tar. */
  readonly layers: string;
  readonly snapshots: string;
  readonly containers: string;
  readonly cache: string;
  readonly tmp: string;
  readonly locks: string;
}

export function storePaths(root: string): StorePaths {
  const oci = join(root, 'oci');
  return {
    root,
    versionFile: join(root, 'version'),
    oci,
    indexFile: join(oci, 'index.json'),
    blobs: join(oci, 'blobs', 'sha256'),
    layers: join(root, 'layers'),
    snapshots: join(root, 'snapshots'),
    containers: join(root, 'containers'),
    cache: join(root, 'cache'),
    tmp: join(root, 'tmp'),
    locks: join(root, 'locks'),
  };
}

/**
 * Where the store of a user is: `$PLINTH_ROOT`, else `/var/lib/plinth` for root and `$XDG_DATA_HOME/plinth` for others
 * (`~/.local/share` if unset or, as the XDG specification asks, not absolute).
 */
export function storeRoot(env: Readonly<Record<string, string | undefined>>, uid: number, home: string): string {
  if (env.PLINTH_ROOT) return env.PLINTH_ROOT;
  if (uid === 0) return '/var/lib/plinth';
  const data = env.XDG_DATA_HOME;
  return join(data && isAbsolute(data) ? data : join(home, '.local', 'share'), 'plinth');
}
