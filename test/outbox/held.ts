/** What the browser keeps, as a test looks at it. */
import { keyOfRecord } from '../../widget/outbox/housekeeping.ts';
import { conversationKey, readConversation, readRecord } from '../../widget/outbox/outbox-record.ts';
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
      ...submissions.flatMap((value) => {
        const record = readRecord(value);
        return record ? [[keyOfRecord(record), value] as const] : [];
      }),
    ];
  });

export const credentialIn = (transact: Transact): Promise<unknown> =>
  transact('readonly', (records) => records.get('visitor'));
