/** The errors thrown by `size/`: code → what it means. */
export const sizeErrors = {
  'size-over-limit':
    'An image is larger, wastes more or is less efficient than the limits it was measured against allow.',
  'slim-class-unknown': 'What is to be left out or kept of an image is no class that `slim` knows.',
} as const;
export type SizeErrorCode = keyof typeof sizeErrors;
