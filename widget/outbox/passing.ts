/** From one visitor to the next: each of these is a part of one transaction over the records of all eras. */
import type { Losses } from '../contract/wire.ts';
import { claimsOf } from '../claims.ts';
import { ERAS, formerRecords, readEras, SUBJECT, type Eras } from './eras.ts';
import { keyOfRecord } from './housekeeping.ts';
import { conversationKey, readConversation, readRecord } from './outbox-record.ts';
import type { Records } from './records.ts';
import { count } from './steps.ts';

/** What remains to be done for a visitor who has gone. */
interface Estate {
  readonly visitor: unknown;
  readonly losses: unknown;
  readonly lease: unknown;
  readonly submissions: readonly unknown[];
}

const readEstate = async (records: Records): Promise<Estate> => ({
  visitor: await records.get('visitor'),
  losses: await records.get('losses'),
  lease: await records.get('lease'),
  submissions: (await records.list('submission')).filter(isUnsettled),
});

const isUnsettled = (value: unknown): boolean => readRecord(value)?.submission !== undefined;

function putEstate(records: Records, { visitor, losses, lease, submissions }: Estate): void {
  if (visitor !== undefined) records.put(visitor, 'visitor');
  if (losses !== undefined) records.put(losses, 'losses');
  // Somebody is sending: whatever lock the next one has, it waits for that to end.
  if (lease !== undefined) records.put({ ...(lease as object), isFirm: true }, 'lease');
  for (const record of submissions.map(readRecord)) {
    if (record) records.put(record, keyOfRecord(record));
  }
}

/** Clears all that is kept, whatever it is, but for what is to be delivered of earlier visitors. */
async function clearBut(records: Records, { former }: Eras): Promise<void> {
  const estates: (readonly [string, Estate])[] = [];
  for (const era of former) estates.push([era, await readEstate(formerRecords(records, era))]);
  records.clear();
  for (const [era, estate] of estates) putEstate(formerRecords(records, era), estate);
}

/** As whom the visitor has signed in, or is said to have. */
export async function subjectIn(records: Records): Promise<unknown> {
  const { ext } = claimsOf((await records.get('visitor')) as string | undefined);
  return ext ?? records.get(SUBJECT);
}

/**
 * The visitor goes: what they have left unsent is put aside, with their credential, and everything else is erased.
 * @returns whether anything is to be delivered, of them or of earlier ones
 */
export async function leaveIn(records: Records, next: string): Promise<boolean> {
  const eras = readEras(await records.get(ERAS));
  const estate = await readEstate(records);
  const isOwed = estate.submissions.length > 0;
  await clearBut(records, eras);
  if (isOwed) putEstate(formerRecords(records, eras.current), estate);
  // Mere numbers, which tell of the browser: they go with whatever goes next.
  else if (estate.losses !== undefined) records.put(estate.losses, 'losses');
  const former = isOwed ? [...eras.former, eras.current] : eras.former;
  records.put({ ...eras, current: next, former } satisfies Eras, ERAS);
  return former.length + eras.erasing.length > 0;
}

/**
 * The visitor asks to be forgotten: everything of theirs is erased, but for the credential by which the relay is asked to forget them, too.
 * @returns whether anything is to be delivered of earlier visitors, or the relay is to forget any
 */
export async function forgetIn(records: Records, next: string): Promise<boolean> {
  const eras = readEras(await records.get(ERAS));
  const visitor = (await records.get('visitor')) as string | undefined;
  await clearBut(records, eras);
  const erasing = visitor === undefined ? eras.erasing : [...eras.erasing, visitor];
  const erased = [...eras.erased, eras.current];
  records.put({ ...eras, current: next, erased, erasing } satisfies Eras, ERAS);
  return eras.former.length + erasing.length > 0;
}

/**
 * The page says who is signed in.
 * @returns as `leaveIn` where that is somebody else than before; undefined where the visitor is the same, or has not said who they are
 */
export async function signIn(records: Records, subject: string, next: string): Promise<boolean | undefined> {
  const before = await subjectIn(records);
  if (before !== undefined && before !== subject) return leaveIn(records, next);
  const isKnown =
    (await records.get('visitor')) !== undefined ||
    (await records.list('conversation', 1)).length + (await records.list('submission', 1)).length > 0;
  // Else nothing was said yet, and nothing is kept.
  if (isKnown && before === undefined) records.put(subject, SUBJECT);
  return undefined;
}

/** What was put aside of an era has been delivered. @returns whether nothing is owed any more, of whomever */
export async function settleEra(records: Records, era: string): Promise<boolean> {
  const eras = readEras(await records.get(ERAS));
  const own = formerRecords(records, era);
  const left = (await own.list('submission')).map(readRecord);
  let { former } = eras;
  // A page that slept may just have added to it.
  if (former.includes(era) && !left.some(isUnsettled)) {
    await count(records, (await own.get('losses')) as Losses | undefined);
    for (const record of left) if (record) own.delete(keyOfRecord(record));
    for (const value of await own.list('conversation')) {
      const conversation = readConversation(value);
      if (conversation) own.delete(conversationKey(conversation.snapshot.flow));
    }
    for (const key of ['visitor', 'losses', 'lease', 'seed', SUBJECT]) own.delete(key);
    former = former.filter((each) => each !== era);
    records.put({ ...eras, former } satisfies Eras, ERAS);
  }
  return isNothingOwed(records, { ...eras, former });
}

/** The relay has forgotten them. @returns as `settleEra` */
export async function settleErasing(records: Records, credential: string): Promise<boolean> {
  const eras = readEras(await records.get(ERAS));
  const erasing = eras.erasing.filter((each) => each !== credential);
  records.put({ ...eras, erasing } satisfies Eras, ERAS);
  return isNothingOwed(records, { ...eras, erasing });
}

async function isNothingOwed(records: Records, { former, erasing }: Eras): Promise<boolean> {
  return former.length + erasing.length === 0 && !(await records.list('submission')).some(isUnsettled);
}
