/** From one visitor to the next, on a machine that several share: fetched where a page says who is signed in, or that somebody leaves. */
import type { Delivery, LoadPassing } from './delivery.ts';
import type { Identity } from './transport/sessions.ts';
import type { Transact } from './outbox/records.ts';
import { createUuid } from './uuid.ts';
import type { Place, Way } from './visitor.ts';
import { forgetTraces, rememberEra, rememberKept, rememberUnsent } from './wake.ts';
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
export async function leaveAt(place: Place): Promise<void> {
  await end(place, 'leaveIn');
}

/** The visitor asks to be forgotten, here and at the relay. Rejects where the relay has not confirmed it: it is asked again. */
export async function forgetAt(place: Place): Promise<void> {
  const delivery = await end(place, 'forgetIn');
  if (delivery) await eraseAt(place, delivery);
}

async function eraseAt({ seats }: Place, delivery: Delivery): Promise<void> {
  const [seat] = seats;
  if ((await delivery.erase()) > 0) seat?.fire('parley-visitor', { change: 'erased' });
}

/** @returns what has kept what they have said, where that was looked at */
async function end(place: Place, way: Way): Promise<Delivery | undefined> {
  const era = nextEra();
  const delivery = await deliveryOf(place);
  if (delivery?.isAllowed()) {
    pass(place, era, await delivery.leave(way, era));
    return delivery;
  }
  // What was said is in the page's memory, and goes with it: nobody has allowed that it is sent.
  if (place.unseen) place.unseen.way ??= way;
  pass(place, era, false);
  return undefined;
}

/**
 * Storage has been opened: does what the page has said while nobody might look at it, in one transaction, before anything of it is read.
 * Who is at the page stays there, with what they have said since.
 */
export async function prepareAt(
  place: Place,
  storage: Transact,
  loadPassing: LoadPassing,
  subject: string | undefined,
): Promise<void> {
  const way = place.unseen?.way;
  const passing = await loadPassing();
  const era = nextEra();
  const isOwed = await storage('readwrite', async (records) => {
    const isLeft = way && (await passing[way](records, era));
    const isAnother = subject === undefined ? undefined : await passing.signIn(records, subject, era);
    return isAnother ?? isLeft;
  });
  place.unseen = undefined;
  if (isOwed === undefined) return;
  leaveTraces(era, isOwed);
  // What has been said here moves in now.
  rememberKept(Date.now());
  place.begin(era);
  announceTo(place.name, { type: 'ended', era });
}

/** What is kept may be looked at from now on: does what has waited for that. Rejects where it cannot be done. */
export async function settleAt(place: Place, way?: Way): Promise<void> {
  const delivery = await deliveryOf(place);
  if (delivery) await delivery.learn();
  // Nothing is kept.
  else place.unseen = undefined;
  if (place.unseen) {
    throw new Error('What the browser keeps of the visitor cannot be erased now: its storage does not open.');
  }
  if (delivery && way === 'forgetIn') await eraseAt(place, delivery);
}

/** Erases what is kept beside the records, and tells whoever has to know. */
function pass(place: Place, era: string, isOwed: boolean): void {
  leaveTraces(era, isOwed);
  place.pass(era);
  announceTo(place.name, { type: 'ended', era });
}

function leaveTraces(era: string, isOwed: boolean): void {
  forgetTraces();
  rememberEra(era);
  // The next page is to look after it.
  if (isOwed) rememberUnsent(true, Date.now());
}
