import type { ByteString } from '../bytes/index.ts';
import type { CheckContext } from './checks/check.ts';
import type { Fix } from './finding.ts';

/** Programs that are more than one file, and the packages that have them. */
const PACKAGES: Readonly<Record<string, { readonly apt: string; readonly apk: string }>> = {
  bash: { apt: 'bash', apk: 'bash' },
  node: { apt: 'nodejs', apk: 'nodejs' },
  perl: { apt: 'perl', apk: 'perl' },
  php: { apt: 'php-cli', apk: 'php' },
  python: { apt: 'python-is-python3', apk: 'python3' },
  python3: { apt: 'python3', apk: 'python3' },
  ruby: { apt: 'ruby', apk: 'ruby' },
};

/** How the image's own package manager brings a program in; undefined if it has none, or does not know the program. */
export function packagesFor({ patient, mender }: CheckContext, name: ByteString): Fix | undefined {
  const known = PACKAGES[name];
  if (known === undefined || patient.facts.source.kind !== 'image') return undefined;
  if (patient.file('/sbin/apk') !== undefined) return mender.run(['apk', 'add', '--no-cache', known.apk]);
  if (patient.file('/usr/bin/apt-get') === undefined || mender.run(['apt-get']) === undefined) return undefined;
  return mender.configure(`RUN apt-get update && apt-get install -y --no-install-recommends ${known.apt}`);
}
