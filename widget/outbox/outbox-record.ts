/** What is kept of conversations and submissions, and how what earlier releases kept is read. */
import type { Submission } from '../contract/wire.ts';
import type { Snapshot } from '../flow/snapshot.ts';
import type { Verdict } from '../flow/verdict.ts';
import type { Key } from './records.ts';

/** A submission without a receipt. */
export interface Unsettled {
  readonly version: 2;
  readonly submission: Submission;
  /** Milliseconds since 1970, by the browser's clock of then. */
  readonly storedAt: number;
  readonly verdict?: undefined;
}

/** A submission that has its verdict, of which its conversation has yet to hear. Nothing of what was said is in it. */
export interface Settled {
  readonly version: 2;
  readonly verdict: Verdict;
  readonly submission?: undefined;
}

/** Where a conversation stands. */
export interface ConversationRecord {
  readonly version: 2;
  readonly snapshot: Snapshot;
  /** Milliseconds since 1970 of the last step, by the browser's clock of then. */
  readonly touchedAt: number;
}

/** Release 0.1.0 wrote these, and snapshots as they are. */
interface FirstRecord {
  readonly version: 1;
  readonly submission: Submission;
  readonly verdict?: Verdict;
}

export const conversationKey = (flow: string): Key => ['conversation', flow];

/** Keys sort as submissions were made: a UUIDv7 by time, then the step as a number, then the name of a lifecycle event. */
export function submissionKey(id: string): Key {
  const [conversation = '', step, ...name] = id.split('.');
  return ['submission', conversation, Number(step), ...name];
}

/** What is no record has neither a submission nor a verdict: it is passed over, lest one keep all others from being sent. */
export function readRecord(value: unknown): Unsettled | Settled | undefined {
  const record = value as FirstRecord | Unsettled | Settled | undefined;
  if (record?.version !== 1) return record;
  const { submission, verdict } = record;
  return verdict
    ? { version: 2, verdict }
    : { version: 2, submission, storedAt: Date.parse(submission.time) };
}

/** @param now when the last step was, where that is not known */
export function readConversation(value: unknown, now = 0): ConversationRecord | undefined {
  const record = value as ConversationRecord | Snapshot | undefined;
  if (!record) return undefined;
  return 'snapshot' in record ? record : { version: 2, snapshot: record, touchedAt: now };
}
