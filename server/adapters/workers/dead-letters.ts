/** Dead letters of one shard, for an operator: what is listed has no personal values but the visitor's id, which is in the key. */
import type { WorkKey } from '../../delivery/work.ts';
import type { DeadLetter, DeadLetters } from '../../store/store.ts';

export type DeadLetterOrder =
  | { readonly type: 'list'; readonly limit: number; readonly after?: WorkKey | undefined }
  | { readonly type: 'retry' | 'drop'; readonly keys: readonly WorkKey[] };

export interface DeadLetterSummary {
  readonly key: WorkKey;
  /** When it died: milliseconds since 1970. */
  readonly at: number;
  readonly environment: string;
  readonly site: string;
  readonly flow: string;
  readonly node: string;
  /** In our words. */
  readonly reason: string;
}

/** What was listed, or of an order, which of its keys there were. */
export type DeadLetterPage =
  | { readonly type: 'list'; readonly letters: readonly DeadLetterSummary[] }
  | { readonly type: 'done'; readonly keys: readonly WorkKey[] };

export async function obey(letters: DeadLetters, order: DeadLetterOrder): Promise<DeadLetterPage> {
  switch (order.type) {
    case 'list':
      return { type: 'list', letters: (await letters.list(order.limit, order.after)).map(summaryOf) };
    case 'retry':
    case 'drop':
      return { type: 'done', keys: await thoseThere(letters, order) };
  }
}

async function thoseThere(
  letters: DeadLetters,
  { type, keys }: Exclude<DeadLetterOrder, { readonly type: 'list' }>,
): Promise<readonly WorkKey[]> {
  const there: WorkKey[] = [];
  for (const key of keys) if (await letters[type](key)) there.push(key);
  return there;
}

const summaryOf = ({ work, at, reason }: DeadLetter): DeadLetterSummary => {
  const { key, environment, site, flow, node } = work;
  return { key, at, environment, site, flow, node, reason };
};
