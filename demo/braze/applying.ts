/** What a write does to the profiles. Whom it does not find it passes over: the request was answered before. */
import type { AttributesChange } from './attributes.ts';
import { isAdmitted } from './canvas-entry.ts';
import { customAttributeAfter } from './custom-attributes.ts';
import type { TrackChanges } from './track-changes.ts';
import type { Addressee } from './identifier.ts';
import { hasInvalidPhone, merged, shareAliasLabel, unionBy } from './merging.ts';
import type { ProfileRegistry } from './profile-registry.ts';
import { contentOf, isOverSpamLimit, show, type StoredProfile } from './stored-profile.ts';
import type { Delivery, Identification, Merge, NewAlias, Send, SubscriptionChange, Write } from './write.ts';

export function applyWrite(registry: ProfileRegistry, write: Write): void {
  switch (write.kind) {
    case 'track':
      applyTrack(registry, write.changes);
      break;
    case 'aliases':
      for (const alias of write.aliases) addAlias(registry, alias);
      break;
    case 'identify':
      for (const identification of write.identifications) identify(registry, identification);
      break;
    case 'merge':
      for (const merge of write.merges) applyMerge(registry, merge);
      break;
    case 'delete':
      // All are looked up first: an address twice must not delete the next one who has it.
      for (const profile of new Set(write.selectors.map(registry.select))) {
        if (profile) registry.remove(profile);
      }
      break;
    case 'send':
      for (const delivery of write.deliveries) deliver(registry, delivery);
      break;
    case 'broadcast':
      for (const profile of registry.all()) receive(registry, profile, write.entry);
      break;
    case 'subscriptions':
      for (const change of write.changes) subscribe(registry, change);
      break;
  }
}

/** Attributes, then events, then purchases (`api/api_limits`). */
function applyTrack(registry: ProfileRegistry, { attributes, events, purchases }: TrackChanges): void {
  for (const change of attributes) {
    // "If the token already exists in Braze, the request is ignored" (`api/objects_filters/user_attributes_object`).
    if (change.identifier.kind === 'push_token' && registry.find(change.identifier)) continue;
    const profile = resolve(registry, change);
    if (profile) setAttributes(registry, profile, change);
  }
  for (const { event, entries, ...addressee } of events) {
    changeResolved(registry, addressee, (profile) => {
      profile.events.push(event);
      profile.eventNames.add(event.name);
      for (const possible of entries) {
        if (isAdmitted(possible, profile.canvasEntries)) profile.canvasEntries.push(possible.entry);
      }
    });
  }
  for (const { purchase, ...addressee } of purchases) {
    changeResolved(registry, addressee, (profile) => {
      profile.purchases.push(purchase);
      profile.productNames.add(purchase.product_id);
    });
  }
}

/** Nobody, where the profile takes in nothing more. */
function resolve(registry: ProfileRegistry, { identifier, mayCreate }: Addressee): StoredProfile | undefined {
  const found = registry.find(identifier) ?? (mayCreate ? registry.create(identifier) : undefined);
  return found && !isOverSpamLimit(found) ? found : undefined;
}

function changeResolved(
  registry: ProfileRegistry,
  addressee: Addressee,
  change: (profile: StoredProfile) => void,
): void {
  const profile = resolve(registry, addressee);
  if (profile) registry.change(profile, change);
}

function setAttributes(registry: ProfileRegistry, profile: StoredProfile, change: AttributesChange): void {
  registry.change(profile, () => {
    for (const [field, value] of change.standard) setStandard(profile, field, value);
    for (const [name, value] of change.custom) {
      const next = customAttributeAfter(profile.custom.get(name), value, change.mergeObjects);
      if (next === undefined) profile.custom.delete(name);
      else profile.custom.set(name, next);
    }
  });
  if (change.standard.has('email_subscribe')) shareEmailState(registry, profile);
}

/** Lists in which what the request names changes, and the rest stays. Of push tokens a choice: no page says. */
const listKeys: Readonly<Record<string, string>> = {
  subscription_groups: 'subscription_group_id',
  push_tokens: 'token',
};

function setStandard({ standard }: StoredProfile, field: string, value: unknown): void {
  const key = listKeys[field];
  if (value === null) standard.delete(field);
  else standard.set(field, key === undefined ? value : unionBy(key, value, standard.get(field) ?? []));
}

