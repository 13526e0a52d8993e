/** The forms in which Braze documents what it takes. Each function gives the form of a text, or `undefined` where it has none. */
import { isCalendarDate } from '../../widget/flow/calendar.ts';

/** By the English words for what Braze's letters stand for. */
const GENDERS: ReadonlyMap<string, string> = new Map([
  ['m', 'M'],
  ['male', 'M'],
  ['f', 'F'],
  ['female', 'F'],
  ['o', 'O'],
  ['other', 'O'],
  ['n', 'N'],
  ['not applicable', 'N'],
  ['p', 'P'],
  ['prefer not to say', 'P'],
]);

export function genderOf(text: string): string | undefined {
  return GENDERS.get(wordsOf(text));
}

const SUBSCRIPTIONS: ReadonlyMap<string, string> = new Map([
  ['opted in', 'opted_in'],
  ['subscribed', 'subscribed'],
  ['unsubscribed', 'unsubscribed'],
]);

export function subscriptionOf(text: string): string | undefined {
  return SUBSCRIPTIONS.get(wordsOf(text));
}

/** In small letters, with one space between words: `Prefer_not to say` is `prefer not to say`. */
function wordsOf(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');
}

/** No more than the shape: what is no address Braze says itself, and then the visitor can correct it. */
export function emailOf(text: string): string | undefined {
  const address = text.trim();
  return /^[^\s@]+@[^\s@]+$/.test(address) ? address : undefined;
}

/**
 * E.164: 15 digits at most; no country has fewer than 7 with its code. A number without a country code is none, for Braze would
 * read one of ten digits as of the US.
 */
export function phoneOf(text: string): string | undefined {
  const number = text.replace(/[\s()./\p{Pd}]/gu, '');
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : undefined;
}

/** `YYYY-MM-DD`, a day that exists. */
export function dayOf(text: string): string | undefined {
  const day = text.trim();
  return isCalendarDate(day) ? day : undefined;
}

/** ISO 8601, of the formats that Braze lists the one that all of its pages share: a day, perhaps with a time. */
export function timeOf(text: string): string | undefined {
  const time = text.trim();
  // The hour 24 is none: `Date` takes it for the next day's first.
  const isTime =
    /^\d{4}-\d\d-\d\d(?:[T ](?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?$/.test(time);
  return isTime && isCalendarDate(time.slice(0, 10)) && !Number.isNaN(Date.parse(time)) ? time : undefined;
}

/** ISO 8601, with Braze's own variants of it. */
const ISO_LIKE =
  /^(?:\d{4}|[+-]\d{6})-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,:]\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/;

/** `MM/dd/yyyy`. */
const AMERICAN = /^\d\d\/\d\d\/\d{4}$/;

/** `ddd MM dd HH:mm:ss.TZD YYYY`. */
const SPELLED = /^[A-Z][a-z]{2} \d\d \d\d \d\d:\d\d:\d\d\.\S+ \d{4}$/;

/** Whether a text is written as Braze writes dates (`attributes/data_types`), also where there is no such day. */
export function isDate(text: string): boolean {
  return [ISO_LIKE, AMERICAN, SPELLED].some((format) => format.test(text.trim()));
}

/** Of the names that are not IANA's, those in the style that Braze has an example of. */
const FRIENDLY_ZONES: ReadonlyMap<string, string> = new Map([
  ['atlantic time (canada)', 'America/Halifax'],
  ['eastern time (us & canada)', 'America/New_York'],
  ['central time (us & canada)', 'America/Chicago'],
  ['mountain time (us & canada)', 'America/Denver'],
  ['pacific time (us & canada)', 'America/Los_Angeles'],
]);

/** IANA names that were asked for: to ask `Intl` takes longer than all else that is done for a submission. */
const zones = new Map<string, string>();

/** More than there are; a browser can name any zone in any case. */
const MAX_ZONES = 2_000;

/** The IANA name of a time zone. */
export function timeZoneOf(text: string): string | undefined {
  const said = text.trim();
  const name = FRIENDLY_ZONES.get(said.toLowerCase()) ?? said;
  const known = zones.get(name);
  if (known !== undefined) return known;
  // `Intl` takes offsets too, which are no names.
  if (!/^[a-z]/i.test(name)) return undefined;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    // A former name (Asia/Calcutta) is resolved to another one on some runtimes: it is a name all the same.
    const form = timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name;
    if (zones.size < MAX_ZONES) zones.set(name, form);
    return form;
  } catch {
    return undefined;
  }
}

/** A whole `http` or `https` address. */
export function webAddressOf(text: string): string | undefined {
  const address = text.trim();
  return /^https?:\/\//i.test(address) && URL.canParse(address) ? address : undefined;
}
