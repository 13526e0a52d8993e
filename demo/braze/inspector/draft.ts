/**
 * What was changed in a form, but for what the emulator has been sent of it by now: what was typed meanwhile stays. Pure.
 *
 * @param sent the draft as it was when it was sent
 */
export function withoutSent<Fields extends object>(
  draft: Partial<Fields>,
  sent: Partial<Fields>,
): Partial<Fields> {
  const sentValues = new Map(Object.entries(sent));
  const left = Object.entries(draft).filter(
    ([name, value]) => !sentValues.has(name) || sentValues.get(name) !== value,
  );
  return Object.fromEntries(left) as Partial<Fields>;
}
