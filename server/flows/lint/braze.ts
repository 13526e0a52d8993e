/** What is written to profiles: whether Braze takes it, and takes it for what was meant. Sources are pages of https://www.braze.com/docs. */
import type { Answer, TemplateValue } from '../../../widget/contract/flow.ts';
import { isCalendarDate } from '../../../widget/flow/calendar.ts';
import { isMalformed, referencesOf } from '../../../widget/flow/template.ts';
import type { TrackMapping } from '../../braze/payload.ts';
import type { Draft, DraftAsk } from './draft.ts';
import type { Fields } from './fields.ts';
import { finding, type Finding, type Path } from './finding.ts';
import { isContextPath } from './paths.ts';
import { closest, fold, listed } from './suggest.ts';
import { PHONE } from './texts.ts';

/** Longest name of an attribute, an event and a property (`developer_guide/analytics/logging_events`). */
const LONGEST_NAME = 255;

/** Who an object is about is the relay's to say, never a flow's (`api/objects_filters/user_attributes_object`). */
const IDENTIFIERS = ['external_id', 'user_alias', 'braze_id', '_update_existing_only', 'push_token_import'];

/** Braze refuses this one (`api/endpoints/user_data/post_user_track`, endpoint-specific errors). */
const REFUSED = 'email_subscription_info';

/** Braze refuses the first two as property names (`api/objects_filters/event_object`); the third is the relay's own. */
const RESERVED_PROPERTIES = ['time', 'event_name', 'submission_id'];

/** What a standard attribute takes. */
interface Standard {
  /** Inputs whose answers it takes. */
  readonly inputs: readonly string[];
  /** Whether it takes a value that is written as it stands, or that is the value of an option. */
  readonly takes: (value: unknown) => boolean;
  /** After "should be". */
  readonly words: string;
  /** Whether any words will do, also such as are put together from several. */
  readonly isFree?: boolean;
}

const isText = (value: unknown) => typeof value === 'string' && value.length <= LONGEST_NAME;
const isLike = (value: unknown, pattern: RegExp) => typeof value === 'string' && pattern.test(value);
const isOneOf =
  (...words: readonly string[]) =>
  (value: unknown) =>
    words.includes(value as string);

const TEXT: Standard = {
  inputs: ['text', 'multiline', 'email', 'phone', 'date', 'choice'],
  takes: isText,
  words: 'a text of 255 characters at most',
  isFree: true,
};
const CODE: Standard = { ...TEXT, inputs: ['text', 'choice'] };
const SWITCH: Standard = {
  inputs: ['consent'],
  takes: (value) => typeof value === 'boolean',
  words: 'true or false',
};
/** What it takes is not looked into. */
const ANYTHING: Standard = { inputs: [], takes: () => true, words: '', isFree: true };

/** They are written with a consent, and never as an attribute like any other. */
const SUBSCRIPTIONS = ['email_subscribe', 'push_subscribe', 'subscription_groups'];

/** The attributes that Braze knows by name (`api/objects_filters/user_attributes_object`). */
const STANDARD: ReadonlyMap<string, Standard> = new Map<string, Standard>([
  ['first_name', TEXT],
  ['last_name', TEXT],
  ['home_city', TEXT],
  [
    'email',
    {
      inputs: ['email'],
      takes: (value) => isLike(value, /^\S+@\S+$/),
      words: 'an e-mail address',
    },
  ],
  [
    'phone',
    {
      inputs: ['phone'],
      takes: (value) => isLike(value, PHONE),
      words: 'a phone number such as "+442079460000"',
    },
  ],
  [
    'dob',
    {
      inputs: ['date'],
      takes: (value) => typeof value === 'string' && isCalendarDate(value),
      words: 'a date, YYYY-MM-DD',
    },
  ],
  [
    'gender',
    { inputs: ['choice'], takes: isOneOf('M', 'F', 'O', 'N', 'P'), words: '"M", "F", "O", "N" or "P"' },
  ],
  [
    'country',
    {
      inputs: ['text', 'choice'],
      takes: (value) => isLike(value, /^[A-Z]{2}$/),
      words: 'two capital letters, such as "GB"',
    },
  ],
  ['language', CODE],
  ['time_zone', CODE],
  ['image_url', CODE],
  ['email_open_tracking_disabled', SWITCH],
  ['email_click_tracking_disabled', SWITCH],
  ['current_location', ANYTHING],
  ['marked_email_as_spam_at', ANYTHING],
  ['date_of_first_session', ANYTHING],
  ['date_of_last_session', ANYTHING],
  ...SUBSCRIPTIONS.map((name) => [name, ANYTHING] as const),
]);

