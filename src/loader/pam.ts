import type { ByteString } from '../bytes/index.ts';
import type { RootFiles } from './root-files.ts';

const DIRECTORY = '/etc/pam.d';
const LIMIT_BYTES = 64 * 1024;
const FILE_LIMIT = 64;

/** The modules that the PAM configuration of a service names (pam.conf(5)), as they stand there: names or paths. */
export function pamModules(files: RootFiles, service: ByteString): ByteString[] {
  const own = files.find(`${DIRECTORY}/${service}` as ByteString) === undefined ? ('other' as ByteString) : service;
  const modules = new Set<ByteString>();
  const waiting = [own];
  const seen = new Set<ByteString>();
  for (let name = waiting.pop(); name !== undefined && seen.size < FILE_LIMIT; name = waiting.pop()) {
    if (seen.has(name) || name.includes('..')) continue;
    seen.add(name);
    const path = name.startsWith('/') ? name : (`${DIRECTORY}/${name}` as ByteString);
    for (const line of (files.text(path, LIMIT_BYTES) ?? '').split('\n')) {
      const { include, module } = readLine(line);
      if (include !== undefined) waiting.push(include);
      if (module !== undefined) modules.add(module);
    }
  }
  return [...modules];
}

function readLine(line: string): {
  readonly include?: ByteString | undefined;
  readonly module?: ByteString | undefined;
} {
  const text = line.replace(/#.*$/, '').trim();
  const included = /^@include\s+(\S+)/.exec(text)?.[1];
  if (included !== undefined) return { include: included as ByteString };
  const [, control, target] = /^-?\w+\s+(\[[^\]]*\]|\w+)\s+(\S+)/.exec(text) ?? [];
  if (control === 'include' || control === 'substack') return { include: target as ByteString };
  return { module: target as ByteString | undefined };
}
