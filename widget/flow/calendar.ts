/** Days as `YYYY-MM-DD`. Such texts sort as the days do. */
/* eslint-disable no-restricted-globals -- as functions of what they are given, never for the clock or the machine's own zone */

/** From today on so many days, weeks, months or years. */
const RELATIVE = /^([+-]\d{1,3})([dwmy])$/;

/**
 * Whether a text names a day that exists, in the years that Braze stores as dates
 * (`user_guide/data/activation/attributes/data_types`), less the year 0, which no calendar has: 1 to 3000.
 */
export function isCalendarDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && text > '0001' && text < '3001' && dayOf(new Date(text)) === text;
}

/**
 * The day that a time falls on where the visitor is.
 *
 * @param time ISO 8601 in UTC
 * @param timeZone IANA name; UTC where it is absent or unknown
 */
export function localDateOf(time: string, timeZone = 'UTC'): string {
  try {
    // Swedish, because its way of writing dates has been this one for as long as there is `Intl`.
    return new Intl.DateTimeFormat('sv', { timeZone }).format(new Date(time));
  } catch {
    return time.slice(0, 10);
  }
}

/**
 * The day that a bound means, or `undefined` where it is malformed. A month that is too short for the day ends with its last one:
 * a year before February 29 is February 28.
 *
 * @param bound `YYYY-MM-DD`, `today`, or from today on: `+2w`, `-18y`
 */
export function resolveBound(bound: string, today: string): string | undefined {
  if (bound === 'today') return today;
  const [, count, unit] = RELATIVE.exec(bound) ?? [];
  if (unit === undefined) return isCalendarDate(bound) ? bound : undefined;
  const date = new Date(today);
  const day = date.getUTCDate();
  if (unit === 'd' || unit === 'w') date.setUTCDate(day + Number(count) * (unit === 'w' ? 7 : 1));
  else {
    date.setUTCMonth(date.getUTCMonth() + Number(count) * (unit === 'y' ? 12 : 1));
    // The day before the first of the month that it ran over into.
    if (date.getUTCDate() !== day) date.setUTCDate(0);
  }
  return dayOf(date);
}

/** An invalid date is no day. */
function dayOf(date: Date): string | undefined {
  return (date.toJSON() as string | null)?.slice(0, 10);
}
