import { editDistance } from '../errors/index.ts';

/** The most differing letters for a name to be a near miss. */
const DISTANCE_LIMIT = 3;
const SUGGESTIONS_LIMIT = 3;
const LENGTH_LIMIT = 200;

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
  return Math.min(nearDistance(typed, name), nearDistance(typedRepository, repository));
}

/** The distance of two names, infinite above the limit; a name of three letters is not near every other one. */
function nearDistance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > DISTANCE_LIMIT || left.length > LENGTH_LIMIT)
    return Number.POSITIVE_INFINITY;
  const distance = editDistance(left, right);
  return distance * 2 > Math.max(left.length, right.length) ? Number.POSITIVE_INFINITY : distance;
}
