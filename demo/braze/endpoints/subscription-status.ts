/**
 * `POST /subscription/status/set`: people join a subscription group, or leave it.
 * Source: `api/endpoints/subscription_groups/post_update_user_subscription_group_status`. Refusals are 400, which the
 * page does not say; the texts are the emulator's own, unless a comment names their page.
 */
import { isE164, isEmail } from '../address.ts';
import type { Demand, Endpoint, Verdict } from '../endpoint.ts';
import type { Identifier } from '../identifier.ts';
import { isGiven, isObject, type Judged, type JsonObject } from '../json.ts';
import { isDoubleOptInFitting, isSubscriptionGroupId } from '../subscription-groups.ts';
import { MAX_BATCH, refused, tooMany } from './batch.ts';

export const subscriptionStatusSet: Endpoint = {
  path: '/subscription/status/set',
  permission: 'subscription.status.set',
  rateGroup: 'subscription',
  respond: judgeSubscriptionStatus,
};

/** Whom nobody knows is not created, and the answer is the same: a choice, no page says. */
function judgeSubscriptionStatus({ body }: Demand): Verdict {
  const object = isObject(body) ? body : {};
  const { subscription_group_id: id, subscription_state: state } = object;
  if (!isSubscriptionGroupId(id)) return refused("'subscription_group_id' must be a UUID");
  if (!isState(state)) {
    return refused("'subscription_state' must be one of subscribed, unsubscribed");
  }
  if (!isDoubleOptInFitting(object)) {
    return refused("'use_double_opt_in_logic' must be a boolean, and goes with 'subscribed' only");
  }
  const people = judgePeople(object);
  if ('problem' in people) return refused(people.problem);
  const changes = people.value.map((identifier) => ({
    identifier,
    subscription_group_id: id,
    subscription_state: state,
  }));
  return { answer: { status: 201, body: { message: 'success' } }, write: { kind: 'subscriptions', changes } };
}

function isState(value: unknown): value is 'subscribed' | 'unsubscribed' {
  return value === 'subscribed' || value === 'unsubscribed';
}

/** In the order in which they are looked at: the examples send addresses beside an `external_id`. */
const identifierNames = ['external_id', 'email', 'phone'] as const;
type IdentifierName = (typeof identifierNames)[number];

/**
 * By `external_id`, if there is one: then addresses beside it are judged and do nothing, since the endpoint "should not
 * be used for updating a user's profile information". That they find nobody either is a choice, no page says.
 */
function judgePeople(object: JsonObject): Judged<readonly Identifier[]> {
  if (isGiven(object['email']) && isGiven(object['phone'])) {
    // The page gives this text.
    return { problem: 'Either an email address or a phone number should be provided, but not both.' };
  }
  const given = identifierNames.filter((name) => isGiven(object[name]));
  const judged = given.map((name) => judgePeopleNamed(name, object[name]));
  const wrong = judged.find((ids) => 'problem' in ids);
  return wrong ?? judged[0] ?? { problem: "One of 'external_id', 'email' or 'phone' is required" };
}

/** One string or an array of them: of addresses documented, of an `external_id` shown in the examples. */
function judgePeopleNamed(name: IdentifierName, value: unknown): Judged<readonly Identifier[]> {
  const ids: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (ids.length > MAX_BATCH) return { problem: tooMany.ids };
  const valid = ids.filter((id) => isId(name, id));
  return ids.length > 0 && valid.length === ids.length
    ? { value: valid.map((id) => ({ kind: name, value: id })) }
    : { problem: `'${name}' must be ${forms[name]}, or an array of 1 to ${String(MAX_BATCH)} of them` };
}

const forms: Readonly<Record<IdentifierName, string>> = {
  external_id: 'a string that is not empty',
  email: 'a valid email',
  phone: 'a phone number in E.164 format',
};

function isId(name: IdentifierName, value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false;
  if (name === 'external_id') return true;
  return name === 'email' ? isEmail(value) : isE164(value);
}
