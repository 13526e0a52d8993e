/** What browsers fill in for a question. */
import type { AskNode } from '../../widget/contract/flow.ts';

/**
 * The purposes that `autocomplete` may name, and `off` and `on`, which ask browsers to fill in nothing, or what they think fit
 * (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofilling-form-controls:-the-autocomplete-attribute).
 * Those of passwords and payment cards are left out: a conversation asks for neither.
 */
export const AUTOCOMPLETE_TOKENS: readonly string[] = [
  'off',
  'on',
  'name',
  'honorific-prefix',
  'given-name',
  'additional-name',
  'family-name',
  'honorific-suffix',
  'nickname',
  'username',
  'organization-title',
  'organization',
  'street-address',
  'address-line1',
  'address-line2',
  'address-line3',
  'address-level4',
  'address-level3',
  'address-level2',
  'address-level1',
  'country',
  'country-name',
  'postal-code',
  'language',
  'bday',
  'bday-day',
  'bday-month',
  'bday-year',
  'sex',
  'url',
  'photo',
  'tel',
  'tel-country-code',
  'tel-national',
  'tel-area-code',
  'tel-local',
  'tel-extension',
  'email',
  'impp',
];

/** Words of which none says what is filled in. */
const MODES: readonly string[] = ['off', 'on'];

/** Of these there are several: at home, at work. */
const CONTACTS = /^(?:tel|email|impp)(?:-|$)/;

const PURPOSE_TOKENS = AUTOCOMPLETE_TOKENS.filter((token) => !MODES.includes(token));

/** What `autocomplete` may say: a purpose, and before it whose and for what; or a mode alone. From the same page as above. */
export const AUTOCOMPLETE_GRAMMAR = new RegExp(
  `^(?:${MODES.join('|')}|(?:section-\\S+ +)?(?:(?:shipping|billing) +)?(?:${[
    `(?:${PURPOSE_TOKENS.join('|')})`,
    `(?:home|work|mobile|fax|pager) +(?:${PURPOSE_TOKENS.filter((token) => CONTACTS.test(token)).join('|')})`,
  ].join('|')}))$`,
);

/** Names that fields go by, Braze's own among them (`api/objects_filters/user_attributes_object`). */
const PURPOSES: ReadonlyMap<string, string> = new Map([
  ['name', 'name'],
  ['full_name', 'name'],
  ['your_name', 'name'],
  ['title', 'honorific-prefix'],
  ['salutation', 'honorific-prefix'],
  ['first_name', 'given-name'],
  ['given_name', 'given-name'],
  ['forename', 'given-name'],
  ['middle_name', 'additional-name'],
  ['last_name', 'family-name'],
  ['family_name', 'family-name'],
  ['surname', 'family-name'],
  ['nickname', 'nickname'],
  ['job', 'organization-title'],
  ['job_title', 'organization-title'],
  ['company', 'organization'],
  ['company_name', 'organization'],
  ['organization', 'organization'],
  ['organisation', 'organization'],
  ['employer', 'organization'],
  ['address', 'street-address'],
  ['street_address', 'street-address'],
  ['street', 'address-line1'],
  ['address_line1', 'address-line1'],
  ['address_line_1', 'address-line1'],
  ['address_line2', 'address-line2'],
  ['address_line_2', 'address-line2'],
  ['city', 'address-level2'],
  ['home_city', 'address-level2'],
  ['town', 'address-level2'],
  ['state', 'address-level1'],
  ['province', 'address-level1'],
  ['prefecture', 'address-level1'],
  ['region', 'address-level1'],
  ['postal_code', 'postal-code'],
  ['postcode', 'postal-code'],
  ['post_code', 'postal-code'],
  ['zip', 'postal-code'],
  ['zip_code', 'postal-code'],
  ['country', 'country-name'],
  ['country_code', 'country'],
  ['dob', 'bday'],
  ['birthday', 'bday'],
  ['birthdate', 'bday'],
  ['birth_date', 'bday'],
  ['date_of_birth', 'bday'],
  ['year_of_birth', 'bday-year'],
  ['birth_year', 'bday-year'],
  ['gender', 'sex'],
  ['email', 'email'],
  ['email_address', 'email'],
  ['phone', 'tel'],
  ['phone_number', 'tel'],
  ['mobile', 'tel'],
  ['mobile_number', 'tel'],
  ['telephone', 'tel'],
  ['website', 'url'],
]);

/** What browsers know by the name of a field, or `undefined`. */
export function purposeOf(field: string): string | undefined {
  return PURPOSES.get(field);
}

/** What a question's answer is to browsers: as the flow says, else what its input and its field tell. A choice is nothing to them. */
export function autocompleteOf(ask: AskNode): string | undefined {
  if ('autocomplete' in ask) return ask.autocomplete;
  const purpose = purposeOf(ask.field);
  switch (ask.input) {
    case 'email':
      return 'email';
    case 'phone':
      return 'tel';
    case 'text':
      // A whole address is of several lines (the "Multiline" control group of the standard).
      return purpose === 'street-address' ? 'address-line1' : purpose;
    case 'multiline':
      return purpose;
    case 'date':
      return purpose === 'bday' ? purpose : undefined;
    case 'number':
      return purpose === 'bday-year' ? purpose : undefined;
    default:
      return undefined;
  }
}
