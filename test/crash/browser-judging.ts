/** What became of each word that the visitor said. */
import type { Store } from '../../server/store/store.ts';
import type { Arrival } from './browser-flow.ts';

export interface Said {
  /** Seen by the visitor in the conversation: from then on it has to be at Braze exactly once. Any other word, at most once. */
  readonly accepted: ReadonlySet<string>;
  /** Ids of the submissions that left the browser with a word: one, unless something is wrong. */
  readonly sent: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Judgement {
  /** Submissions whose words the visitor saw accepted, and any others that arrived. */
  readonly submissions: number;
  /** Words that are not there. */
  readonly lost: readonly string[];
  /** Words that are there more than once, and nobody says so. */
  readonly doubled: readonly string[];
  /** Words that are there more than once, or never, and the relay says so of them. */
  readonly inDoubt: readonly string[];
  /** As whom Braze knows the visitor: one id, unless something is wrong. */
  readonly visitors: readonly string[];
}

export async function judge(
  { accepted, sent }: Said,
  arrivals: readonly Arrival[],
  store: Pick<Store, 'find'>,
): Promise<Judgement> {
  const visitors = [...new Set(arrivals.map(({ visitor }) => visitor))];
  const words = new Set([...accepted, ...arrivals.map(({ word }) => word)]);
  const isInDoubt = async (word: string): Promise<boolean> => {
    const keys = visitors.flatMap((visitor) => [...(sent.get(word) ?? [])].map((id) => `${visitor}/${id}`));
    const settlements = await Promise.all(keys.map((key) => store.find(key)));
    return settlements.some((settlement) => settlement?.isInDoubt);
  };
  const lost: string[] = [];
  const doubled: string[] = [];
  const inDoubt: string[] = [];
  for (const word of words) {
    const count = arrivals.filter((arrival) => arrival.word === word).length;
    if (count === 1) continue;
    // Two submissions of one word are the browser's fault, and no doubt of the relay's.
    if (sent.get(word)?.size === 1 && (await isInDoubt(word))) inDoubt.push(word);
    else (count === 0 ? lost : doubled).push(word);
  }
  return { submissions: words.size, lost, doubled, inDoubt, visitors };
}
