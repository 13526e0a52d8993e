/** Steps that several transactions of the outbox take. */
import type { LossReason, Losses, Submission } from '../contract/wire.ts';
import type { Verdict } from '../flow/verdict.ts';
import { CONVERSATION_LIFE } from './conversation-life.ts';
import { readConversation, submissionKey, type ConversationRecord, type Settled } from './outbox-record.ts';
import type { Records } from './records.ts';

export const isForgotten = ({ touchedAt }: ConversationRecord, now: number): boolean =>
  now - touchedAt > CONVERSATION_LIFE;

export async function awaitedIn(records: Records): Promise<ReadonlySet<string | undefined>> {
  const conversations = await records.list('conversation');
  return new Set(conversations.map((value) => readConversation(value)?.snapshot.awaiting));
}

export async function settleIn(records: Records, verdicts: readonly Verdict[]): Promise<void> {
  const awaited = verdicts.length > 0 ? await awaitedIn(records) : undefined;
  for (const verdict of verdicts) {
    const key = submissionKey(verdict.id);
    if (awaited?.has(verdict.id)) records.put({ version: 2, verdict } satisfies Settled, key);
    else records.delete(key);
  }
}

export async function count(records: Records, added: Losses = {}, told: Losses = {}): Promise<void> {
  const losses = (await records.get('losses')) as Losses | undefined;
  const reasons = Object.keys({ ...losses, ...added }) as LossReason[];
  const left = reasons
    .map((reason) => [reason, (losses?.[reason] ?? 0) + (added[reason] ?? 0) - (told[reason] ?? 0)] as const)
    .filter(([, number]) => number > 0);
  if (left.length > 0) records.put(Object.fromEntries(left), 'losses');
  else records.delete('losses');
}

export const bytesOf = (submission: Submission): number =>
  new TextEncoder().encode(JSON.stringify(submission)).length;
