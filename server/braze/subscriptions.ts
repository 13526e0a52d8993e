/**
 * What a consent makes of subscription states. At Braze the state of an e-mail address is that of every profile that has it
 * (`api/endpoints/user_data/post_user_track`): so it is written for nobody but whom the brand's backend vouches for.
 */
import type { TemplateValue } from '../../widget/contract/flow.ts';

/** What a flow asks to be written with a consent. */
export interface SubscriptionMapping {
  /** State of the profile's e-mail (`api/objects_filters/user_attributes_object`). */
  readonly email_subscribe?: 'opted_in' | 'subscribed' | 'unsubscribed';
  /** Ids of subscription groups that are subscribed to. */
  readonly subscription_group_ids?: readonly string[];
  /** Ids of those of text messages: Braze asks the number itself whether it agrees before it is subscribed (double opt-in). */
  readonly sms_group_ids?: readonly string[];
}

/** Where the consent stands. */
export interface Standing {
  readonly isGiven: boolean;
  /** States were written of it earlier in this conversation: a no takes them back, whoever vouches for whom by then. */
  readonly wasWritten: boolean;
  /** States may be written for this visitor. */
  readonly mayWrite: boolean;
}

/** How a group takes part (`api/objects_filters/user_attributes_object`, `subscription_groups`). */
interface GroupState {
  readonly subscription_group_id: string;
  readonly subscription_state: 'subscribed' | 'unsubscribed';
  readonly use_double_opt_in_logic?: true;
  readonly [key: string]: string | boolean;
}

/** Attributes of the profile. Nothing where there is nothing to write. Pure. */
export function subscriptionsOf(
  {
    email_subscribe: email,
    subscription_group_ids: groups = [],
    sms_group_ids: sms = [],
  }: SubscriptionMapping,
  { isGiven, wasWritten, mayWrite }: Standing,
): Readonly<Record<string, TemplateValue>> {
  const isWritten = isGiven ? mayWrite : wasWritten;
  if (!isGiven && !isWritten) return {};
  const state = isGiven ? 'subscribed' : 'unsubscribed';
  const all: readonly GroupState[] = [
    ...(isWritten
      ? groups.map((id) => ({ subscription_group_id: id, subscription_state: state }) as const)
      : []),
    ...sms.map((id) => smsStateOf(id, state)),
  ];
  return {
    ...(isWritten && email !== undefined && { email_subscribe: isGiven ? email : 'unsubscribed' }),
    ...(all.length > 0 && { subscription_groups: all }),
  };
}

/** Braze takes the double opt-in only with `subscribed`. */
function smsStateOf(id: string, state: GroupState['subscription_state']): GroupState {
  const group = { subscription_group_id: id, subscription_state: state };
  return state === 'subscribed' ? { ...group, use_double_opt_in_logic: true } : group;
}