/** By their folded names: they mean what a standard attribute is there for, so nobody means another beside it. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['dateofbirth', 'dob'],
  ['birthdate', 'dob'],
  ['surname', 'last_name'],
  ['familyname', 'last_name'],
  ['givenname', 'first_name'],
  ['forename', 'first_name'],
  ['emailaddress', 'email'],
  ['phonenumber', 'phone'],
  ['timezone', 'time_zone'],
  // Where one is meant that is not the visitor's own, it has a name of its own, such as "delivery_city".
  ['city', 'home_city'],
]);

/** By their folded names: they most likely mean a standard attribute, but may stand for something of their own. */
const LIKELY: ReadonlyMap<string, string> = new Map([
  ['birthday', 'dob'],
  ['town', 'home_city'],
  ['hometown', 'home_city'],
  ['mail', 'email'],
  ['telephone', 'phone'],
  ['tel', 'phone'],
  ['mobile', 'phone'],
  ['mobilenumber', 'phone'],
  ['sex', 'gender'],
]);

/** Near to a standard name, and a word of its own. */
const OWN_WORDS = ['county'];

/** Shorter names are near to too many words. */
const SHORTEST_MISSPELT = 5;

/** What `users/track` writes. */
export function checkMapping(action: Draft<TrackMapping>, at: Path, fields: Fields): readonly Finding[] {
  const attributes = Object.entries(action.attributes ?? {});
  const events = action.events ?? [];
  return [
    ...attributes.flatMap(([name, value]) => [
      ...checkAttributeName(name, [...at, 'attributes', name]),
      ...checkAttributeValue(name, value, [...at, 'attributes', name], fields),
      ...checkInnerNames('bad-attribute-name', value, [...at, 'attributes', name]),
    ]),
    ...events.flatMap((event, index) => [
      ...checkEventName(event?.name, [...at, 'events', index, 'name']),
      ...Object.entries(event?.properties ?? {}).flatMap(([name, value]) => [
        ...checkPropertyName(name, [...at, 'events', index, 'properties', name]),
        ...checkInnerNames('bad-property-name', value, [...at, 'events', index, 'properties', name]),
      ]),
    ]),
  ];
}

/** Names within a value: they are anything but templates. */
function checkInnerNames(
  code: 'bad-attribute-name' | 'bad-property-name',
  value: TemplateValue,
  at: Path,
): readonly Finding[] {
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]: [string, TemplateValue]) => {
    const path = [...at, Array.isArray(value) ? Number(key) : key];
    return [
      ...(key.includes('{{') ? [finding(code, path, NO_TEMPLATE)] : []),
      ...checkInnerNames(code, inner, path),
    ];
  });
}

function checkAttributeName(name: string, path: Path): readonly Finding[] {
  if (IDENTIFIERS.includes(name)) {
    return [finding('reserved-attribute', path, 'is written by the relay; leave it out')];
  }
  if (name === REFUSED) {
    return [finding('reserved-attribute', path, 'is refused by Braze; write "email_subscribe" instead')];
  }
  if (SUBSCRIPTIONS.includes(name)) {
    const message =
      'is a subscription, which is written with a consent and not without: map it under "subscribe", with the field of a "consent" question';
    return [finding('no-consent', path, message)];
  }
  if (name.includes('{{')) return [finding('bad-attribute-name', path, NO_TEMPLATE)];
  if (!isName(name)) return [finding('bad-attribute-name', path, NAME_RULE)];
  if (STANDARD.has(name) || name.startsWith('_')) return [];
  const folded = fold(name);
  const meant = [...STANDARD.keys()].find((each) => fold(each) === folded) ?? SYNONYMS.get(folded);
  if (meant !== undefined) {
    const message = `becomes a custom attribute, while Braze has a standard one for this: "${meant}"; one of your own should have a name that differs more`;
    return [finding('near-standard-attribute', path, message)];
  }
  const likely = LIKELY.get(folded) ?? misspelt(name);
  if (likely === undefined) return [];
  const message = `is a custom attribute; did you mean "${likely}", which Braze knows?`;
  return [finding('like-standard-attribute', path, message)];
}

