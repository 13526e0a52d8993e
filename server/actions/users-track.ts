/** Writes attributes and events to the visitor's profile. */
import * as v from 'valibot';
import type { ActionNode } from '../../widget/contract/flow.ts';
import { buildShare, type TrackMapping } from '../braze/payload.ts';
import { subscriptionsOf, type SubscriptionMapping } from '../braze/subscriptions.ts';
import { checkMapping } from '../flows/lint/braze.ts';
import type { Draft } from '../flows/lint/draft.ts';
import type { Fields } from '../flows/lint/fields.ts';
import { finding, type Finding, type Path } from '../flows/lint/finding.ts';
import { flag, identifier, optional, templateValue } from '../flows/schema-parts.ts';
import { record } from '../record.ts';
import { defineAction } from './action.ts';
import {
  checkConsent,
  consentedIn,
  consentEntries,
  consentTemplate,
  type ConsentMapping,
} from './consent.ts';

/** As it stands in a flow. */
export interface TrackNode extends ActionNode, TrackMapping {
  readonly subscribe?: SubscriptionMapping & ConsentMapping;
}

const event = v.strictObject(
  {
    name: v.pipe(v.string('should be the name of an event'), v.description('Name of the custom event.')),
    properties: optional(
      record(v.string(), templateValue),
      'Properties by their names. Every text is a template.',
    ),
    repeat: optional(flag, 'Written again when the visitor corrects an answer. Default false.'),
  },
  'should be {"name", "properties", "repeat"}',
);

const groups = (words: string) =>
  optional(v.array(identifier, 'should be a list of ids of subscription groups'), words);

const EMAIL_STATE = 'should be "opted_in", "subscribed" or "unsubscribed"';

const subscribe = v.strictObject(
  {
    ...consentEntries,
    email_subscribe: optional(
      v.picklist(['opted_in', 'subscribed', 'unsubscribed'], EMAIL_STATE),
      'State of the e-mail address.',
    ),
    subscription_group_ids: groups('Subscription groups that are joined.'),
    sms_group_ids: groups(
      'Those of text messages: Braze asks the number first whether it agrees (double opt-in), whoever has typed it.',
    ),
  },
  'should be {"consent", "event", "opt_in_event", "email_subscribe", "subscription_group_ids", "sms_group_ids"}',
);

/** Whether an address gets a state, and not a number alone that Braze asks itself. */
const isForAddress = ({
  email_subscribe: email,
  subscription_group_ids: groups = [],
}: Draft<SubscriptionMapping>) => email !== undefined || groups.length > 0;

export const action = defineAction<TrackNode>({
  call: 'users/track',
  permission: 'users.track',
  does: 'Writes what was said to the visitor’s profile: attributes and custom events.',
  page: 'api/endpoints/user_data/post_user_track',
  limits: { limit: 3_000, window: 3_000 },
  isRepeatable: false,
  isRead: false,
  entries: {
    attributes: optional(
      record(v.string(), templateValue),
      'Attributes by their names, such as "first_name": "{{answers.first_name}}".',
    ),
    events: optional(v.array(event, 'should be a list of events'), 'Custom events.'),
    subscribe: optional(
      subscribe,
      'Subscriptions that are written with a consent and not without. For who is not signed in an event is written instead.',
    ),
  },
  templatesOf: ({ attributes, events = [], subscribe }) => [
    { path: ['attributes'], value: attributes },
    ...events.map((each, index) => ({ path: ['events', index, 'properties'], value: each?.properties })),
    ...(subscribe ? consentTemplate(subscribe, ['subscribe']) : []),
  ],
  consentOf: ({ subscribe }) => subscribe?.consent,
  lint(node, at, fields) {
    const { attributes = {}, events = [], subscribe } = node;
    const isEmpty = Object.keys(attributes).length + events.length === 0 && !subscribe;
    const words = 'writes nothing; it should have "attributes", "events" or "subscribe"';
    return [
      ...(isEmpty ? [finding('empty-action', at, words)] : []),
      ...checkMapping(node, at, fields),
      ...(subscribe ? checkSubscribe(subscribe, [...at, 'subscribe'], fields) : []),
    ];
  },
  build({ attributes = {}, events = [], subscribe }, asked) {
    const { submission, profile, context } = asked;
    const mapping = { attributes, events };
    if (!subscribe) return { type: 'share', ...buildShare(mapping, submission, profile, context) };
    const { proof, events: proofs, ...standing } = consentedIn(subscribe, asked, isForAddress(subscribe));
    const all = {
      attributes: { ...attributes, ...subscriptionsOf(subscribe, standing) },
      events: [...events, ...proofs],
    };
    return { type: 'share', ...buildShare(all, submission, profile, { ...context, proof }) };
  },
});

function checkSubscribe(
  subscribe: Draft<SubscriptionMapping & ConsentMapping>,
  at: Path,
  fields: Fields,
): readonly Finding[] {
  const { sms_group_ids: sms = [] } = subscribe;
  const words =
    'subscribes to nothing; it should have "email_subscribe", "subscription_group_ids" or "sms_group_ids"';
  const isEmpty = !isForAddress(subscribe) && sms.length === 0;
  return [
    ...(isEmpty ? [finding('empty-action', at, words)] : []),
    ...checkConsent(subscribe, at, fields, isForAddress(subscribe)),
  ];
}
