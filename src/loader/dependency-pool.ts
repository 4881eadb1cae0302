import type { ByteString } from '../bytes/index.ts';
import type { Dependency, PassedOver, SearchReason } from './loaded-object.ts';
import type { FoundFile } from './root-files.ts';

/** Where a library lies. */
type Place = Pick<FoundFile, 'path' | 'realPath'>;

interface Finding {
  readonly reason: SearchReason;
  readonly optional: boolean;
  readonly passedOver: readonly PassedOver[];
}

const NOTHING: readonly never[] = [];

/** Makes dependencies. Most programs need the same libraries, found in the same way, and share one value for each. */
export class DependencyPool {
  readonly #loaded = new Map<ByteString, Dependency>();
  readonly #found = new Map<ByteString, Dependency>();

  /** The dependency on `name` that was loaded before. */
  loaded(name: ByteString, place: Place, optional: boolean): Dependency {
    return shared(this.#loaded, name, place, { reason: 'already-loaded', optional, passedOver: NOTHING });
  }

  /** The dependency on `name` that a search has found. */
  found(name: ByteString, place: Place, { reason, optional, passedOver }: Finding): Dependency {
    const passed = passedOver.length === 0 ? NOTHING : passedOver;
    return shared(this.#found, name, place, { reason, optional, passedOver: passed });
  }
}

function shared(
  pool: Map<ByteString, Dependency>,
  name: ByteString,
  { path, realPath }: Place,
  finding: Finding,
): Dependency {
  const { reason, optional, passedOver } = finding;
  const known = pool.get(name);
  if (
    known?.path === path &&
    known.realPath === realPath &&
    known.reason === reason &&
    known.optional === optional &&
    known.passedOver === passedOver
  ) {
    return known;
  }
  const dependency = { name, reason, path, realPath, optional, searched: NOTHING, passedOver };
  pool.set(name, dependency);
  return dependency;
}
