/** Bodies of triggered sends (`api/endpoints/messaging/send_messages/post_send_triggered_canvases`, `…/post_send_triggered_campaigns`). */
import type { TemplateValue } from '../../widget/contract/flow.ts';
import { fillValue } from '../../widget/flow/template.ts';
import type { Json } from '../store/json.ts';
import { aliasOf } from './alias.ts';
import { MAX_CONTEXT_BYTES } from './limits.ts';
import { withinBytes, type LeftOut, type Profile } from './payload.ts';
import { isRecord } from './values.ts';

/** Whom it is sent to (`api/objects_filters/recipient_object`, which says `external_user_id`). */
export function recipientOf(profile: Profile): Readonly<Record<string, Json>> {
  if ('external_id' in profile) return { external_user_id: profile.external_id };
  // Of several with the address the one that was written to just now, as `/users/track` has chosen it.
  if ('email' in profile) return { email: profile.email, prioritization: ['most_recently_updated'] };
  return { user_alias: aliasOf(profile.visitor) };
}

/** What goes along, within 50 kB: the largest is left out first. @param at its name, for what is left out */
export function filledWithin(
  template: Readonly<Record<string, TemplateValue>>,
  context: unknown,
  at: string,
): { readonly filled: Readonly<Record<string, Json>>; readonly leftOut: readonly LeftOut[] } {
  const leftOut: LeftOut[] = [];
  const filled = fillValue(template, context) as Json | undefined;
  const entries = filled !== undefined && isRecord(filled) ? Object.entries(filled) : [];
  const kept = withinBytes(entries, `${at}.`, leftOut, MAX_CONTEXT_BYTES);
  return { filled: Object.fromEntries(kept), leftOut };
}
