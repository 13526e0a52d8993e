/** Whether Braze takes an attribute, an event and a property under its name, and in which form it is sent. */
import type { Json } from '../store/json.ts';
import { STANDARD_FIELDS } from './standard-fields.ts';
import { checkCustomAttribute, checkPropertyValue, nameProblem, type Checked } from './values.ts';

const USER = 'api/objects_filters/user_attributes_object';
const EVENT = 'api/objects_filters/event_object';
const LOGGING = 'developer_guide/analytics/logging_events';

/** Why an attribute of this name is not for a flow to write. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  ...['external_id', 'braze_id', 'user_alias', '_update_existing_only', 'push_token_import'].map(
    (name) => [name, `the relay says whom an object is about (${USER})`] as const,
  ),
  ['email_subscription_info', 'Braze refuses it (api/endpoints/user_data/post_user_track)'],
  ['bio', `Braze has removed it (${USER})`],
]);

export function checkAttribute(name: string, value: Json): Checked {
  const reason = RESERVED.get(name) ?? nameProblem(name, LOGGING);
  if (reason !== undefined) return { reason };
  if (name === '_merge_objects') {
    return typeof value === 'boolean' ? { value } : { reason: `should be true or false (${USER})` };
  }
  const field = STANDARD_FIELDS.get(name);
  if (!field) return checkCustomAttribute(value);
  const form = field.form(value);
  return form === undefined ? { reason: `should be ${field.words} (${field.page})` } : { value: form };
}

/** Braze refuses the first two; the third is the relay's own. */
const RESERVED_PROPERTIES = ['time', 'event_name', 'submission_id'];

export function checkProperty(name: string, value: Json): Checked {
  if (RESERVED_PROPERTIES.includes(name)) return { reason: `this name is reserved (${EVENT})` };
  const reason = nameProblem(name, EVENT);
  return reason === undefined ? checkPropertyValue(value) : { reason };
}

/** What is wrong with an event's name, if anything is. */
export function eventNameProblem(name: string): string | undefined {
  return nameProblem(name, LOGGING);
}
