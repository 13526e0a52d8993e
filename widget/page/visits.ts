/** How often this browser was here: kept in its storage, where the visitor lets it. */
import { attempt } from './path.ts';

const VISITS = 'parley-visits';

/** Milliseconds without a page after which the next one is another visit, as web analytics have it (Google Analytics: 30 minutes). */
const PAUSE = 30 * 60_000;

/** More is not to be believed, and the relay takes no more. */
const MOST = 1_000_000;

/**
 * Counts this page. Where storage refuses, each is the first visit.
 * @param now milliseconds since 1970
 * @returns visits until now, this one included
 */
export function countVisit(now: number): number {
  const kept = attempt(() => localStorage.getItem(VISITS)) ?? '';
  const [count = 0, last = 0] = kept.split(' ').map(Number);
  const counted = Math.floor(count) + (Math.abs(now - last) < PAUSE ? 0 : 1);
  const visits = counted > 0 && counted <= MOST ? counted : 1;
  attempt(() => localStorage.setItem(VISITS, `${visits} ${now.toFixed()}`));
  return visits;
}
