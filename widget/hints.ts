/**
 * What a page knows beside its storage. It keeps the loader's hints true to what the outbox holds: whether there is something to deliver,
 * and whether there is something to forget; without the second a conversation would lie in the browser of every visitor who never
 * opens the chat again. And it remembers who they are, should storage fail on the way.
 */
import type { ConversationPorts } from './conversation.ts';
import { readConversation } from './outbox/outbox-record.ts';
import type { Transact } from './outbox/records.ts';
import type { OutboxStore } from './outbox/store.ts';
import { hasUnsent, isToForget, rememberKept, rememberUnsent } from './wake.ts';

export interface HintOptions {
  readonly store: OutboxStore;
  readonly transact: Transact;
  /** The browser's storage has: from then on everything is kept in memory. */
  readonly hasFailed: () => boolean;
}

/**
 * @returns the store, which tells when it holds a conversation, and whose sweep is fetched only where something was tried in vain or a
 * conversation may be over age
 */
export function createHints({
  store,
  transact,
  hasFailed,
}: HintOptions): Pick<ConversationPorts, 'store' | 'rememberUnsent'> {
  /** Storage holds something, which only another page may be able to send once it has failed for this one. */
  let isStored = hasUnsent(Date.now());
  let credential: string | undefined;
  return {
    store: {
      ...store,
      async commit(commit) {
        const isDone = await store.commit(commit);
        if (isDone) rememberKept(commit.now);
        if (isDone && commit.submission && !hasFailed()) isStored = true;
        return isDone;
      },
      async claim(claim) {
        const claimed = await store.claim(claim);
        if (!claimed) return undefined;
        // Storage that was cleared has not failed: then they are somebody else.
        if (claimed.credential !== undefined || !hasFailed()) ({ credential } = claimed);
        return { ...claimed, credential };
      },
      async swapCredential(previous, next) {
        return (credential = await store.swapCredential(previous, next));
      },
      async sweep(now, isTried) {
        if (!isTried && !isToForget(now)) return [];
        const verdicts = await store.sweep(now, isTried);
        if (hasFailed()) return verdicts;
        const left = await transact('readonly', (records) => records.list('conversation'));
        const touched = left.map((value) => readConversation(value, now)?.touchedAt ?? now);
        rememberKept(touched.length > 0 ? Math.min(...touched) : undefined, true);
        return verdicts;
      },
    },
    rememberUnsent(isUnsent) {
      if (!hasFailed()) isStored = isStored && isUnsent;
      rememberUnsent(isUnsent || isStored, Date.now());
    },
  };
}
