/** From one visitor to the next, on a machine that several share: fetched where a page says who is signed in, or that somebody leaves. */
import type { Identity } from './transport/sessions.ts';
import { createUuid } from './uuid.ts';
import type { Place } from './visitor.ts';
import { forgetTraces, rememberEra, rememberUnsent } from './wake.ts';
import { announceTo } from './transport/notice.ts';

const nextEra = (): string => createUuid(Date.now(), crypto.getRandomValues(new Uint8Array(16)));

/** What keeps what the visitor has said, if anything is kept. */
async function deliveryOf({ seats }: Place) {
  const [seat] = seats;
  return seat?.current() ?? (!seat || (await seat.isFresh()) ? undefined : seat.load());
}

/**
 * Somebody is signed in. Where it is somebody else than before, that one goes first.
 * @returns the relay being told, where it has to know at once
 */
export async function signInAt(
  place: Place,
  identity: Identity,
): Promise<{ readonly joining?: Promise<void> }> {
  const { subject } = identity;
  const before = place.person().identity;
  const delivery = await deliveryOf(place);
  let isAnother = before !== undefined && before.subject !== subject;
  if (isAnother) await leaveAt(place);
  else if (delivery?.isAllowed()) {
    const era = nextEra();
    const isOwed = await delivery.signIn(subject, era);
    isAnother = isOwed !== undefined;
    if (isOwed !== undefined) pass(place, era, isOwed);
  }
  // Whoever begins now has said nothing yet.
  const isVerified = !isAnother && before?.isVerified === true;
  place.person().identity = { ...identity, isVerified };
  return { ...(!isAnother && delivery?.isAllowed() && { joining: delivery.join() }) };
}

/** The visitor leaves. What is unsent goes out as theirs. */
export const leaveAt = (place: Place): Promise<void> => end(place, 'leaveIn');

/** The visitor asks to be forgotten, here and at the relay. Rejects where the relay has not confirmed it: it is asked again. */
export async function forgetAt(place: Place): Promise<void> {
  const delivery = await deliveryOf(place);
  await end(place, 'forgetIn');
  const [seat] = place.seats;
  if (!delivery?.isAllowed() || !seat) return;
  if ((await delivery.erase()) > 0) seat.fire('parley-visitor', { change: 'erased' });
}

async function end(place: Place, way: 'leaveIn' | 'forgetIn'): Promise<void> {
  const era = nextEra();
  const delivery = await deliveryOf(place);
  pass(place, era, (await delivery?.leave(way, era)) ?? false);
}

/** Erases what is kept beside the records, and tells whoever has to know. */
function pass(place: Place, era: string, isOwed: boolean): void {
  forgetTraces();
  rememberEra(era);
  // The next page is to look after it.
  if (isOwed) rememberUnsent(true, Date.now());
  place.pass(era);
  announceTo(place.name, { type: 'ended', era });
}
