/**
 * What a page knows beside its storage. It keeps the loader's hints true to what the outbox holds: whether there is something to deliver,
 * and whether there is something to forget; without the second a conversation would lie in the browser of every visitor who never
 * opens the chat again. And it remembers who they are, should storage fail on the way.
 */
import type { Transact } from './outbox/records.ts';
import type { OutboxStore } from './outbox/store.ts';
import type { PageGate } from './gate.ts';
import { claimsOf } from './claims.ts';
import { hasUnsent, isToForget, rememberKept, rememberKnown, rememberUnsent } from './wake.ts';

export interface HintOptions {
  readonly store: OutboxStore;
  readonly transact: Transact;
  readonly gate: Pick<PageGate, 'state' | 'listen'>;
  /** Hears who they were when they take it back. */
  readonly withdrawn: (credential: string) => void;
  /** The browser's storage has: from then on everything is kept in memory. */
  readonly hasFailed: () => boolean;
  /** Whether anything is owed of earlier visitors. */
  readonly isOwed: () => boolean;
  /** Before something is kept: what belongs to it. */
  readonly keeping: () => Promise<void>;
}

export interface Hints {
  readonly store: OutboxStore;
  /** Hears whether anything is still without a receipt. */
  readonly rememberUnsent: (isUnsent: boolean) => void;
  /** Who the visitor is, as far as this page knows. */
  readonly credential: () => string | undefined;
  /** Looks who they are. */
  readonly learn: () => Promise<void>;
}

/**
 * @returns the store, which tells when it holds a conversation, and whose sweep is fetched only where something was tried in vain or a
 * conversation may be over age
 */
export function createHints(options: HintOptions): Hints {
  const { store, transact, gate, withdrawn, hasFailed, isOwed, keeping } = options;
  /** Storage holds something, which only another page may be able to send once it has failed for this one. */
  let isStored = hasUnsent(Date.now());
  let credential: string | undefined;
  gate.listen((news) => {
    // What an earlier page has kept is known only now.
    isStored = hasUnsent(Date.now());
    if (gate.state() === 'allowed') rememberKept(Date.now());
    // Else the page that took it back tells.
    else if (news && credential !== undefined) withdrawn(credential);
    credential = undefined;
  });
  return {
    store: {
      ...store,
      async commit(commit) {
        await keeping();
        const isDone = await store.commit(commit);
        if (isDone) rememberKept(commit.now);
        if (isDone && commit.submissions?.length && !hasFailed()) isStored = true;
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
        // Asked for before it was taken back: who grants it again is somebody else.
        if (gate.state() !== 'allowed') return next;
        credential = await store.swapCredential(previous, next);
        rememberKnown(claimsOf(credential).ext === undefined);
        return credential;
      },
      async sweep(now, isTried) {
        if (!isTried && !isToForget(now)) return [];
        const verdicts = await store.sweep(now, isTried);
        if (hasFailed()) return verdicts;
        const { oldestIn } = await import('./outbox/housekeeping.ts');
        rememberKept(await transact('readonly', (records) => oldestIn(records, now)), true);
        return verdicts;
      },
    },
    credential: () => credential,
    async learn() {
      const kept = await transact('readonly', (records) => records.get('visitor'));
      credential ??= kept as string | undefined;
    },
    rememberUnsent(isUnsent) {
      if (!hasFailed()) isStored = isStored && isUnsent;
      rememberUnsent(isUnsent || isStored || isOwed(), Date.now());
    },
  };
}
