/**
 * The standard (reserved) profile fields and their documented rules. Names are case-sensitive and must match exactly;
 * anything else is a custom attribute: `First_Name`, `city` and `operating_system` are.
 *
 * Sources: `api/objects_filters/user_attributes_object`, `user_guide/data/activation/attributes/standard_attributes`.
 *
 * What Braze does with a value that breaks a rule is documented for some fields only (the codes in the comments). For
 * the others, `dob` and `gender` among them, the emulator refuses the object: a client must not learn from the
 * emulator that an undocumented value is fine.
 */
import { isCalendarDate, isDate } from './dates.ts';
import { characterCount, isObject } from './json.ts';
import { countryCode } from './country.ts';

/** What a rule makes of a value: its stored form, silently nothing, or the sentence for the `errors` array. */
export type FieldVerdict =
  | { readonly kind: 'stored'; readonly value: unknown }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'refused'; readonly problem: string };

type Rule = (value: unknown, field: string) => FieldVerdict;

const ignored: FieldVerdict = { kind: 'ignored' };
const stored = (value: unknown): FieldVerdict => ({ kind: 'stored', value });
const refused = (field: string, form: string): FieldVerdict => ({
  kind: 'refused',
  problem: `The value provided for the '${field}' field is not ${form}.`,
});

const only =
  (form: string, isValid: (value: unknown) => boolean): Rule =>
  (value, field) =>
    isValid(value) ? stored(value) : refused(field, form);

const text =
  (form: string, store: (value: string) => FieldVerdict | undefined): Rule =>
  (value, field) =>
    (typeof value === 'string' ? store(value) : undefined) ?? refused(field, form);

const oneOf = (...allowed: readonly string[]): Rule =>
  only(`one of ${allowed.join(', ')}`, (value) => allowed.some((item) => item === value));

/** Over-long text is documented as "not applied", with no error (`api/endpoints/user_data/post_user_track_synchronous`). */
const shortText = text('a string', (value) => (characterCount(value) <= 255 ? stored(value) : ignored));

const boolean = only('a boolean', (value) => typeof value === 'boolean');
const date = text('a date', (value) => (isDate(value) ? stored(value) : undefined));
const object = only('an object', isObject);
const subscription = oneOf('opted_in', 'subscribed', 'unsubscribed');

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  // EMAIL_BAD_FORMAT; the sentence is the one that public clients have seen.
  ['email', text('a valid email', (value) => (isEmail(value) ? stored(value) : undefined))],
  ['phone', text('a string', (value) => stored(e164(value)))],
  ['first_name', shortText],
  ['last_name', shortText],
  ['home_city', shortText],
  [
    'dob',
    only('a date of the form YYYY-MM-DD', (value) => typeof value === 'string' && isCalendarDate(value)),
  ],
  ['gender', oneOf('M', 'F', 'O', 'N', 'P')],
  // Best-effort mapping; what matches no country becomes NULL, that is, is removed.
  ['country', text('a string', (value) => stored(countryCode(value) ?? null))],
  // Braze's list of languages is not in the pages that we have: any string is stored.
  ['language', text('a string', stored)],
  ['time_zone', text('a string', (value) => (isTimeZone(value) ? stored(value) : ignored))],
  // BAD_LOCATION_UPDATE
  ['current_location', only('an object with a longitude and a latitude', isLocation)],
  ['image_url', only('a URL of 1,024 characters or less', isImageUrl)],
  // BAD_EMAIL_SUBSCRIPTION_STATE, BAD_PUSH_SUBSCRIPTION_STATE
  ['email_subscribe', subscription],
  ['push_subscribe', subscription],
  // BAD_SUBSCRIPTION_GROUP_ARRAY, …_HASH, …_ID, …_STATE
  ['subscription_groups', only('an array of subscription group states', isSubscriptionGroups)],
  ['email_open_tracking_disabled', boolean],
  ['email_click_tracking_disabled', boolean],
  ['marked_email_as_spam_at', date],
  ['date_of_first_session', date],
  ['date_of_last_session', date],
  // BAD_PUSH_TOKEN_VALUE, BAD_PUSH_TOKEN_STRING, BAD_PUSH_TOKEN_APP_ID, BAD_DEVICE_ID
  ['push_tokens', only('an array of push tokens', isPushTokens)],
  ['facebook', object],
  ['twitter', object],
  // INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO
  ['email_subscription_info', (_, field) => refused(field, 'an attribute that can be set')],
  // Removed by Braze: neither a standard field nor stored as a custom attribute.
  ['bio', () => ignored],
]);

export function isStandardField(name: string): boolean {
  return rules.has(name);
}

/** Judges one standard field. `null` removes it (`api/objects_filters/user_attributes_object`). */
export function judgeStandardField(field: string, value: unknown): FieldVerdict {
  const rule = rules.get(field);
  if (!rule) return ignored;
  return value === null && field !== 'email_subscription_info' ? stored(null) : rule(value, field);
}

/**
 * A phone number as profiles are found by it: punctuation stripped, a bare 10-digit number read as US. Numbers that
 * are invalid are documented as flagged, not as refused, so what has no digits is kept as it came.
 */
export function e164(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  if (digits === '') return phone;
  const isBareUs = digits.length === 10 && !phone.trimStart().startsWith('+');
  return isBareUs ? `+1${digits}` : `+${digits}`;
}

/** One `@`, no blanks, and a domain of at least two labels. Braze's own rules are not in the pages that we have. */
export function isEmail(value: string): boolean {
  return /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(value);
}

/** An IANA name, or one in the style of "Eastern Time (US & Canada)"; others are documented as ignored. */
function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return value.endsWith(' (US & Canada)');
  }
}

function isLocation(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { longitude, latitude } = value as { longitude?: unknown; latitude?: unknown };
  return typeof longitude === 'number' && typeof latitude === 'number';
}

function isImageUrl(value: unknown): boolean {
  return typeof value === 'string' && characterCount(value) <= 1024 && URL.canParse(value);
}

function isSubscriptionGroups(value: unknown): boolean {
  return Array.isArray(value) && value.every(isSubscriptionGroup);
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function isSubscriptionGroup(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { subscription_group_id: id, subscription_state: state } = value as Record<string, unknown>;
  return typeof id === 'string' && uuid.test(id) && (state === 'subscribed' || state === 'unsubscribed');
}

function isPushTokens(value: unknown): boolean {
  return Array.isArray(value) && value.every(isPushToken);
}

function isPushToken(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { app_id: app, token, device_id: device } = value as Record<string, unknown>;
  return typeof app === 'string' && typeof token === 'string' && (device === undefined || isDeviceId(device));
}

function isDeviceId(value: unknown): boolean {
  return typeof value === 'string' && Buffer.byteLength(value) >= 8 && Buffer.byteLength(value) <= 255;
}
