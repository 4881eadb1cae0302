import { formatFamiliarReference, parseReference, type Reference, withDefaultTag } from '../oci/index.ts';

/** `text` as a name with a tag, as Docker shows it; undefined if it is none, or names a digest. */
export function familiarName(text: string): string | undefined {
  const reference = parsedOrNothing(text);
  if (reference === undefined || reference.digest !== undefined) return undefined;
  return formatFamiliarReference(withDefaultTag(reference));
}

/** `text` as a reference; undefined if it is none. */
export function parsedOrNothing(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch {
    return undefined;
  }
}
