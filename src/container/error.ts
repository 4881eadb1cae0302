/** The errors thrown by `container/`: code → what it means. */
export const containerErrors = {
  'user-unknown': 'A user or group is not in the account files of the image.',
  'command-missing': 'Neither the command line nor the image says what to run.',
  'container-not-found': 'No container has this name or id.',
  'container-ambiguous': 'Several containers have ids that begin so.',
  'container-name-taken': 'Another container has this name.',
  'container-name-invalid': 'A container name has characters other than letters, digits, `_`, `.` and `-`.',
  'container-running': 'The container is running and cannot be removed.',
  'container-state-invalid': "A container's state file cannot be read.",
  'volume-invalid':
    'A bind mount names a source that is missing and cannot be made, or a target that is not an absolute path.',
  'worker-failed': 'The helper process inside the user namespace ended without an answer.',
  'namespace-unavailable': 'This user may not make the namespaces that a container needs.',
} as const;
export type ContainerErrorCode = keyof typeof containerErrors;
