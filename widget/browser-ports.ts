/** What a conversation runs on in a browser. */
import type { PublishedSite } from './contract/site.ts';
import type * as EntryLinks from './entry-link.ts';
import type { ConversationPorts } from './conversation-ports.ts';
import type { Delivery } from './delivery.ts';
import { connectTabs, createLock } from './outbox/tabs.ts';
import { connectPage, type PageReader } from './page/page.ts';
import { createFlowClient } from './transport/flow-client.ts';
import { loadRepertoire } from './view/repertoire.ts';
import { createPageGate, type PageGate } from './gate.ts';
import {
  databaseOf,
  deleteDatabase,
  forgetTraces,
  hasEntry,
  hasUnsent,
  heedConsent,
  isToForget,
  needsNoConsent,
} from './wake.ts';

/** Whether anything may be kept and sent, for all chats that are on the page. */
export const pageGate = createPageGate({
  isFreeIn: needsNoConsent,
  forget: forgetTraces,
  load: () => import('./consenting.ts'),
  page: String(Math.random()),
});
const isAllowed = () => pageGate.state() === 'allowed';
heedConsent(isAllowed);
/** Of all chats that were on the page: what an earlier page has kept there goes too. */
const databases = new Set<string>();
pageGate.listen(() => {
  if (isAllowed()) entries?.keepEntryLink();
  if (pageGate.state() === 'denied')
    for (const name of databases) deleteDatabase(name).catch(() => undefined);
});

/** Of whom it was told last that they have taken it back. */
let told: string | undefined;

/** Of entry links, by which few visitors come. */
let entries: typeof EntryLinks | undefined;
const loadEntries = async () => {
  const isDue = location.href.includes('parley=') || (isAllowed() && hasEntry());
  return (entries ??= isDue ? await import('./entry-link.ts') : undefined);
};

/** What is noticed of the page, for all chats that are on it. */
let reader: PageReader | undefined;
let readers = 0;
/** What a site lets be read, once it is known: it holds for an element that is moved, too. */
let heeded: { readonly site: PublishedSite | undefined } | undefined;

const pageReader = (): PageReader => (reader ??= connectPage({ gate: pageGate, clock: Date.now }));

/** Tags that the page's own code knows of. */
export const tellTags = (tags: string | readonly string[]): void => pageReader().setTags(tags);

/** @returns leaves it: the last one ends it */
function joinPage(): () => void {
  readers += 1;
  const joined = pageReader();
  if (heeded) {
    joined.heed(heeded.site);
    void joined.tags();
    // What cannot be had now is heeded with the next conversation.
    if (readers === 1) pageGate.heed(heeded.site?.consent).catch(() => undefined);
  }
  return () => {
    readers -= 1;
    if (readers > 0) return;
    pageGate.leave();
    reader?.disconnect();
    reader = undefined;
  };
}

/** Milliseconds for a list of names: a browser that does not answer is asked for what it keeps, which has its own limit. */
const LONGEST_LOOK = 1_000;

export interface BrowserPorts extends ConversationPorts {
  /** The chat has gone from the page for good, and hears of consent no more. */
  readonly end: () => void;
}

/**
 * @param relay its address: what is kept for one relay never goes to another
 * @param failed hears that the browser's storage has failed
 */
export function createBrowserPorts(relay: string, failed: (error: unknown) => void): BrowserPorts {
  const name = databaseOf(relay);
  databases.add(name);
  const clock = () => Date.now();
  const stops: (() => void)[] = [];
  let connection: IDBDatabase | undefined;
  let isOver = false;
  const gate: PageGate = {
    ...pageGate,
    listen(hear) {
      // What was still being fetched when it went.
      if (isOver) return () => undefined;
      const stop = pageGate.listen(hear);
      stops.push(stop);
      return stop;
    },
    // It may have been taken off the page meanwhile; what joins again heeds it.
    heed: async (settings) => (readers > 0 ? pageGate.heed(settings) : undefined),
  };
  const request: typeof fetch = (input, init) => fetch(input, init);
  const loadNotice = () => import('./transport/notice.ts');
  let delivery: Delivery | undefined;
  const loadDelivery = async () => {
    const { createDelivery, prepareMove } = await import('./delivery.ts');
    if (!isAllowed()) prepareMove();
    return () =>
      (delivery ??= createDelivery({
        relay,
        name,
        gate,
        fetch: request,
        clock,
        use(used) {
          connection = used;
          // What goes on still is brought to its end.
          if (isOver) used.close();
        },
        failed,
        withdrawn(visitor) {
          // By the first of several chats.
          if (visitor === told) return;
          told = visitor;
          void loadNotice().then(
            ({ createNotice }) => createNotice(relay, request)('/v1/withdrawals', { visitor }),
            () => undefined,
          );
        },
      }));
  };
  return {
    async isFresh() {
      // In memory there is nothing yet.
      if (!isAllowed()) return true;
      // Of storage that was cleared these may be left: they are put right.
      const now = clock();
      if (hasUnsent(now) || isToForget(now)) return false;
      let cancel: (() => void) | undefined;
      try {
        const silence = new Promise<never>((_, reject) => (cancel = setTimer(reject, LONGEST_LOOK)));
        const databases = await Promise.race([indexedDB.databases(), silence]);
        return databases.every((database) => database.name !== name);
      } catch {
        return false;
      } finally {
        cancel?.();
      }
    },
    loadDelivery,
    fetchFlow: createFlowClient(relay, request),
    clock,
    random: () => Math.random(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    setTimer,
    readSurroundings: () => pageReader().surroundings(),
    entryLink: async (flow, site) => (await loadEntries())?.entryLink(flow, isAllowed(), site?.entry?.query),
    forgetEntryLink: () => entries?.forgetEntryLink(isAllowed()),
    heed(site) {
      heeded = { site };
      if (readers > 0) pageReader().heed(site);
    },
    async readTags() {
      if (readers > 0) await pageReader().tags();
    },
    loadTelling: async () => {
      const loading = [import('./telling.ts'), loadNotice(), loadDelivery()] as const;
      const [{ connectTelling }, { announceTo, createNotice }, connect] = await Promise.all(loading);
      const { credential, learn } = connect();
      await learn();
      return (options) =>
        connectTelling({
          ...options,
          notify: createNotice(relay, request),
          announce: (news) => announceTo(name, news),
          credential,
          learn,
          isAllowed,
          setTimer,
        });
    },
    loadRepertoire,
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
    consent: gate,
    end() {
      for (const stop of stops) stop();
      isOver = true;
      connection?.close();
    },
  };
}

const setTimer: ConversationPorts['setTimer'] = (callback, milliseconds) => {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
};

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
