/** The attributes that Braze knows by name, what each takes, and the page that says so. */
import type { Json } from '../store/json.ts';
import { countryOf } from './countries.ts';
import { languageOf } from './languages.ts';
import { bytesOf, MAX_CHARACTERS, MAX_URL_CHARACTERS } from './limits.ts';
import {
  dayOf,
  emailOf,
  genderOf,
  phoneOf,
  subscriptionOf,
  timeOf,
  timeZoneOf,
  webAddressOf,
} from './normal-forms.ts';
import { isRecord, plainText, type JsonRecord } from './values.ts';

export interface StandardField {
  /** The value in its normal form, or `undefined` where it has none. */
  readonly form: (value: Json) => Json | undefined;
  /** After "should be". */
  readonly words: string;
  /** Below https://www.braze.com/docs/. */
  readonly page: string;
}

const OBJECT = 'api/objects_filters/user_attributes_object';
const STANDARD = 'user_guide/data/activation/attributes/standard_attributes';

const text =
  (form: (text: string) => string | undefined, limit = MAX_CHARACTERS) =>
  (value: Json): string | undefined => {
    const formed = typeof value === 'string' ? form(plainText(value)) : undefined;
    return formed !== undefined && formed !== '' && formed.length <= limit ? formed : undefined;
  };

const TEXT = {
  form: text((value) => value),
  words: `a text of ${MAX_CHARACTERS} characters at most`,
  page: OBJECT,
};
const DATE = { form: text(timeOf), words: 'a date such as 2026-11-21 or 2026-11-21T10:00:00Z', page: OBJECT };
const SWITCH = { form: switchOf, words: 'true or false', page: OBJECT };
const SUBSCRIPTION = {
  form: text(subscriptionOf),
  words: 'opted_in, subscribed or unsubscribed',
  page: OBJECT,
};

/** Anything else is a custom attribute: names match to the letter. */
export const STANDARD_FIELDS: ReadonlyMap<string, StandardField> = new Map<string, StandardField>([
  ['first_name', TEXT],
  ['last_name', TEXT],
  ['home_city', TEXT],
  ['email', { form: text(emailOf), words: 'an e-mail address', page: OBJECT }],
  ['phone', { form: text(phoneOf), words: 'an E.164 number such as +442079460000', page: OBJECT }],
  ['dob', { form: text(dayOf), words: 'a day that exists, YYYY-MM-DD', page: OBJECT }],
  ['gender', { form: text(genderOf), words: 'M, F, O, N or P', page: OBJECT }],
  [
    'country',
    {
      form: text(countryOf),
      words: 'a country: an ISO 3166-1 code such as GB, or an English name',
      page: OBJECT,
    },
  ],
  [
    'language',
    {
      form: text(languageOf),
      words: "a code of Braze's list, such as pt",
      page: 'user_guide/data/unification/user_data/language_codes',
    },
  ],
  ['time_zone', { form: text(timeZoneOf), words: 'an IANA name such as Europe/Lisbon', page: OBJECT }],
  [
    'image_url',
    {
      form: text(webAddressOf, MAX_URL_CHARACTERS),
      words: `a web address of ${MAX_URL_CHARACTERS} characters at most`,
      page: STANDARD,
    },
  ],
  ['email_subscribe', SUBSCRIPTION],
  ['push_subscribe', SUBSCRIPTION],
  ['email_open_tracking_disabled', SWITCH],
  ['email_click_tracking_disabled', SWITCH],
  ['marked_email_as_spam_at', DATE],
  ['date_of_first_session', DATE],
  ['date_of_last_session', DATE],
  ['current_location', { form: locationOf, words: 'a longitude and a latitude, in degrees', page: OBJECT }],
  [
    'subscription_groups',
    {
      form: subscriptionGroupsOf,
      words: 'a list of groups, each with its subscription_group_id and subscribed or unsubscribed',
      page: OBJECT,
    },
  ],
  [
    'push_tokens',
    { form: pushTokensOf, words: 'a list of tokens, each with its app_id and token', page: OBJECT },
  ],
  [
    'facebook',
    {
      form: recordForm({ id: isText, likes: isTexts, num_friends: isWhole }),
      words: 'an object with id, likes and num_friends, or some of them',
      page: OBJECT,
    },
  ],
  [
    'twitter',
    {
      form: recordForm({
        id: isWhole,
        screen_name: isText,
        followers_count: isWhole,
        friends_count: isWhole,
        statuses_count: isWhole,
      }),
      words:
        'an object with id, screen_name, followers_count, friends_count and statuses_count, or some of them',
      page: OBJECT,
    },
  ],
]);

