/**
 * `value` as JSON in UTF-8: no white space, members sorted by name, absent ones left out.
 * Equal values give equal bytes, whatever order they were made in.
 */
export function encodeCanonicalJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value, sortMembers));
}

function sortMembers(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return sortedMembers(value as Record<string, unknown>);
}

/** A copy of `object` with its members sorted by name, as Go programs write maps. */
export function sortedMembers<Value>(object: Readonly<Record<string, Value>>): Record<string, Value> {
  const names = Object.keys(object).sort();
  return Object.fromEntries(names.map((name) => [name, object[name] as Value]));
}

/** A copy of `object` without its undefined members, so that none is written or compared. */
export function definedMembers<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
