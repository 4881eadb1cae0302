/**
 * Puts the bytes of a byte string at `offset` of `into`. For names, of which there are many and short ones,
 * `Buffer.write` takes six times as long.
 */
export function putText(text: string, into: Uint8Array, offset: number): void {
  for (let i = 0; i < text.length; i++) into[offset + i] = text.charCodeAt(i);
}