function switchOf(value: Json): boolean | undefined {
  const said = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (said === true || said === 'true') return true;
  return said === false || said === 'false' ? false : undefined;
}

function locationOf(value: Json): Json | undefined {
  if (!isRecord(value)) return undefined;
  const { longitude, latitude } = value;
  return isWithin(longitude, 180) && isWithin(latitude, 90) ? { longitude, latitude } : undefined;
}

function isWithin(degrees: Json | undefined, limit: number): degrees is number {
  return typeof degrees === 'number' && Math.abs(degrees) <= limit;
}

/** Ids are like UUIDs (the page's own example has letters past f). */
const GROUP_ID = /^[\da-z]{8}(?:-[\da-z]{4}){3}-[\da-z]{12}$/i;

/** Whole or not at all: with one group less, a visitor's word on it would be lost unseen. */
function subscriptionGroupsOf(value: Json): Json | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const groups = (value as readonly Json[]).map(subscriptionGroupOf);
  return groups.every((group) => group !== undefined) ? groups : undefined;
}

function subscriptionGroupOf(value: Json): Json | undefined {
  if (!isRecord(value)) return undefined;
  const { subscription_group_id: id, subscription_state: said, use_double_opt_in_logic: isDouble } = value;
  const state = typeof said === 'string' ? subscriptionOf(said) : undefined;
  if (typeof id !== 'string' || !GROUP_ID.test(id)) return undefined;
  if (state !== 'subscribed' && state !== 'unsubscribed') return undefined;
  if (isDouble === undefined) return { subscription_group_id: id, subscription_state: state };
  // Of text messages, and only on the way in.
  return typeof isDouble === 'boolean' && state === 'subscribed'
    ? { subscription_group_id: id, subscription_state: state, use_double_opt_in_logic: isDouble }
    : undefined;
}

/** Braze makes up a `device_id` where there is none. */
function pushTokensOf(value: Json): Json | undefined {
  const formOf = recordForm({ app_id: isText, token: isText, device_id: isDeviceId });
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const tokens = (value as readonly Json[]).map(formOf);
  const isWholeToken = (token: JsonRecord | undefined) => token && 'app_id' in token && 'token' in token;
  return tokens.every(isWholeToken) ? (tokens as Json) : undefined;
}

/** 8 to 255 bytes. */
function isDeviceId(value: Json): boolean {
  const bytes = typeof value === 'string' ? bytesOf(value) - 2 : 0;
  return bytes >= 8 && bytes <= 255;
}

/** An object of at least one of these members, and no others. */
function recordForm(members: Readonly<Record<string, (value: Json) => boolean>>) {
  return (value: Json): JsonRecord | undefined => {
    const entries = isRecord(value) ? Object.entries(value) : [];
    const isMember = ([name, inner]: readonly [string, Json]) =>
      Object.hasOwn(members, name) && members[name]?.(inner) === true;
    return entries.length > 0 && entries.every(isMember) ? Object.fromEntries(entries) : undefined;
  };
}

function isText(value: Json): boolean {
  return typeof value === 'string' && value !== '' && value === plainText(value);
}

function isTexts(value: Json): boolean {
  return Array.isArray(value) && (value as readonly Json[]).every(isText);
}

function isWhole(value: Json): boolean {
  return Number.isSafeInteger(value);
}
