/**
 * Whether the browser may keep and send anything: one word for all chats on the page. Where nobody has to be asked it is known at once,
 * and a refusal is obeyed at once; else the rules are fetched first (`consenting.ts`), and until they are there nothing is allowed.
 */
import type { Consenting, ConsentQuestion } from './consenting.ts';
import type { AskNode } from './contract/flow.ts';
import type { ConsentSettings } from './contract/site.ts';
import type { ConsentWords } from './locale/words.ts';
import type { StorageGate } from './outbox/backing.ts';
import type { News } from './outbox/outbox.ts';

export interface PageGate extends StorageGate {
  /** Hears of changes from then on, and what other pages are to be told of one, until the returned function is called. */
  readonly listen: (hear: (news?: News) => void) => () => void;
  /** Takes the page's first word, the mode; later ones are passed over. Empty: none is needed. */
  readonly declare: (mode: string) => void;
  /** Listens to the consent tools that the site names. Rejects where the visitor is to be asked, and the rules cannot be fetched. */
  readonly heed: (settings: ConsentSettings | undefined) => Promise<void>;
  /** Leaves those tools, until there is a chat again that heeds them. */
  readonly leave: () => void;
  /** Takes the visitor's word; the last one counts. Rejects where a grant has to wait for rules that cannot be fetched now. */
  readonly set: (isGranted: boolean) => Promise<void>;
  /** Hears what is said to a question of the flow, which may have asked just that. Rejects as `set` does. */
  readonly hear: (question: AskNode<string> | undefined, said: unknown) => Promise<void>;
  /** From another page. */
  readonly obey: (news: News) => void;
  /** Another visitor is here: the last one's word counts no more. */
  readonly forgetVisitor: () => void;
  /** What to ask the visitor, where they are to be asked, and there are words for it. The same for the same ones. */
  readonly question: (words: ConsentWords | undefined) => ConsentQuestion | undefined;
}

export interface GateOptions {
  /** Whether nobody has to be asked, in that mode. */
  readonly isFreeIn: (mode: string) => boolean;
  /** Removes what is kept of the page itself, without reading it. */
  readonly forget: () => void;
  /** Fetches the rules. */
  readonly load: () => Promise<{ readonly createConsenting: (mode: string) => Consenting }>;
  /** By which the page knows its own news. */
  readonly page: string;
}

type By = 'visitor' | 'page';

export function createPageGate({ isFreeIn, forget, load, page }: GateOptions): PageGate {
  const hearers = new Set<(news?: News) => void>();
  let mode: string | undefined;
  /** Until the rules are there. */
  let first: ReturnType<StorageGate['state']> = 'pending';
  /** The visitor's last one. */
  let word: boolean | undefined;
  let rules: Consenting | undefined;
  let loading: Promise<Consenting> | undefined;
  let isObeying = false;

  const state = () => rules?.state() ?? first;

  const tell = (by: By) => {
    const isNews = state() === 'denied' && !isObeying;
    for (const hear of hearers) hear(isNews ? { type: 'withdrawn', by, page } : undefined);
  };

  const fetchRules = () =>
    (loading ??= load().then(
      ({ createConsenting }) => {
        const before = state();
        rules = createConsenting(mode ?? '');
        if (word !== undefined) rules.set(word, 'visitor');
        rules.listen(tell);
        if (state() !== before) tell('visitor');
        return rules;
      },
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    ));

  const refuse = (by: By) => {
    if (by === 'visitor' || !rules) word = false;
    if (rules) {
      rules.set(false, by);
      return;
    }
    const isChanged = first !== 'denied';
    first = 'denied';
    forget();
    if (isChanged) tell(by);
  };

  const set = async (isGranted: boolean): Promise<void> => {
    if (!isGranted) {
      refuse('visitor');
      return;
    }
    word = true;
    if (rules) rules.set(true, 'visitor');
    else await fetchRules();
  };

  /** The page's first word. */
  const begin = () => {
    if (mode === undefined) return;
    if (mode === 'denied') first = mode;
    else if (isFreeIn(mode)) first = 'allowed';
    // Asked for again when it is needed.
    else fetchRules().catch(() => undefined);
  };

  return {
    state,
    listen(hear) {
      hearers.add(hear);
      return () => hearers.delete(hear);
    },
    declare(declared) {
      if (mode !== undefined) return;
      mode = declared;
      if (word !== false) begin();
    },
    async heed(settings) {
      if (settings || state() === 'pending') await (await fetchRules()).heed(settings);
    },
    leave: () => rules?.leave(),
    set,
    async hear(question, said) {
      const isOurs = question?.input === 'consent' && question.purpose === 'storage';
      if (isOurs && typeof said === 'boolean') await set(said);
    },
    obey(news) {
      if (news.type !== 'withdrawn' || news.page === page) return;
      // One without a chat tells nobody but us.
      isObeying = news.page !== '';
      refuse(news.by);
      isObeying = false;
    },
    forgetVisitor() {
      const before = state();
      word = undefined;
      rules?.forget();
      if (!rules) {
        first = 'pending';
        begin();
      }
      if (state() !== before) for (const hear of hearers) hear();
    },
    question: (words) => (state() === 'pending' ? rules?.question(words) : undefined),
  };
}
