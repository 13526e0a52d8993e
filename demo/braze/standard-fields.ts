/**
 * The standard (reserved) profile fields and their documented rules. Names are case-sensitive and must match exactly;
 * anything else is a custom attribute: `First_Name`, `city` and `operating_system` are.
 *
 * Sources: `api/objects_filters/user_attributes_object`, `user_guide/data/activation/attributes/standard_attributes`.
 *
 * What Braze does with a value that breaks a rule is documented for some fields only: those with a code. For
 * the others, `dob` and `gender` among them, the emulator refuses the object, unless the workspace says otherwise
 * (`undocumented` in `settings.ts`): a client must not learn from the emulator that an undocumented value is fine.
 */
import { e164, isEmail } from './address.ts';
import { countryCode } from './country.ts';
import { isCalendarDate, isDate } from './dates.ts';
import { characterCount, isObject, type Judged, type JsonObject } from './json.ts';
import { isLanguage } from './language.ts';
import type { Problem } from './problem.ts';
import { judgePushTokens } from './push-tokens.ts';
import { isShort } from './short-text.ts';
import { judgeSubscriptionGroups } from './subscription-groups.ts';
import { timeZoneName } from './time-zone.ts';

/** What a rule makes of a value: its stored form, silently nothing, or what goes into the `errors` array. */
export type FieldVerdict =
  | { readonly kind: 'stored'; readonly value: unknown }
  | { readonly kind: 'ignored' }
  | ({ readonly kind: 'refused' } & Problem);

type Rule = (value: unknown, field: string) => FieldVerdict;
type ErrorCode = NonNullable<Problem['code']>;

const ignored: FieldVerdict = { kind: 'ignored' };
const stored = (value: unknown): FieldVerdict => ({ kind: 'stored', value });
const refused = (field: string, form: string, code?: ErrorCode): FieldVerdict => ({
  kind: 'refused',
  problem: `The value provided for the '${field}' field is not ${form}.`,
  ...(code ? { code } : { undocumented: true }),
});

const only =
  (form: string, isValid: (value: unknown) => boolean, code?: ErrorCode): Rule =>
  (value, field) =>
    isValid(value) ? stored(value) : refused(field, form, code);

const text =
  (form: string, store: (value: string) => FieldVerdict | undefined, code?: ErrorCode): Rule =>
  (value, field) =>
    (typeof value === 'string' ? store(value) : undefined) ?? refused(field, form, code);

const oneOf = (allowed: readonly string[], code?: ErrorCode): Rule =>
  only(`one of ${allowed.join(', ')}`, (value) => allowed.some((item) => item === value), code);

const judgedBy =
  (judge: (value: unknown) => Judged<unknown>): Rule =>
  (value) => {
    const judged = judge(value);
    return 'problem' in judged ? { kind: 'refused', ...judged } : stored(judged.value);
  };

/** "A hash containing any of" these members; others are left out: a choice, no page says. */
const hashOf =
  (members: Readonly<Record<string, (value: unknown) => boolean>>): Rule =>
  (value, field) => {
    const known = Object.entries(members).filter(([name]) => isObject(value) && Object.hasOwn(value, name));
    const isValid = isObject(value) && known.every(([name, isMember]) => isMember(value[name]));
    return isValid
      ? stored(Object.fromEntries(known.map(([name]) => [name, value[name]])))
      : refused(field, `an object of ${Object.keys(members).join(', ')}`);
  };

const isString = (value: unknown): boolean => typeof value === 'string';
const isStrings = (value: unknown): boolean => Array.isArray(value) && value.every(isString);

/** Over-long text is documented as "not applied", with no error (`api/endpoints/user_data/post_user_track_synchronous`). */
const shortText = text('a string', (value) => (isShort(value) ? stored(value) : ignored));

const boolean = only('a boolean', (value) => typeof value === 'boolean');
const date = text('a date', (value) => (isDate(value) ? stored(value) : undefined));
const subscriptions = ['opted_in', 'subscribed', 'unsubscribed'];

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  // The sentence is the one that public clients have seen.
  [
    'email',
    text('a valid email', (value) => (isEmail(value) ? stored(value) : undefined), 'EMAIL_BAD_FORMAT'),
  ],
  // A number that is invalid is flagged and not refused; nothing at all is no number: `null` removes it.
  ['phone', text('a string that is not empty', (value) => (value === '' ? undefined : stored(e164(value))))],
  ['first_name', shortText],
  ['last_name', shortText],
  ['home_city', shortText],
  [
    'dob',
    text('a date of the form YYYY-MM-DD', (value) => (isCalendarDate(value) ? stored(value) : undefined)),
  ],
  ['gender', oneOf(['M', 'F', 'O', 'N', 'P'])],
  // Best-effort mapping; what matches no country becomes NULL, that is, is removed.
  ['country', text('a string', (value) => stored(countryCode(value) ?? null))],
  // What becomes of a code that is not on the list is not documented.
  [
    'language',
    text('a language code that Braze lists', (value) => (isLanguage(value) ? stored(value) : undefined)),
  ],
  [
    'time_zone',
    text('a string', (value) => {
      const name = timeZoneName(value);
      return name === undefined ? ignored : stored(name);
    }),
  ],
  ['current_location', currentLocation],
  ['image_url', only('an http or https URL of 1,024 characters or less', isImageUrl)],
  ['email_subscribe', oneOf(subscriptions, 'BAD_EMAIL_SUBSCRIPTION_STATE')],
  ['push_subscribe', oneOf(subscriptions, 'BAD_PUSH_SUBSCRIPTION_STATE')],
  ['subscription_groups', judgedBy(judgeSubscriptionGroups)],
  ['email_open_tracking_disabled', boolean],
  ['email_click_tracking_disabled', boolean],
  ['marked_email_as_spam_at', date],
  ['date_of_first_session', date],
  ['date_of_last_session', date],
  ['push_tokens', judgedBy(judgePushTokens)],
  ['facebook', hashOf({ id: isString, likes: isStrings, num_friends: Number.isInteger })],
  [
    'twitter',
    hashOf({
      id: Number.isInteger,
      screen_name: isString,
      followers_count: Number.isInteger,
      friends_count: Number.isInteger,
      statuses_count: Number.isInteger,
    }),
  ],
  [
    'email_subscription_info',
    (_, field) => refused(field, 'an attribute that can be set', 'INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO'),
  ],
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

function currentLocation(value: unknown, field: string): FieldVerdict {
  const { longitude, latitude } = isObject(value) ? value : ({} as JsonObject);
  if (isDegrees(longitude, 180) && isDegrees(latitude, 90)) return stored({ longitude, latitude });
  return refused(field, 'an object with a longitude and a latitude', 'BAD_LOCATION_UPDATE');
}

function isDegrees(value: unknown, most: number): boolean {
  return typeof value === 'number' && Math.abs(value) <= most;
}

function isImageUrl(value: unknown): boolean {
  if (typeof value !== 'string' || characterCount(value) > 1024) return false;
  return /^https?:$/.test(URL.parse(value)?.protocol ?? '');
}
