/** A visitor with the widget's own outbox and transport: a submission is kept until its receipt, and sent again until then. */
import type { SessionGrant, Submission } from '../../widget/contract/wire.ts';
import type { Snapshot } from '../../widget/flow/snapshot.ts';
import type { Verdict } from '../../widget/flow/verdict.ts';
import { createMemoryRecords } from '../../widget/outbox/memory-records.ts';
import { createOutbox, type News, type Outbox, type OutboxPorts } from '../../widget/outbox/outbox.ts';
import { createOutboxStore } from '../../widget/outbox/store.ts';
import { createRelayClient } from '../../widget/transport/relay-client.ts';
import { sessionsOf } from '../outbox/one-visitor.ts';
import { SANDBOX_ORIGIN } from '../server/relay-fixture.ts';

export interface BrowserVisitor {
  /** The id that the relay gave, once it has. */
  id(): Promise<string | undefined>;
  /** Keeps it in the outbox and sends what is there. Resolves with its verdict, however long that takes. */
  say(submission: Submission): Promise<Verdict>;
  /** Opens another page: what is in the outbox is sent at once. */
  turnPage(): void;
  /** Submissions without a verdict. */
  readonly waiting: number;
  leave(): void;
}

export interface VisitorOptions {
  readonly relayUrl: string;
  /** Where it is now, if it may be started again at another port. */
  readonly currentUrl?: () => string;
  /** Outboxes over the same storage, as with several tabs: each sends what is there. */
  readonly tabs?: number;
  /** Milliseconds: the longest pause before what could not be sent is sent again. */
  readonly longestPause: number;
}

/** Fetches as a page of the site does. */
export const pageFetch: typeof fetch = (input, init) =>
  fetch(input, {
    ...init,
    headers: { ...(init?.headers as Record<string, string>), origin: SANDBOX_ORIGIN },
  });

export function createBrowserVisitor({
  relayUrl,
  currentUrl = () => relayUrl,
  tabs = 1,
  longestPause,
}: VisitorOptions): BrowserVisitor {
  const relayFetch: typeof fetch = (input, init) =>
    pageFetch((input as string).replace(relayUrl, currentUrl()), init);
  const transact = createMemoryRecords();
  const store = createOutboxStore(transact);
  const verdicts = new Map<string, (verdict: Verdict) => void>();
  const tryLock = createLock();
  const outboxes = Array.from({ length: tabs }, (_, tab) => {
    const client = createRelayClient(relayUrl, sessionsOf(store), relayFetch, Date.now);
    const outbox: Outbox = createOutbox({
      store,
      send: (claimed) => client.send(claimed),
      listener: {
        settled: (settled) => {
          for (const verdict of settled) {
            verdicts.get(verdict.id)?.(verdict);
            verdicts.delete(verdict.id);
          }
        },
        waiting: () => undefined,
      },
      ports: {
        clock: Date.now,
        random: Math.random,
        setTimer: (callback, milliseconds) => {
          const timer = setTimeout(callback, Math.min(milliseconds, longestPause));
          return () => clearTimeout(timer);
        },
        tryLock,
        tell: (news) => tellOthers(outbox, news),
        isOnline: () => true,
        isAllowed: () => true,
      },
      owner: `tab ${tab}`,
    });
    return outbox;
  });
  const tellOthers = (teller: Outbox, news: News) => {
    for (const outbox of outboxes) {
      // As a channel does: not before what is under way has returned.
      if (outbox !== teller) setImmediate(() => outbox.hear(news));
    }
  };
  for (const outbox of outboxes) outbox.connect();
  const flush = () => {
    for (const outbox of outboxes) void outbox.flush();
  };
  let last: Snapshot | undefined;

  return {
    async id() {
      const credential = await transact('readonly', (records) => records.get('visitor'));
      return credential === undefined ? undefined : subjectOf(credential as string);
    },
    async say(submission) {
      const next: Snapshot = {
        conversation: submission.id,
        flow: submission.flow,
        revision: submission.revision,
        step: (last?.step ?? 0) + 1,
        node: submission.node,
        answers: submission.answers,
        path: [],
        seed: 's',
      };
      const verdict = new Promise<Verdict>((resolve) => verdicts.set(submission.id, resolve));
      const previous = last;
      last = next;
      await store.commit({ previous, next, submissions: [submission], isOver: false, now: Date.now() });
      flush();
      return verdict;
    },
    turnPage: flush,
    get waiting() {
      return verdicts.size;
    },
    leave() {
      for (const outbox of outboxes) outbox.disconnect();
    },
  };
}

/** A Web Lock among the tabs of one visitor. */
function createLock(): OutboxPorts['tryLock'] {
  let isHeld = false;
  return async (run) => {
    if (isHeld) return false;
    isHeld = true;
    try {
      await run();
    } finally {
      isHeld = false;
    }
    return true;
  };
}

/** Visitor id in a credential of the relay's (JWT, RFC 7519). */
export function subjectOf(credential: SessionGrant['visitor']): string {
  const [, claims = ''] = credential.split('.');
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub: string }).sub;
}