/** Setting the e-mail subscription state also sets it on all other profiles with that address. */
function shareEmailState(registry: ProfileRegistry, profile: StoredProfile): void {
  const email = profile.standard.get('email');
  if (typeof email !== 'string') return;
  const state = profile.standard.get('email_subscribe') ?? null;
  for (const other of registry.matching({ kind: 'email', value: email })) {
    if (other !== profile && !isOverSpamLimit(other))
      registry.change(other, () => setStandard(other, 'email_subscribe', state));
  }
}

/** An alias that somebody has, and a label of which the user has a name, stay as they are: a choice, no page says. */
function addAlias(registry: ProfileRegistry, { alias, external_id: externalId }: NewAlias): void {
  if (registry.find({ kind: 'user_alias', value: alias })) return;
  if (externalId === undefined) {
    registry.create({ kind: 'user_alias', value: alias });
    return;
  }
  const profile = registry.find({ kind: 'external_id', value: externalId });
  if (!profile || isOverSpamLimit(profile)) return;
  if (profile.aliases.some(({ alias_label: label }) => label === alias.alias_label)) return;
  registry.change(profile, () => {
    profile.aliases = [...profile.aliases, alias];
  });
}

/**
 * Only somebody anonymous is identified: an `external_id` cannot be changed. And "a merge does not occur if the email address
 * or phone number matches multiple users", also if one of them has that `external_id`, whereas priorities "specify which user
 * to merge if there are multiple". Read together: they choose among the anonymous, and an identified one with that address
 * is in the way.
 */
function identify(registry: ProfileRegistry, { anonymous, external_id: externalId }: Identification): void {
  const isFree = registry.matching(anonymous.identifier).every((profile) => profile.externalId === undefined);
  const profile = isFree ? registry.select(anonymous) : undefined;
  if (!profile) return;
  const known = registry.find({ kind: 'external_id', value: externalId });
  if (!known) {
    registry.change(profile, () => {
      profile.externalId = externalId;
    });
  } else if (!shareAliasLabel(show(known), show(profile))) {
    combine(registry, known, profile);
  }
}

function applyMerge(registry: ProfileRegistry, { merge, keep }: Merge): void {
  const source = registry.select(merge);
  const target = registry.select(keep);
  if (!source || !target || source === target) return;
  if (hasInvalidPhone(show(source)) && hasInvalidPhone(show(target))) return;
  combine(registry, target, source);
}

function combine(registry: ProfileRegistry, kept: StoredProfile, other: StoredProfile): void {
  const content = contentOf(merged(show(kept), show(other)));
  registry.remove(other);
  registry.change(kept, () => Object.assign(kept, content));
}

/** To the profile that is meant, or to one that the attributes create where there is none. */
function deliver(registry: ProfileRegistry, { recipient, attributes, entry }: Delivery): void {
  const isUnknown = registry.matching(recipient.identifier).length === 0;
  const profile =
    attributes?.mayCreate === true && isUnknown
      ? registry.create(recipient.identifier)
      : registry.select(recipient);
  if (!profile || hasReceived(profile, entry)) return;
  if (attributes && !isOverSpamLimit(profile)) setAttributes(registry, profile, attributes);
  receive(registry, profile, entry);
}

/** Who is named twice, in two ways, is a recipient once (`api/objects_filters/recipient_object`). One send is one write. */
function hasReceived({ canvasEntries, campaignSends }: StoredProfile, { dispatch_id: id }: Send): boolean {
  return [canvasEntries.at(-1), campaignSends.at(-1)].some(
    (last) => last && 'dispatch_id' in last && last.dispatch_id === id,
  );
}

function receive(registry: ProfileRegistry, profile: StoredProfile, entry: Send): void {
  registry.change(profile, () => {
    if ('canvas_id' in entry) profile.canvasEntries.push(entry);
    else profile.campaignSends.push(entry);
  });
}

/** An address is that of all who have it: the state is the address's. */
function subscribe(registry: ProfileRegistry, { identifier, ...state }: SubscriptionChange): void {
  for (const profile of registry.matching(identifier)) {
    if (isOverSpamLimit(profile)) continue;
    registry.change(profile, () => setStandard(profile, 'subscription_groups', [state]));
  }
}
