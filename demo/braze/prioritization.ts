/**
 * `prioritization`: which of several profiles with one e-mail address or phone number is meant.
 * Source: `api/endpoints/user_data/post_user_identify`.
 */
import type { Judged } from './json.ts';
import type { Priority } from './write.ts';

/** Each at most one of two: who they are, and when they were updated. */
const priorities = [
  ['identified', 'unidentified'],
  ['most_recently_updated', 'least_recently_updated'],
] as const;

/** An empty array is refused: it would say no more than none, and where it is asked for it is required. */
export function judgePrioritization(value: unknown): Judged<readonly Priority[]> {
  const named: readonly unknown[] = Array.isArray(value) ? value : [];
  const chosen = priorities.map((pair) => pair.filter((priority) => named.includes(priority)));
  const isClear = chosen.every((pair) => pair.length < 2) && chosen.flat().length === named.length;
  return named.length > 0 && isClear
    ? { value: named as readonly Priority[] }
    : { problem: `'prioritization' must be an array of ${choices}` };
}

const choices = priorities.map((pair) => pair.join(' or ')).join(', and ');
