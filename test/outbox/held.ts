/** What the browser keeps, as a test looks at it. */
import {
  conversationKey,
  keyOfRecord,
  readConversation,
  readRecord,
} from '../../widget/outbox/outbox-record.ts';
import type { Key, Transact } from '../../widget/outbox/records.ts';

/** Those of which there is one. */
const SINGLES = ['visitor', 'seed', 'losses', 'lease'];

export const heldIn = (transact: Transact): Promise<readonly (readonly [Key, unknown])[]> =>
  transact('readonly', async (records) => {
    const singles = await Promise.all(SINGLES.map(async (key) => [key, await records.get(key)] as const));
    const conversations = await records.list('conversation');
    const submissions = await records.list('submission');
    return [
      ...singles.filter(([, value]) => value !== undefined),
      ...conversations.map(
        (value) => [conversationKey(readConversation(value)?.snapshot.flow ?? ''), value] as const,
      ),
      ...submissions.map((value) => [keyOfRecord(readRecord(value)), value] as const),
    ];
  });
