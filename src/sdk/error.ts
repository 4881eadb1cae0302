/** The errors thrown by `sdk/` itself: code → what it means. */
export const sdkErrors = {
  'image-platform': 'An image was made for another platform than this machine.',
  'capability-unknown': 'No capability has this name.',
  'disk-source-invalid': 'What is to be written to a disk is neither an image, nor a tar, nor a directory.',
  'base-tar-invalid': 'What was given as the root file system of a base image is no tar of one.',
  'archive-several-images': 'One image is wanted, and an archive holds several or none.',
  'doctor-command-missing': 'A directory or tar was to be examined, and nothing says what is to be started in it.',
  'source-date-epoch-invalid': 'The environment variable SOURCE_DATE_EPOCH is not a number of seconds.',
  'busybox-needs-libraries': 'An image or a build context was asked for of a BusyBox that needs libraries.',
  'change-invalid': 'A change of an imported image is no instruction that only configures.',
} as const;
export type SdkErrorCode = keyof typeof sdkErrors;
