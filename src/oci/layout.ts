import { PlinthError } from '../errors/index.ts';
import type { OciErrorCode } from './error.ts';
import { Fields, parseJson } from './fields.ts';

/** The bytes of the file `oci-layout` (OCI image specification, image-layout.md). */
export const LAYOUT_FILE: Buffer = Buffer.from('{"imageLayoutVersion":"1.0.0"}');

/**
 * Checks the bytes of a file `oci-layout`.
 *
 * @throws PlinthError `document-invalid`, also for another major version
 */
export function checkLayoutFile(bytes: Uint8Array): void {
  const version = new Fields(parseJson(bytes, 'oci-layout'), 'oci-layout').requiredString('imageLayoutVersion');
  if (version.startsWith('1.')) return;
  throw new PlinthError<OciErrorCode>(`read oci-layout: imageLayoutVersion is ${version.slice(0, 20)}, want 1.0.0`, {
    code: 'document-invalid',
  });
}
