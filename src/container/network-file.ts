import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writing } from '../store/index.ts';

/** Which network a container has: the host's own, or none but the loopback. */
export type NetworkMode = 'host' | 'none';

/** The files that tell a container of its network, by their places in it, and where they lie on the host. */
export type NetworkFiles = ReadonlyMap<string, string>;

/**
 * Writes `hosts`, `hostname` and `resolv.conf` for a container into `directory` (hosts(5), resolver(5)). With the host's
 * network it has the host's name servers; without one the file is empty.
 */
export function writeNetworkFiles(directory: string, hostname: string, network: NetworkMode): NetworkFiles {
  const texts: Record<string, string> = {
    '/etc/hosts': hostsText(hostname, network),
    '/etc/hostname': `${hostname}\n`,
    '/etc/resolv.conf': network === 'host' ? readIfReadable('/etc/resolv.conf') : '',
  };
  const files = new Map<string, string>();
  for (const [place, text] of Object.entries(texts)) {
    const path = join(directory, place.slice('/etc/'.length));
    writing(path, () => writeFileSync(path, text, { mode: 0o644 }));
    files.set(place, path);
  }
  return files;
}

function hostsText(hostname: string, network: NetworkMode): string {
  const own = '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n';
  const host = network === 'host' ? readIfReadable('/etc/hosts') : '';
  const text = host === '' ? own : host.endsWith('\n') ? host : `${host}\n`;
  const named = text.split(/\s+/).includes(hostname);
  return named ? text : `${text}127.0.1.1\t${hostname}\n`;
}

function readIfReadable(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
