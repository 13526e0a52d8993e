/**
 * What the browser keeps: where each conversation stands, each submission until it has its receipt, and the visitor credential. The
 * rules, over whatever keeps the records.
 */
import type { Losses, Submission } from '../contract/wire.ts';
import { isUnchanged, withoutAnswers, type Snapshot } from '../flow/snapshot.ts';
import type { Verdict } from '../flow/verdict.ts';
import {
  conversationKey,
  readConversation,
  readRecord,
  submissionKey,
  type ConversationRecord,
  type Unsettled,
} from './outbox-record.ts';
import type { Records, Transact } from './records.ts';
import { bytesOf, count, isForgotten, settleIn } from './steps.ts';

export interface Commit {
  /** The snapshot as the caller last saw it in the store. */
  readonly previous: Snapshot | undefined;
  readonly next: Snapshot;
  /** What came of the step, that of the flow and lifecycle events. */
  readonly submissions?: readonly Submission[];
  /** The conversation is at its end: what was said is not kept with it. */
  readonly isOver: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Claim {
  /** Of the lease: one outbox in one page. */
  readonly owner: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly limit: number;
  /** All of them together, in UTF-8 as JSON; one is claimed however large it is. */
  readonly bytes: number;
  /** Ids that are not to be sent now. */
  readonly skip: ReadonlySet<string>;
  /** The lock of those who send: another's lease is of a page that is gone, unless that goes on without the lock. */
  readonly hasLock: boolean;
}

export interface Claimed {
  /** Oldest first. */
  readonly submissions: readonly Submission[];
  /** What the relay has not been told of, if anything. */
  readonly losses: Losses | undefined;
  /** Of the visitor whose they are, if there is one yet. */
  readonly credential: string | undefined;
}

export interface OutboxStore {
  /** @param now milliseconds since 1970: a conversation is forgotten 24 hours after its last step */
  readSnapshot(flow: string, now: number): Promise<Snapshot | undefined>;
  /**
   * Writes a snapshot, and the submissions that came of it, in one transaction. False, and nothing written, where another tab
   * has brought the conversation further than `previous` meanwhile.
   */
  commit(commit: Commit): Promise<boolean>;
  /** The verdict on a submission whose conversation has yet to hear of it. */
  readVerdict(id: string): Promise<Verdict | undefined>;
  /**
   * The oldest submissions without a verdict, under a lease. All of them are one visitor's, so nobody else may send meanwhile:
   * undefined where another page may be sending. Where there is none, the lease has ended.
   */
  claim(claim: Claim): Promise<Claimed | undefined>;
  /** Ends the lease. */
  release(owner: string): Promise<void>;
  /**
   * Forgets submissions that have their verdicts, but for the verdict where a conversation awaits it.
   * @param added what is lost by it
   * @param told what the relay has been told of
   */
  settle(verdicts: readonly Verdict[], added?: Losses, told?: Losses): Promise<void>;
  /**
   * Forgets what is over age, and what is too much.
   * @param isTried the relay was asked in vain: only then does a submission die of age
   * @returns the verdicts on those that are given up. Rejects where it cannot be loaded
   */
  sweep(now: number, isTried: boolean): Promise<readonly Verdict[]>;
  /** Replaces the visitor credential if it is still `previous`, and gives back the one that holds now. */
  swapCredential(previous: string | undefined, next: string): Promise<string>;
  /** The seed that was drawn first in this browser, which is the one offered where there is none yet. */
  keepSeed(offered: string): Promise<string>;
}

/** Milliseconds of a lease: a request is given up after 30 seconds. */
export const LEASE = 35_000;

/** How many more are read than are wanted: each conversation may keep a verdict. */
const SPARE = 9;

interface Lease {
  readonly owner: string;
  readonly until: number;
  /** Its owner sends without the lock: to have that is not to know that nobody sends. */
  readonly isFirm: boolean;
}

export function createOutboxStore(transact: Transact): OutboxStore {
  /** Writes a text if the one that is there is still `previous`, and gives back the one that is there then. */
  const swap = (key: string, previous: string | undefined, next: string) =>
    transact('readwrite', async (records) => {
      const current = (await records.get(key)) as string | undefined;
      if (current !== undefined && current !== previous) return current;
      records.put(next, key);
      return next;
    });

  return {
    readSnapshot: (flow, now) => transact('readonly', (records) => snapshotIn(records, flow, now)),
    commit: ({ previous, next, submissions = [], isOver, now }) =>
      transact('readwrite', async (records) => {
        const { flow } = next;
        if (!isUnchanged(await snapshotIn(records, flow, now), previous)) return false;
        const heard = previous?.awaiting;
        if (heard !== undefined && heard !== next.awaiting && (await verdictOn(records, heard))) {
          records.delete(submissionKey(heard));
        }
        records.put(
          {
            version: 2,
            snapshot: isOver ? withoutAnswers(next) : next,
            touchedAt: now,
          } satisfies ConversationRecord,
          conversationKey(flow),
        );
        for (const submission of submissions) {
          const record: Unsettled = { version: 2, submission, storedAt: now };
          records.put(record, submissionKey(submission.id));
        }
        return true;
      }),
    readVerdict: (id) => transact('readonly', (records) => verdictOn(records, id)),
    claim: ({ owner, now, limit, bytes, skip, hasLock }) =>
      transact('readwrite', async (records) => {
        const lease = (await records.get('lease')) as Lease | undefined;
        if (
          lease &&
          lease.owner !== owner &&
          (lease.isFirm || !hasLock) &&
          lease.until > now &&
          // A clock that was set back does not make it last; and who asks may have waited for storage since the time that they tell.
          lease.until <= now + 2 * LEASE
        ) {
          return undefined;
        }
        const skipped = new Set<string | undefined>(skip);
        // A correction is to come after what it corrects.
        const isSkipped = ({ id, corrects }: Submission) =>
          skipped.has(id) || (skipped.has(corrects) && skipped.add(id));
        const findDue = async (most?: number) =>
          (await submissionsIn(records, most)).filter((submission) => !isSkipped(submission));
        let due = await findDue(limit + skip.size + SPARE);
        if (due.length === 0) due = await findDue();
        let size = 0;
        const submissions = due
          .slice(0, limit)
          .filter((submission, index) => (size += bytesOf(submission)) <= bytes || index === 0);
        if (submissions.length === 0) records.delete('lease');
        else records.put({ owner, until: now + LEASE, isFirm: !hasLock } satisfies Lease, 'lease');
        return {
          submissions,
          losses: (await records.get('losses')) as Losses | undefined,
          credential: (await records.get('visitor')) as string | undefined,
        };
      }),
    release: (owner) =>
      transact('readwrite', async (records) => {
        const lease = (await records.get('lease')) as Lease | undefined;
        if (lease?.owner === owner) records.delete('lease');
      }),
    settle: (verdicts, added, told) =>
      transact('readwrite', async (records) => {
        await settleIn(records, verdicts);
        if (added ?? told) await count(records, added, told);
      }),
    async sweep(now, isTried) {
      // Once in a while, and never at once: it need not be there before anything else. Offline it cannot be had, and there is time.
      const { sweep } = await import('./housekeeping.ts');
      return transact('readwrite', (records) => sweep(records, now, isTried));
    },
    swapCredential: (previous, next) => swap('visitor', previous, next),
    keepSeed: (offered) => swap('seed', undefined, offered),
  };
}

/** Those without a verdict, oldest first. */
async function submissionsIn(records: Records, limit?: number): Promise<Submission[]> {
  const all = await records.list('submission', limit);
  return all.flatMap((value) => readRecord(value)?.submission ?? []);
}

async function snapshotIn(records: Records, flow: string, now: number): Promise<Snapshot | undefined> {
  const conversation = readConversation(await records.get(conversationKey(flow)), now);
  return conversation && !isForgotten(conversation, now) ? conversation.snapshot : undefined;
}

async function verdictOn(records: Records, id: string): Promise<Verdict | undefined> {
  return readRecord(await records.get(submissionKey(id)))?.verdict;
}
