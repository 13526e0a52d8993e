/** What is seldom needed, and never at once: it is loaded when it is. Forgets what is over age or too much, and moves what is kept. */
import type { LossReason, Losses } from '../contract/wire.ts';
import type { Snapshot } from '../flow/snapshot.ts';
import type { Verdict } from '../flow/verdict.ts';
import {
  conversationKey,
  readConversation,
  readRecord,
  submissionKey,
  type ConversationRecord,
  type Settled,
  type Unsettled,
} from './outbox-record.ts';
import type { Key, Records, Transact } from './records.ts';
import { awaitedIn, bytesOf, count, isForgotten, settleIn } from './steps.ts';

/** Milliseconds that an unsent submission lives. */
const LIFE = 7 * 24 * 60 * 60_000;

/** Milliseconds by which clocks differ without being set. */
const SKEW = 60_000;

/** Submissions that are kept at most, and their bytes: far more than a visitor says in a week, and far less than browsers grant. */
const MOST = { records: 20_000, bytes: 50_000_000 };

/** As `OutboxStore.sweep`. */
export async function sweep(records: Records, now: number, isTried: boolean): Promise<readonly Verdict[]> {
  const awaited = await awaitedIn(records);
  for (const value of await records.list('conversation')) {
    const conversation = readConversation(value, now);
    if (!conversation) continue;
    const key = conversationKey(conversation.snapshot.flow);
    if (isForgotten(conversation, now)) records.delete(key);
    // The clock was set back, or an earlier release did not note the time.
    else if (now - conversation.touchedAt < -SKEW || value !== conversation)
      records.put({ ...conversation, touchedAt: now }, key);
  }
  // While somebody sends, what is to be given up may just be on its way.
  const isStill = (await records.get('lease')) === undefined;
  const kept: Unsettled[] = [];
  const dead: Unsettled[] = [];
  for (const record of (await records.list('submission')).map(readRecord)) {
    if (record?.verdict && !awaited.has(record.verdict.id)) records.delete(submissionKey(record.verdict.id));
    if (!record?.submission) continue;
    const age = now - record.storedAt;
    if (age < -SKEW) records.put({ ...record, storedAt: now }, submissionKey(record.submission.id));
    (isStill && isTried && age > LIFE ? dead : kept).push(record);
  }
  return [
    ...(await giveUp(records, dead, 'age')),
    ...(await giveUp(records, isStill ? tooMuch(kept) : [], 'evicted')),
  ];
}

/** When the last step was of the conversation that is oldest, if there is one. */
export async function oldestIn(records: Records, now: number): Promise<number | undefined> {
  const kept = await records.list('conversation');
  const touched = kept.map((value) => readConversation(value, now)?.touchedAt ?? now);
  return touched.length > 0 ? Math.min(...touched) : undefined;
}

/** Whose id ends in a name: nobody said it. */
const isLifecycle = ({ submission }: Unsettled): boolean => submission.id.split('.').length > 2;

/** Those that are more than may be kept: lifecycle events before answers, and the oldest first. */
function tooMuch(kept: readonly Unsettled[]): Unsettled[] {
  let size = kept.reduce((sum, { submission }) => sum + bytesOf(submission), 0);
  let { length } = kept;
  const inOrder = kept.toSorted((a, b) => Number(isLifecycle(b)) - Number(isLifecycle(a)));
  return inOrder.filter(({ submission }) => {
    if (length <= MOST.records && size <= MOST.bytes) return false;
    length -= 1;
    size -= bytesOf(submission);
    return true;
  });
}

/** @returns the verdicts on them */
async function giveUp(
  records: Records,
  given: readonly Unsettled[],
  reason: LossReason,
): Promise<readonly Verdict[]> {
  const verdicts = given.map(({ submission: { id } }): Verdict => ({ id, outcome: 'error' }));
  if (given.length > 0) {
    await settleIn(records, verdicts);
    await count(records, { [reason]: given.length });
  }
  return verdicts;
}

/** Where the browser grants no room: lifecycle events go before what was said. */
export const makeRoom = (storage: Transact): Promise<void> =>
  storage('readwrite', async (records) => {
    const all = (await records.list('submission')).map(readRecord);
    const unsettled = all.filter((record) => record?.submission !== undefined);
    await giveUp(records, unsettled.filter(isLifecycle), 'evicted');
  });

/**
 * Storage has failed: what it still tells goes on in memory, such as who the visitor is. Conversations stay there: what is said from
 * here on belongs to another one, lest the same step be taken twice in different ways.
 */
export async function takeOver(storage: Transact, memory: Transact): Promise<void> {
  const held = await storage('readonly', readHeld).catch(() => undefined);
  await memory('readwrite', async (records) => {
    if (held) await keepSingles(records, held);
    // Without a credential this page becomes another visitor, and so would each other: what is stored is for one that keeps its own.
    if (held?.visitor !== undefined) keepSubmissions(records, held);
  });
}

/**
 * The visitor has allowed it: what was said before is kept from now on. Who they are is known already where they were here before; and
 * a conversation of then is gone on with, if nothing was said in the one that was begun meanwhile.
 */
export async function moveIn(memory: Transact, storage: Transact): Promise<void> {
  const held = await memory('readonly', readHeld);
  await storage('readwrite', async (records) => {
    await keepSingles(records, held);
    keepSubmissions(records, held);
    for (const begun of held.conversations as readonly ConversationRecord[]) {
      const key = conversationKey(begun.snapshot.flow);
      const kept = readConversation(await records.get(key), begun.touchedAt);
      if (!kept || isForgotten(kept, begun.touchedAt) || isSaidIn(begun.snapshot)) records.put(begun, key);
    }
    await count(records, held.losses as Losses | undefined);
  });
  await memory('readwrite', async (records) => records.clear());
}

/** Whether a question was answered or passed over. At its end a conversation is kept without that: then whether it went on. */
function isSaidIn({ step, path, rewalk }: Snapshot): boolean {
  const passed = [...path, ...(rewalk?.previous ?? []), ...(rewalk?.entries ?? [])];
  const [only, ...others] = passed;
  if (others.length === 0 && only?.refusals === undefined && step > 1) return true;
  return passed.some(({ answer }) => answer !== undefined);
}

/** Where it is kept. */
export const keyOfRecord = (record: Unsettled | Settled): Key =>
  submissionKey((record.verdict ?? record.submission).id);

/** What is worth keeping elsewhere. */
const readHeld = async (records: Records) => ({
  visitor: await records.get('visitor'),
  seed: await records.get('seed'),
  losses: await records.get('losses'),
  conversations: await records.list('conversation'),
  submissions: await records.list('submission'),
});

type Held = Awaited<ReturnType<typeof readHeld>>;

async function keepSingles(records: Records, held: Held): Promise<void> {
  for (const key of ['visitor', 'seed'] as const) {
    if (held[key] !== undefined && (await records.get(key)) === undefined) records.put(held[key], key);
  }
}

function keepSubmissions(records: Records, { submissions }: Held): void {
  for (const record of submissions.map(readRecord)) {
    if (record?.verdict ?? record?.submission) records.put(record, keyOfRecord(record));
  }
}
