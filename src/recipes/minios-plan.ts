/** One thing in the build context of a minios; paths are from its root. */
export type PlannedEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: string | Buffer }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** The first line of its Dockerfile: how an earlier minios is known again. */
export const MINIOS_MARK = '# minios: a system from nothing, made by "plinth new minios"';

const DOCKERFILE = `${MINIOS_MARK}
FROM scratch
MAINTAINER minios
ADD ./ /
RUN rm /Dockerfile
CMD ["/bin/sh"]
`;

const DIRECTORIES: readonly (readonly [path: string, mode: number])[] = [
  ['bin', 0o755],
  ['etc', 0o755],
  ['root', 0o700],
  ['sbin', 0o755],
  ['tmp', 0o1777],
  ...['usr', 'usr/bin', 'usr/include', 'usr/lib', 'usr/lib64', 'usr/local', 'usr/sbin'].map(
    (path) => [path, 0o755] as const,
  ),
  ...['var', 'var/lib', 'var/local', 'var/log', 'var/run'].map((path) => [path, 0o755] as const),
];

const FILES: readonly (readonly [path: string, content: string])[] = [
  ['Dockerfile', DOCKERFILE],
  ['etc/group', 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n'],
  ['etc/hosts', '127.0.0.1\tlocalhost\n::1\tlocalhost\n'],
  ['etc/os-release', 'NAME="minios"\nID=minios\nPRETTY_NAME="minios"\n'],
  ['etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n'],
  ['etc/profile', 'export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n'],
];

const LINKS: readonly (readonly [path: string, target: string])[] = [
  ['lib', 'usr/lib'],
  ['lib64', 'usr/lib64'],
];

/**
 * Everything in the build context, parents first.
 *
 * A command is a relative symbolic link to `bin/busybox`: unlike a hard link it survives every copy, archive, checkout
 * and builder, and unlike an absolute one it also leads to the right file while the tree lies in a directory.
 */
export function planMinios(busybox: Buffer, applets: readonly string[]): PlannedEntry[] {
  const commands = [...new Set(applets)].filter((path) => path !== 'bin/busybox').sort();
  const known = new Set(DIRECTORIES.map(([path]) => path));
  return [
    ...DIRECTORIES.map(([path, mode]) => ({ kind: 'directory', path, mode }) as const),
    ...missingParents(commands, known).map((path) => ({ kind: 'directory', path, mode: 0o755 }) as const),
    ...FILES.map(([path, content]) => ({ kind: 'file', path, mode: 0o644, content }) as const),
    { kind: 'file', path: 'bin/busybox', mode: 0o755, content: busybox },
    ...LINKS.map(([path, target]) => ({ kind: 'link', path, target }) as const),
    ...commands.map((path) => ({ kind: 'link', path, target: commandTarget(path) }) as const),
  ];
}

/** Directories that a BusyBox with places of its own asks for. */
function missingParents(commands: readonly string[], known: Set<string>): string[] {
  const missing = new Set<string>();
  for (const path of commands) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join('/');
      if (!known.has(parent)) missing.add(parent);
    }
  }
  return [...missing].sort();
}

/** Where the link of the command at `path` leads. */
export function commandTarget(path: string): string {
  const depth = path.split('/').length - 1;
  if (path.startsWith('bin/') && depth === 1) return 'busybox';
  return `${'../'.repeat(depth)}bin/busybox`;
}