/** A standard name with a slip in it, but not its plural, nor its second: `emails` and `phone2` are meant. */
function misspelt(name: string): string | undefined {
  if (name.length < SHORTEST_MISSPELT || /\d/.test(name) || OWN_WORDS.includes(name)) return undefined;
  const near = closest(
    name,
    [...STANDARD.keys()].filter((each) => Math.abs(each.length - name.length) <= 1),
  );
  const isPlural = near !== undefined && (name === `${near}s` || name === near.replace(/y$/, 'ies'));
  return near?.[0] === name[0] && !isPlural ? near : undefined;
}

const NO_TEMPLATE = 'is a name, in which no template is filled; templates belong into the value behind it';

const NAME_RULE = `should have 1 to ${LONGEST_NAME} characters and not start with "$"`;

function isName(name: string): boolean {
  return name !== '' && name.length <= LONGEST_NAME && !name.startsWith('$');
}

/** A template that is one reference and nothing else keeps the type of what it reads. */
const WHOLE_ANSWER = /^\{\{\s*answers\.(\w+)\s*(?:\|\s*default:\s*"([^"]*)"\s*)?\}\}$/;

/** What a standard attribute is given. */
export function checkAttributeValue(
  name: string,
  value: TemplateValue,
  path: Path,
  fields: Fields,
): readonly Finding[] {
  const standard = STANDARD.get(name);
  if (standard === undefined || standard === ANYTHING) return [];
  const should = `"${name}" should be ${standard.words}`;
  if (typeof value !== 'string' || !/\{\{|\}\}/.test(value)) {
    return standard.takes(value) ? [] : [finding('attribute-type', path, should)];
  }
  if (isMalformed(value)) return [];
  const reasons = reasonsAgainstTemplate(value, standard, fields);
  const [reason] = reasons;
  return reason === undefined ? [] : [finding('attribute-type', path, `${should}, but ${reason}`)];
}

function reasonsAgainstTemplate(value: string, standard: Standard, fields: Fields): readonly string[] {
  const [, field, fallback] = WHOLE_ANSWER.exec(value) ?? [];
  if (field !== undefined) {
    return [
      ...(fields.get(field) ?? []).flatMap(({ id, ask }) => reasonAgainst(ask, standard, id)),
      ...(fallback === undefined || standard.takes(fallback) ? [] : [`the default is "${fallback}"`]),
    ];
  }
  if (standard.isFree === true) return [];
  const references = referencesOf(value);
  const context = references.find(isContextPath);
  if (context !== undefined) return [`"${context}" is none`];
  // What there is not, or is not to be read here, is reported as such.
  const isAnswers = references.every((each) => each.startsWith('answers.'));
  return isAnswers ? ['this puts words together; it should be one answer and nothing else'] : [];
}

function reasonAgainst(ask: DraftAsk, { inputs, takes }: Standard, id: string): readonly string[] {
  if (ask.input === undefined) return [];
  if (!inputs.includes(ask.input)) return [`"${id}" asks for it as "${ask.input}"; ask as ${quoted(inputs)}`];
  const options: readonly (Answer | undefined)[] =
    'options' in ask ? (ask.options ?? []).map((option) => option?.value) : [];
  const wrong = options.find((option) => option !== undefined && !takes(option));
  return wrong === undefined ? [] : [`"${id}" has an option with the value ${JSON.stringify(wrong)}`];
}

function quoted(words: readonly string[]): string {
  return listed(words.map((word) => `"${word}"`));
}

function checkEventName(name: string | undefined, path: Path): readonly Finding[] {
  if (name === undefined) return [];
  if (name.includes('{{')) {
    // A profile with more than 20,000 distinct event names is blocked (`user_archival`): visitors' words never make a name.
    const message =
      'cannot be a template, because Braze blocks profiles with too many names; put what varies into the properties';
    return [finding('templated-event-name', path, message)];
  }
  return isName(name) ? [] : [finding('bad-event-name', path, NAME_RULE)];
}

function checkPropertyName(name: string, path: Path): readonly Finding[] {
  if (RESERVED_PROPERTIES.includes(name)) {
    return [finding('reserved-property', path, 'is reserved; give the property another name')];
  }
  if (name.includes('{{')) return [finding('bad-property-name', path, NO_TEMPLATE)];
  return isName(name) ? [] : [finding('bad-property-name', path, NAME_RULE)];
}
