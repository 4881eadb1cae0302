import type { Instruction } from './instruction.ts';

/** A part of the language that a builder may not know how to do. */
export type LanguageFeature =
  | 'run-mount'
  | 'run-network'
  | 'run-security'
  | 'run-device'
  | 'copy-link'
  | 'copy-parents'
  | 'copy-exclude'
  | 'add-url'
  | 'add-git'
  | 'add-checksum'
  | 'add-keep-git-dir'
  | 'add-unpack';

/** How each feature is written, for messages. */
export const languageFeatures: Readonly<Record<LanguageFeature, string>> = {
  'run-mount': 'RUN --mount',
  'run-network': 'RUN --network=host',
  'run-security': 'RUN --security=insecure',
  'run-device': 'RUN --device',
  'copy-link': '--link',
  'copy-parents': 'COPY --parents',
  'copy-exclude': '--exclude',
  'add-url': 'ADD of a URL',
  'add-git': 'ADD of a git repository',
  'add-checksum': 'ADD --checksum',
  'add-keep-git-dir': 'ADD --keep-git-dir',
  'add-unpack': 'ADD --unpack',
};

/** The parts of the language that `instruction` (expanded, for sources that depend on variables) makes use of. */
export function usedFeatures(instruction: Instruction): LanguageFeature[] {
  const found: [LanguageFeature, boolean][] = [];
  if (instruction.kind === 'run') {
    found.push(
      ['run-mount', instruction.mounts.length > 0],
      ['run-network', instruction.network === 'host'],
      ['run-security', instruction.security === 'insecure'],
      ['run-device', instruction.devices.length > 0],
    );
  } else if (instruction.kind === 'copy' || instruction.kind === 'add') {
    const isAdd = instruction.kind === 'add';
    found.push(
      ['copy-link', instruction.isLinked],
      ['copy-parents', instruction.keepsParents],
      ['copy-exclude', instruction.exclude.length > 0],
      ['add-git', isAdd && instruction.sources.some(isGitSource)],
      ['add-url', isAdd && instruction.sources.some((source) => isUrlSource(source) && !isGitSource(source))],
      ['add-checksum', instruction.checksum !== undefined],
      ['add-keep-git-dir', instruction.keepsGitDirectory],
      ['add-unpack', instruction.unpack !== undefined],
    );
  }
  return found.filter(([, isUsed]) => isUsed).map(([feature]) => feature);
}

/** Whether a source of ADD is fetched by HTTP. */
export function isUrlSource(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/** Whether a source of ADD is a git repository. */
export function isGitSource(source: string): boolean {
  return /^(git:\/\/|ssh:\/\/|git@|github\.com\/)/.test(source) || /^https?:\/\/[^?#]*\.git(?:[?#]|$)/.test(source);
}
