/** What a profile out of a file must be, so that nothing falls over it. The rules for values judged it when it arrived. */
import * as v from 'valibot';

const time = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);
/** Of any members. Not a record: valibot takes no member `__proto__` in one, which may be an attribute. */
const object = v.custom<object>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{24}$/));
const texts = v.optional(v.string());

const standard = v.looseObject({
  first_name: texts,
  last_name: texts,
  email: texts,
  phone: texts,
  push_tokens: v.optional(
    v.array(v.looseObject({ app_id: v.string(), token: v.string(), device_id: texts })),
  ),
  subscription_groups: v.optional(
    v.array(v.looseObject({ subscription_group_id: v.string(), subscription_state: v.string() })),
  ),
  current_location: v.optional(v.looseObject({ latitude: v.number(), longitude: v.number() })),
});

const profile = v.looseObject({
  braze_id: id,
  external_id: texts,
  user_aliases: v.array(v.looseObject({ alias_name: v.string(), alias_label: v.string() })),
  standard,
  custom_attributes: object,
  events: v.array(v.looseObject({ name: v.string(), time, properties: object, app_id: texts })),
  purchases: v.array(
    v.looseObject({
      product_id: v.string(),
      currency: v.string(),
      price: v.number(),
      quantity: v.number(),
      time,
      properties: object,
      app_id: texts,
    }),
  ),
  canvas_entries: v.array(
    v.union([
      v.looseObject({ canvas_id: v.string(), dispatch_id: v.string(), time, context: object }),
      v.looseObject({ canvas_id: v.string(), event: v.string(), time, context: object }),
    ]),
  ),
  campaign_sends: v.array(
    v.looseObject({ campaign_id: v.string(), dispatch_id: v.string(), time, trigger_properties: object }),
  ),
  created_at: time,
  updated_at: time,
});

/** Where a list of profiles is wrong, e.g. `position 3, "events.0.time"`; `undefined` if nowhere. */
export function problemOfProfiles(profiles: readonly unknown[]): string | undefined {
  const known = new Set<string>();
  for (const [position, candidate] of profiles.entries()) {
    const { success, issues, output } = v.safeParse(profile, candidate, { abortEarly: true });
    if (!success) {
      const path = v.getDotPath(issues[0]);
      return `position ${String(position)}${path === null ? '' : `, "${path}"`}`;
    }
    if (known.has(output.braze_id)) return `position ${String(position)}: its "braze_id" was there before`;
    known.add(output.braze_id);
  }
  return undefined;
}
