/** A schedule that fails, made smaller: what is planned is left out, as long as the rest still fails. */
import type { Planned, Schedule } from './schedule.ts';

/** Worlds that are tried at most: each takes some milliseconds. */
const MOST_TRIES = 300;

/**
 * Delta debugging (Zeller and Hildebrandt, 2002), by leaving out: halves first, then ever smaller parts, until nothing can go.
 * @param fails whether it still does
 */
export async function shrink(
  schedule: Schedule,
  fails: (schedule: Schedule) => Promise<boolean>,
): Promise<Schedule> {
  let { planned } = schedule;
  let parts = 2;
  for (let tries = 0; planned.length > 0 && tries < MOST_TRIES;) {
    const size = Math.ceil(planned.length / parts);
    let smaller: readonly Planned[] | undefined;
    for (let start = 0; start < planned.length && !smaller && tries < MOST_TRIES; start += size) {
      const rest = planned.filter((_, index) => index < start || index >= start + size);
      tries += 1;
      if (await fails({ ...schedule, planned: rest })) smaller = rest;
    }
    if (smaller) {
      planned = smaller;
      parts = Math.max(2, parts - 1);
    } else if (size === 1) break;
    else parts = Math.min(planned.length, parts * 2);
  }
  return { ...schedule, planned };
}
