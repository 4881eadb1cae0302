/** The errors thrown by `oci/`: code → what it means. */
export const ociErrors = {
  'document-invalid': 'A JSON document of an image or archive does not have the form that its specification asks for.',
  'document-too-large': 'A JSON document is larger or nested deeper than its limit.',
  'platform-invalid': 'A platform is not `os/architecture` or `os/architecture/variant`.',
  'reference-invalid': 'An image name does not follow the reference grammar.',
} as const;
export type OciErrorCode = keyof typeof ociErrors;
