/** Has the visitor take part in a subscription group, with their consent. */
import * as v from 'valibot';
import type { ActionNode } from '../../widget/contract/flow.ts';
import { buildShare, type Profile } from '../braze/payload.ts';
import { subscriptionsOf } from '../braze/subscriptions.ts';
import { identifier, optional } from '../flows/schema-parts.ts';
import type { Json } from '../store/json.ts';
import { defineAction, SUBSCRIPTION_LIMITS } from './action.ts';
import {
  checkConsent,
  consentedIn,
  consentEntries,
  consentTemplate,
  type ConsentMapping,
} from './consent.ts';

interface SubscriptionNode extends ActionNode, ConsentMapping {
  readonly subscription_group_id: string;
  readonly channel?: 'email' | 'sms';
}

const CHANNEL = 'should be "email" or "sms"';

export const action = defineAction<SubscriptionNode>({
  call: 'subscription/status/set',
  permission: 'subscription.status.set',
  does: 'Has the visitor take part in a subscription group, with their consent. Whom Braze does not know it does nothing for.',
  page: 'api/endpoints/subscription_groups/post_update_user_subscription_group_status',
  limits: SUBSCRIPTION_LIMITS,
  isRepeatable: true,
  isRead: false,
  entries: {
    subscription_group_id: v.pipe(identifier, v.description('The group’s API identifier.')),
    channel: optional(
      v.picklist(['email', 'sms'], CHANNEL),
      'What the group sends. With "sms" Braze asks the number first whether it agrees (double opt-in). Default "email".',
    ),
    ...consentEntries,
  },
  templatesOf: (node) => consentTemplate(node, []),
  consentOf: ({ consent }) => consent,
  lint: (node, at, fields) => checkConsent(node, at, fields, node.channel !== 'sms'),
  build(node, asked) {
    const { subscription_group_id: group, channel = 'email' } = node;
    const { submission, profile, context } = asked;
    const isSms = channel === 'sms';
    const { events, proof, ...standing } = consentedIn(node, asked, !isSms);
    const { isGiven, wasWritten, mayWrite } = standing;
    const ids = idsOf(profile);
    const isCalled = ids !== undefined && (isGiven ? mayWrite : wasWritten);
    // An alias it does not take: that is subscribed as a part of its profile.
    const attributes = isCalled
      ? {}
      : subscriptionsOf(isSms ? { sms_group_ids: [group] } : { subscription_group_ids: [group] }, standing);
    const written = buildShare({ attributes, events }, submission, profile, { ...context, proof });
    if (!isCalled) return { type: 'share', ...written };
    const body: Json = {
      subscription_group_id: group,
      subscription_state: isGiven ? 'subscribed' : 'unsubscribed',
      ...ids,
      ...(isSms && isGiven && { use_double_opt_in_logic: true }),
    };
    return { type: 'request', body, leftOut: written.leftOut, then: written.share };
  },
});

/** By what it knows them. */
function idsOf(profile: Profile): Readonly<Record<string, Json>> | undefined {
  if ('external_id' in profile) return { external_id: [profile.external_id] };
  return 'email' in profile ? { email: [profile.email] } : undefined;
}
