/** The errors thrown by `runtime/`: code → what it means. */
export const runtimeErrors = {
  'runtime-unsupported-machine': 'The embedded runtime has no encoder for this processor.',
  'runtime-spec-invalid': 'A runtime specification contradicts itself or lacks a required value.',
  'runtime-spec-unsupported': 'A runtime specification asks for something that the embedded runtime does not do.',
  'runtime-directory-noexec': 'The start program lies on a file system that is mounted noexec.',
  'container-setup-failed': 'The kernel refused a step of the container set-up.',
  'container-died-early': 'The start program ended before the container ran.',
  'command-not-found': 'The command of a container does not exist in it; exit status 127.',
  'command-not-executable': 'The command of a container exists and cannot be executed; exit status 126.',
  'command-interpreter-missing':
    'The command exists but its script interpreter or program loader does not; status 127.',
  'user-namespace-failed': 'A user namespace could not be entered.',
  'subordinate-ids-missing': 'The user has no range of subordinate ids in /etc/subuid or /etc/subgid.',
} as const;
export type RuntimeErrorCode = keyof typeof runtimeErrors;
