/** What a conversation runs on in a browser. */
import type { PublishedSite } from './contract/site.ts';
import type * as EntryLinks from './entry-link.ts';
import type { ConversationPorts } from './conversation-ports.ts';
import type { Delivery } from './delivery.ts';
import { connectTabs } from './outbox/tabs.ts';
import { connectPage, type PageReader } from './page/page.ts';
import { createFlowClient } from './transport/flow-client.ts';
import { loadRepertoire } from './view/repertoire.ts';
import type { Told as Command } from './commands.ts';
import { fire, type Told } from './events.ts';
import { createPageGate, type PageGate } from './gate.ts';
import type { StorageGate } from './outbox/backing.ts';
import { createPageVisitor, type Seat } from './visitor.ts';
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

/** Who is at the machine, for all chats that are on the page. */
export const pageVisitor = createPageVisitor({
  gate: pageGate,
  forget() {
    entries?.forgetEntryLink(isAllowed());
    // In each tab; what they share, the one erases where it was said.
    forgetTraces(['sessionStorage']);
    // What the last one met is none of the next one's: what the page shows now is read anew.
    reader?.disconnect();
    reader = undefined;
    if (heeded && readers > 0) readPage(heeded.site);
  },
});
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

const readPage = (site: PublishedSite | undefined): void => {
  pageReader().heed(site);
  void pageReader().tags();
};

/** Tags that the page's own code knows of. */
export const tellTags = (tags: string | readonly string[]): void => pageReader().setTags(tags);

/** Takes what the page says of itself, and of who is at it, whether there is a chat or not. */
export function obey(relay: string, [name, value]: Command): void {
  const warn = (error: unknown) => console.warn(`Parley could not do this: ${name}.`, error);
  if (name === 'setTags') tellTags(value);
  else if (name === 'setConsent') pageGate.set(value === true).catch(warn);
  else if (name === 'setChallenge') pageVisitor.setChallenge(value);
  else {
    // A launcher's chat is not there yet; what was kept for it is.
    const isAlone = pageVisitor.place(databaseOf(relay)).seats.size === 0;
    const { parley } = window;
    // It would be the first to tell how this page asks for consent.
    if (isAlone && parley?.mayTouch && parley.host?.wake) pageGate.declare(parley.consent);
    const ports = isAlone ? createBrowserPorts(relay, (...told) => fire(document, ...told)) : undefined;
    // Nobody else would.
    ports?.visitor.listen(ports.visitor.renew, () => undefined);
    const done = name === 'identify' ? pageVisitor.identify(value) : pageVisitor[name]();
    done.catch(warn).finally(() => ports?.end());
  }
}

/** @returns leaves it: the last one ends it */
function joinPage(): () => void {
  readers += 1;
  if (heeded) {
    readPage(heeded.site);
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
 * @param tell what the page is to hear of
 */
export function createBrowserPorts(relay: string, tell: (...told: Told) => void): BrowserPorts {
  const name = databaseOf(relay);
  databases.add(name);
  const clock = () => Date.now();
  const stops: (() => void)[] = [];
  const connections = new Set<IDBDatabase>();
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
  const place = pageVisitor.place(name);
  let delivery: Delivery | undefined;
  /** What the visitor had allowed when they left. */
  let last: { state?: ReturnType<StorageGate['state']> } = {};
  const gateOf = (frozen: typeof last): Pick<PageGate, 'state' | 'listen'> => {
    const isRefused = () => gate.state() === 'denied';
    return {
      state: () => (isRefused() ? 'denied' : (frozen.state ?? gate.state())),
      listen: (hear) => gate.listen((news) => (frozen.state && !isRefused() ? undefined : hear(news))),
    };
  };
  const enders = new Set<(era: string) => void>();
  const end = (era: string) => {
    last.state ??= gate.state();
    for (const hear of enders) hear(era);
    // The page may say at once who comes next: when all is done that was to be done for the last one.
    void Promise.resolve().then(() => tell('parley-visitor', { change: 'ended' }));
  };
  const loadDelivery = async () => {
    const { createDelivery, prepareMove } = await import('./delivery.ts');
    if (!isAllowed()) prepareMove();
    return () => {
      const person = place.person();
      return (delivery ??= createDelivery({
        relay,
        name,
        gate: gateOf(last),
        person,
        challenge: place.challenge,
        fetch: request,
        clock,
        use(used) {
          connections.add(used);
          // What goes on still is brought to its end.
          if (isOver) used.close();
        },
        failed: (error) => tell('parley-error', { reason: 'storage', detail: String(error) }),
        judged(verdict) {
          if (verdict === 'verified') tell('parley-visitor', { change: verdict });
          else tell('parley-error', { reason: 'identity', verdict, detail: `The identity is ${verdict}` });
        },
        challenged: () =>
          tell('parley-error', { reason: 'challenge', detail: 'New visitors of this site take a challenge' }),
        parted: () => pageVisitor.part(name, person),
        async prepare(opening, loadPassing) {
          const storage = await opening;
          await pageVisitor.prepare(name, storage, loadPassing);
          return storage;
        },
        ended: (era) => pageVisitor.obey(name, { type: 'ended', era }),
        erased: () => tell('parley-visitor', { change: 'erased' }),
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
  };
  const ports: Omit<BrowserPorts, 'visitor' | 'end'> = {
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
  };
  const hurries = new Set<() => void>();
  const seat: Seat = {
    isFresh: ports.isFresh,
    current: () => delivery,
    load: async () => (await loadDelivery())(),
    end,
    hurry() {
      for (const hurry of hurries) hurry();
    },
    fire: tell,
  };
  const leave = pageVisitor.join(name, seat);
  return {
    ...ports,
    visitor: {
      ready: () => pageVisitor.ready(name),
      listen(ended, hurry) {
        enders.add(ended);
        hurries.add(hurry);
      },
      obey: (news) => pageVisitor.obey(name, news),
      renew() {
        delivery = undefined;
        last = {};
      },
    },
    end() {
      leave();
      for (const stop of stops) stop();
      isOver = true;
      for (const connection of connections) connection.close();
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
