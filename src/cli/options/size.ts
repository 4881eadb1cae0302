const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  tb: 1000 ** 4,
};

/**
 * A size in bytes: `1048576`, `150M`, `2GiB`, `1.5G`. As in the GNU tools, `M` and `MiB` are 1024², `MB` is 1000².
 *
 * @throws Error with the fact only; the flag parser adds the flag
 */
export function parseSize(given: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(given.trim());
  const unit = UNITS[match?.[2]?.toLowerCase() ?? '?'];
  const sizeBytes = Math.round(Number(match?.[1]) * (unit ?? Number.NaN));
  if (!Number.isSafeInteger(sizeBytes)) {
    throw new Error(`${JSON.stringify(given)} is not a size such as 150M, 2GiB or 1048576`);
  }
  return sizeBytes;
}
