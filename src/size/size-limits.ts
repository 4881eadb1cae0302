import type { LayersUsage } from './layer-usage.ts';

/** What an image may at most be. */
export interface SizeLimits {
  /** Of all layers together. */
  readonly maxStoredBytes?: number | undefined;
  readonly maxWastedBytes?: number | undefined;
  /** Of what is stored: 0.05 are five percent. */
  readonly maxWastedShare?: number | undefined;
  /** 0 to 1. */
  readonly minEfficiency?: number | undefined;
}

/** A limit that does not hold. */
export interface SizeBreach {
  readonly limit: keyof SizeLimits;
  /** In the limit's unit: bytes, or a part of 1. */
  readonly allowed: number;
  readonly actual: number;
}

/** The limits that `usage` does not keep. */
export function checkSizeLimits(usage: Omit<LayersUsage, 'layers' | 'wasted'>, limits: SizeLimits): SizeBreach[] {
  const { storedBytes, wastedBytes, efficiency } = usage;
  const actual = {
    maxStoredBytes: storedBytes,
    maxWastedBytes: wastedBytes,
    maxWastedShare: storedBytes === 0 ? 0 : wastedBytes / storedBytes,
    minEfficiency: efficiency,
  } satisfies Record<keyof SizeLimits, number>;
  return (Object.keys(actual) as (keyof SizeLimits)[]).flatMap((limit) => {
    const allowed = limits[limit];
    if (allowed === undefined) return [];
    const isKept = limit === 'minEfficiency' ? actual[limit] >= allowed : actual[limit] <= allowed;
    return isKept ? [] : [{ limit, allowed, actual: actual[limit] }];
  });
}
