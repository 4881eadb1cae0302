import type { ByteString } from '../../bytes/index.ts';
import { byteString } from '../../bytes/index.ts';
import { readContent, type TreePath } from '../../tree/index.ts';
import type { BuildShell } from './build-shell.ts';
import type { Source } from './fetch-source.ts';

/**
 * The variables of every program of a build, all of them: nothing of the user's surroundings goes into the result. The
 * time is the source's; user and host are nobody's; texts and order are those of no country.
 */
export function buildVariables({
  source,
  shell,
  sourceDateEpoch,
}: {
  readonly source: Source;
  readonly shell: BuildShell;
  readonly sourceDateEpoch: number | undefined;
}): Record<string, string> {
  const seconds = sourceDateEpoch ?? source.epochSeconds;
  return {
    HOME: shell.directory,
    TMPDIR: shell.directory,
    LC_ALL: 'C',
    TZ: 'UTC',
    SOURCE_DATE_EPOCH: String(seconds),
    KBUILD_BUILD_TIMESTAMP: new Date(seconds * 1000).toUTCString(),
    KBUILD_BUILD_USER: 'plinth',
    KBUILD_BUILD_HOST: 'plinth',
    // Sources before 1.28 would write the time of the day; later ones write the one above.
    ...(knowsSourceDateEpoch(source) ? {} : { KCONFIG_NOTIMESTAMP: '1' }),
  };
}

function knowsSourceDateEpoch({ tree }: Source): boolean {
  const node = tree.lookup('scripts/kconfig/confdata.c' as TreePath);
  if (node?.kind !== 'file') return false;
  return byteString(readContent(node.content)).includes('SOURCE_DATE_EPOCH' as ByteString);
}
