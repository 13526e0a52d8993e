/**
 * The date formats that Braze documents (`user_guide/data/activation/attributes/data_types`,
 * `api/objects_filters/user_attributes_object`): ISO-8601, `yyyy-MM-ddTHH:mm:ss:SSSZ`, `yyyy-MM-ddTHH:mm:ss`,
 * `yyyy-MM-dd HH:mm:ss`, `yyyy-MM-dd`, `MM/dd/yyyy` and `ddd MM dd HH:mm:ss.TZD YYYY`.
 */

/** All but the last two, which no field for a point in time takes. A year of six digits with a sign is ISO-8601 too. */
const isoLike =
  /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)(?:[T ]([01]\d|2[0-3]):(\d\d)(?::(\d\d)(?:[.,:](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/;
const american = /^(\d\d)\/(\d\d)\/(\d{4})$/;
const spelled = /^[A-Z][a-z]{2} (\d\d) (\d\d) \d\d:\d\d:\d\d\.\S+ (\d{4})$/;

/** "Year less than 0 or greater than 3000": a string at the top of a profile, and not stored inside a nested value. */
const LATEST_YEAR = 3000;

/** Milliseconds since 1970 of a point in time, or `undefined`. Without an offset it is UTC, without a time midnight. */
export function parseTime(text: string): number | undefined {
  const match = isoLike.exec(text);
  if (!match) return undefined;
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00', fraction = '', zone] =
    match;
  if (!isDay(`${year}-${month}-${day}`)) return undefined;
  const offset =
    !zone || zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${offset}`);
  return Number.isNaN(time) ? undefined : time;
}

/** What an event's `time` is written like: ISO-8601 with a year of four digits, or `yyyy-MM-dd'T'HH:mm:ss:SSSZ`. */
const iso = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/;
const colonBeforeMilliseconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d:\d{3}(?:Z|[+-]\d\d:?\d\d)$/;

/** The same for an event or a purchase, for which the pages have two formats only (`api/objects_filters/event_object`). */
export function parseOccurrenceTime(text: string): number | undefined {
  return iso.test(text) || colonBeforeMilliseconds.test(text) ? parseTime(text) : undefined;
}

/** Is this `YYYY-MM-DD`, and a day that the calendar has? */
export function isCalendarDate(text: string): boolean {
  return /^\d{4}-/.test(text) && isDay(text);
}

/** Is this a date in any of the documented formats, in a year that is stored as one? */
export function isDate(text: string): boolean {
  const [, month = '', day = '', year = ''] = american.exec(text) ?? spelled.exec(text) ?? [];
  const time = parseTime(text) ?? parseTime(`${year}-${month}-${day}`);
  return time !== undefined && isStoredYear(time);
}

/** Is this a point in time in a year before 0 or after 3000? */
export function isDistantTime(text: string): boolean {
  const time = parseTime(text);
  return time !== undefined && !isStoredYear(time);
}

/** @param time milliseconds since 1970 */
function isStoredYear(time: number): boolean {
  const year = new Date(time).getUTCFullYear();
  return year >= 0 && year <= LATEST_YEAR;
}

/** The platform takes 30 February for 2 March, and `-000000` for no year at all. */
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
