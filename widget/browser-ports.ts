/** What a conversation runs on in a browser. */
import type { PublishedSite } from './contract/site.ts';
import type { ConversationPorts } from './conversation.ts';
import { createBacking } from './outbox/backing.ts';
import { entryLink, forgetEntryLink } from './page/entry.ts';
import { OPEN_GATE } from './page/open-gate.ts';
import { openIndexedRecords } from './outbox/indexed-records.ts';
import { createOutboxStore } from './outbox/store.ts';
import { connectTabs, createLock } from './outbox/tabs.ts';
import { connectPage, type PageReader } from './page/page.ts';
import { createFlowClient } from './transport/flow-client.ts';
import { createRelayClient } from './transport/relay-client.ts';
import { loadRepertoire } from './view/repertoire.ts';
import { createHints } from './hints.ts';

/** What is noticed of the page, for all chats that are on it. */
let reader: PageReader | undefined;
let readers = 0;
/** What a site lets be read, once it is known: it holds for an element that is moved, too. */
let heeded: { readonly site: PublishedSite | undefined } | undefined;

const pageReader = (): PageReader => (reader ??= connectPage({ gate: OPEN_GATE, clock: Date.now }));

/** Tags that the page's own code knows of. */
export const tellTags = (tags: string | readonly string[]): void => pageReader().setTags(tags);

/** @returns leaves it: the last one ends it */
function joinPage(): () => void {
  readers += 1;
  const joined = pageReader();
  if (heeded) void joined.heed(heeded.site);
  return () => {
    readers -= 1;
    if (readers > 0) return;
    reader?.disconnect();
    reader = undefined;
  };
}

/**
 * @param relay its address: what is kept for one relay never goes to another
 * @param failed hears that the browser's storage has failed
 */
export function createBrowserPorts(relay: string, failed: (error: unknown) => void): ConversationPorts {
  const name = `parley ${relay}`;
  const gate = OPEN_GATE;
  let hasFailed = false;
  const clock = () => Date.now();
  const transact = createBacking({
    open: () => openIndexedRecords(name),
    gate,
    failed(error) {
      hasFailed = true;
      failed(error);
    },
  });
  const hints = createHints({ store: createOutboxStore(transact), transact, hasFailed: () => hasFailed });
  const request: typeof fetch = (input, init) => fetch(input, init);
  return {
    ...hints,
    relay: createRelayClient(relay, hints.store, request, clock),
    fetchFlow: createFlowClient(relay, request),
    clock,
    random: () => Math.random(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    setTimer: (callback, milliseconds) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
    readSurroundings: () => pageReader().surroundings(),
    entryLink: (flow, site) => entryLink(flow, gate.state() === 'allowed', site?.entry?.query),
    forgetEntryLink,
    async heed(site) {
      heeded = { site };
      if (readers > 0) await pageReader().heed(site);
    },
    loadInputs: loadRepertoire,
    connectTabs: (hear) => connectTabs(name, hear),
    tryLock: createLock(name),
    listenToPage(hear) {
      const stop = listenToPage(hear);
      const leave = joinPage();
      return () => {
        stop();
        leave();
      };
    },
    isOnline: () => navigator.onLine,
    isAllowed: () => gate.state() === 'allowed',
  };
}

const listenToPage: ConversationPorts['listenToPage'] = (hear) => {
  const listening = new AbortController();
  const { signal } = listening;
  addEventListener('online', () => hear('online'), { signal });
  document.addEventListener('resume', () => hear('back'), { signal });
  const tellBack = ({ persisted }: PageTransitionEvent) => {
    if (persisted) hear('back');
  };
  addEventListener('pageshow', tellBack, { signal });
  // A page that is left is hidden after that: where anything began there still, the browser would not keep it.
  let isGone = false;
  addEventListener('pagehide', () => (isGone = true), { signal });
  addEventListener('pageshow', () => (isGone = false), { signal });
  const tellHidden = () => {
    if (document.visibilityState === 'hidden' && !isGone) hear('leaving');
  };
  document.addEventListener('visibilitychange', tellHidden, { signal });
  return () => listening.abort();
};
