/** The most differing letters for a name to be a near miss. */
const DISTANCE_LIMIT = 3;
const SUGGESTIONS_LIMIT = 3;

/** The names that someone who typed `wanted` may have meant, nearest first. */
export function nearNames(wanted: string, names: readonly string[]): string[] {
  const typed = wanted.toLowerCase();
  const scored = names.map((name) => ({ name, distance: nameDistance(typed, name) }));
  const near = scored.filter(({ distance }) => distance <= DISTANCE_LIMIT);
  near.sort((left, right) => left.distance - right.distance || (left.name < right.name ? -1 : 1));
  return near.slice(0, SUGGESTIONS_LIMIT).map(({ name }) => name);
}

/** Another tag, or another registry or folder before the same last part, is a near miss of its own kind. */
function nameDistance(typed: string, name: string): number {
  const repository = name.slice(0, name.lastIndexOf(':'));
  const typedRepository =
    typed.lastIndexOf(':') > typed.lastIndexOf('/') ? typed.slice(0, typed.lastIndexOf(':')) : typed;
  if (repository === typedRepository) return 0.5;
  if (repository.endsWith(`/${typedRepository}`) || typedRepository.endsWith(`/${repository}`)) return 1;
  return Math.min(editDistance(typed, name), editDistance(typedRepository, repository));
}

/** Levenshtein's distance, cut off above the limit. */
function editDistance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > DISTANCE_LIMIT || left.length > 200) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  // A name of three letters is not near every other one.
  const distance = row[right.length] ?? 0;
  return distance * 2 > Math.max(left.length, right.length) ? Number.POSITIVE_INFINITY : distance;
}
