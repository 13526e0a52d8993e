/**
 * The date formats that Braze documents (`user_guide/data/activation/attributes/data_types`): ISO-8601,
 * `yyyy-MM-ddTHH:mm:ss:SSSZ`, `yyyy-MM-ddTHH:mm:ss`, `yyyy-MM-dd HH:mm:ss`, `yyyy-MM-dd`, `MM/dd/yyyy` and
 * `ddd MM dd HH:mm:ss.TZD YYYY`.
 */

/** All but the last two, which no field for a point in time takes. */
const isoLike =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.:](\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/;
const american = /^(\d\d)\/(\d\d)\/(\d{4})$/;
const spelled = /^[A-Z][a-z]{2} \d\d \d\d \d\d:\d\d:\d\d\.\S+ \d{4}$/;

/** Milliseconds since 1970 of a point in time, or `undefined`. Without an offset it is UTC, without a time midnight. */
export function parseTime(text: string): number | undefined {
  const match = isoLike.exec(text);
  if (!match) return undefined;
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00', fraction = '', zone] =
    match;
  if (!isCalendarDate(`${year}-${month}-${day}`)) return undefined;
  const offset = !zone || zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${offset}`);
  return Number.isNaN(time) ? undefined : time;
}

/** Is this `YYYY-MM-DD`, and a day that the calendar has? */
export function isCalendarDate(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Is this a date in any of the documented formats? */
export function isDate(text: string): boolean {
  const [, month = '', day = '', year = ''] = american.exec(text) ?? [];
  return parseTime(text) !== undefined || isCalendarDate(`${year}-${month}-${day}`) || spelled.test(text);
}
