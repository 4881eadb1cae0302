const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A size as Docker shows it: three digits, powers of 1000 (`3.15MB`, `12kB`, `0B`). */
export function formatSize(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  // 999.5 would round to four digits, so it belongs to the next unit already.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(3))}${UNITS[unit]}`;
}

/** A duration as Docker shows it: `Less than a second`, `2 minutes`, `3 weeks`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds < 60) return count(seconds, 'second');
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return count(minutes, 'minute');
  const hours = Math.round(seconds / 3600);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return count(hours, 'hour');
  const days = Math.floor(hours / 24);
  if (days < 14) return count(days, 'day');
  if (days < 60) return count(Math.floor(days / 7), 'week');
  if (days < 730) return count(Math.floor(days / 30), 'month');
  return count(Math.floor(days / 365), 'year');
}

/** How long ago something happened: `2 minutes ago`; `N/A` if the time is not known. */
export function formatAge(atMs: number | undefined, nowMs: number): string {
  if (atMs === undefined) return 'N/A';
  return `${formatDuration(Math.max(0, nowMs - atMs))} ago`;
}

/** An elapsed time as the build shows it: `0.3s`, `65.2s`. */
export function formatSeconds(durationMs: number): string {
  return `${(Math.max(0, durationMs) / 1000).toFixed(1)}s`;
}

/** `sha256:` and 64 digits as the 12 digits that lists show. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/** A number with its noun: `1 file`, `3 files`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
