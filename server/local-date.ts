/** The date where a visitor is, without asking for the calendar of their time zone each time. */
import { localDateOf } from '../widget/flow/calendar.ts';

/** Milliseconds: the offsets of all time zones are multiples of it, so that a date holds for the whole of each (IANA Time Zone Database). */
const QUARTER = 15 * 60_000;

/** Dates at hand: the time zones of a busy relay's visitors, for a few quarters of an hour. */
const AT_HAND = 2_000;

const known = new Map<string, string>();

/** As `localDateOf`: `YYYY-MM-DD`. @param time ISO 8601 in UTC */
export function localDateAt(time: string, timeZone: string | undefined): string {
  const name = `${timeZone ?? ''} ${Math.floor(Date.parse(time) / QUARTER)}`;
  const found = known.get(name);
  if (found !== undefined) return found;
  const date = localDateOf(time, timeZone);
  const [oldest] = known.keys();
  if (known.size >= AT_HAND && oldest !== undefined) known.delete(oldest);
  known.set(name, date);
  return date;
}
