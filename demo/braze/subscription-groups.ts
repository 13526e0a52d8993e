/** `subscription_groups` of an attributes object. Source: `api/endpoints/user_data/post_user_track` and its list of errors. */
import { isObject, type Judged, type JsonObject } from './json.ts';

interface GroupState {
  readonly subscription_group_id: string;
  readonly subscription_state: 'subscribed' | 'unsubscribed';
}

/** As the dashboard gives it: in the form of a UUID. */
export function isSubscriptionGroupId(value: unknown): value is string {
  return typeof value === 'string' && uuidLike.test(value);
}

/** With any letters: the page's own example is `pto81fff-734f-80e5-b7b2-b880562888ww`. */
const uuidLike = /^[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}$/i;

/** The states that are set, one for each group: of two for the same group the later one counts, a choice. */
export function judgeSubscriptionGroups(value: unknown): Judged<readonly GroupState[]> {
  if (!Array.isArray(value)) {
    return { problem: "'subscription_groups' must be an array", code: 'BAD_SUBSCRIPTION_GROUP_ARRAY' };
  }
  const states = new Map<string, GroupState>();
  for (const item of value as readonly unknown[]) {
    const judged = judgeGroup(item);
    if ('problem' in judged) return judged;
    states.set(judged.value.subscription_group_id, judged.value);
  }
  return { value: [...states.values()] };
}

function judgeGroup(item: unknown): Judged<GroupState> {
  if (!isObject(item) || !('subscription_group_id' in item && 'subscription_state' in item)) {
    return {
      problem:
        "'subscription_groups' must hold objects with 'subscription_group_id' and 'subscription_state'",
      code: 'BAD_SUBSCRIPTION_GROUP_HASH',
    };
  }
  const { subscription_group_id: id, subscription_state: state } = item;
  if (!isSubscriptionGroupId(id)) {
    return {
      problem: "'subscription_group_id' of 'subscription_groups' must be the UUID of a subscription group",
      code: 'BAD_SUBSCRIPTION_GROUP_ID',
    };
  }
  if (state !== 'subscribed' && state !== 'unsubscribed') {
    return {
      problem: "'subscription_state' of 'subscription_groups' must be 'subscribed' or 'unsubscribed'",
      code: 'BAD_SUBSCRIPTION_GROUP_STATE',
    };
  }
  return isDoubleOptInFitting(item)
    ? { value: { subscription_group_id: id, subscription_state: state } }
    : {
        problem:
          "'use_double_opt_in_logic' of 'subscription_groups' must be a boolean, and goes with 'subscribed' only",
        undocumented: true,
      };
}

/** The emulator sends no SMS that could be answered: with or without it the state is set at once. */
export function isDoubleOptInFitting(item: JsonObject): boolean {
  const doubleOptIn = item['use_double_opt_in_logic'];
  if (doubleOptIn === undefined) return true;
  return typeof doubleOptIn === 'boolean' && item['subscription_state'] === 'subscribed';
}
