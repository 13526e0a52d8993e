/** One tab with the real conversation in it, on what the world gives it. */
import type { ReactiveController } from 'lit';
// Loaded when it is needed: here before anything begins, so that it takes the same time every time.
import '../../widget/outbox/housekeeping.ts';
import { LANGUAGE } from '../../widget/flow/language.ts';
import type { ConversationDelivery, ConversationPorts, PageEvent } from '../../widget/conversation-ports.ts';
import { Conversation } from '../../widget/conversation.ts';
import * as english from '../../widget/locale/en.ts';
import { createBacking } from '../../widget/outbox/backing.ts';
import { sessionsOf } from '../outbox/one-visitor.ts';
import { OPEN_GATE } from '../outbox/open-gate.ts';
import { createEra, ERAS, readEras } from '../../widget/outbox/eras.ts';
import { createOutbox, type News, type OutboxPorts } from '../../widget/outbox/outbox.ts';
import { leaveIn, settleEra } from '../../widget/outbox/passing.ts';
import { createOutboxStore, type OutboxStore } from '../../widget/outbox/store.ts';
import type { Key, Transact } from '../../widget/outbox/records.ts';
import { createFlowClient } from '../../widget/transport/flow-client.ts';
import { createRelayClient, type RelayClient } from '../../widget/transport/relay-client.ts';
import { createUuid } from '../../widget/uuid.ts';
import type { Acceptance } from './acceptance.ts';
import type { Browser } from './browser.ts';
import type { Chance } from './chance.ts';
import { heldIn } from '../outbox/held.ts';
import { SIMULATED_FLOW } from './flow.ts';
import type { FaultKind } from './judge.ts';
import type { Ledger } from './ledger.ts';
import type { Life } from './life.ts';
import type { Network } from './network.ts';
import type { Storage } from './storage.ts';

/** What a deliberately broken widget does otherwise. */
export interface Mutant {
  readonly name: string;
  /** The kind of fault by which it has to be caught: another may be there by accident. */
  readonly catches: FaultKind;
  readonly store?: (real: OutboxStore, transact: Transact) => OutboxStore;
  readonly relay?: (real: RelayClient, random: Chance) => RelayClient;
  readonly ports?: (real: ConversationPorts) => ConversationPorts;
}

export interface Tab {
  readonly life: Life;
  readonly conversation: Conversation;
  /** Its page can keep nothing. */
  readonly isForgetful: boolean;
  /** Ids that only this page remembers. */
  readonly remembered: ReadonlySet<string>;
  readonly hearPage: (event: PageEvent) => void;
  /** What it still holds, where it keeps that in memory. */
  readonly held: () => Promise<readonly (readonly [Key, unknown])[]>;
  /** The visitor leaves, and another one comes. */
  readonly logout: () => Promise<void>;
  readonly begin: () => void;
}

export interface TabOptions {
  readonly name: string;
  readonly browser: Browser;
  readonly storage: Storage;
  readonly network: Network;
  readonly ledger: Ledger;
  readonly chance: Chance;
  readonly isOnline: () => boolean;
  readonly mutant: Mutant | undefined;
  readonly accept: Acceptance;
}

const RELAY = 'https://relay.example';

/** A Lit element, as far as a controller sees it. */
class Host extends EventTarget {
  readonly updateComplete = Promise.resolve(true);
  addController(controller: ReactiveController): void {
    controller.hostConnected?.();
  }
  removeController(): void {
    // The page is never taken apart: it dies.
  }
  requestUpdate(): void {
    // Nobody looks at it but the world.
  }
}

export function openTab(options: TabOptions): Tab {
  const { name, browser, storage, network, ledger, chance, isOnline, mutant, accept } = options;
  const life = browser.createLife(name);
  const { clock } = browser;
  let isForgetful = false;
  let hearPage: (event: PageEvent) => void = () => undefined;
  const remembered = new Set<string>();
  const transact = createBacking({
    open: () => storage.open(life),
    discard: async () => undefined,
    gate: OPEN_GATE,
    failed: (error) => {
      isForgetful = true;
      ledger.forgetful.add(life);
      ledger.note(`${name} goes on in memory: ${String(error)}`);
    },
  });
  const fetch = network.fetchFor(life);
  const isAllowed = () => true;
  const tryLock: OutboxPorts['tryLock'] = (run) => browser.tryLock(life, run);
  const eraEnds = new Set<string>();
  let hearEnd: (era: string) => void = () => undefined;
  let tellTabs: (news: News) => void = () => undefined;

  /** In this tab. */
  const pass = (era: string) => {
    if (eraEnds.has(era)) return;
    eraEnds.add(era);
    ledger.note(`${name} is another visitor's`);
    hearEnd(era);
  };

  /** What goes as the visitor of that era, else of the one that is met. */
  const createWay = (id?: string): ConversationDelivery => {
    const era = createEra({
      transact,
      isAllowed,
      ended: id === undefined ? pass : () => undefined,
      ...(id !== undefined && { id }),
    });
    const real = createOutboxStore(era.transact);
    const store = watched(mutant?.store?.(real, era.transact) ?? real, era.id);
    const client = createRelayClient(RELAY, sessionsOf(store), fetch, clock);
    const lock = (): OutboxPorts['tryLock'] =>
      id === undefined && !era.isOver() ? tryLock : (run) => browser.tryLock(life, run, era.id());
    const found = new Set<string>();
    return {
      store,
      relay: mutant?.relay?.(client, chance) ?? client,
      rememberUnsent: () => undefined,
      createOutbox,
      tryLock: (run) => lock()(run),
      isAllowed,
      isOver: era.isOver,
      ask: async () => undefined,
      async settle() {
        const over = era.isOver() ? era.id() : id;
        if (over !== undefined) await transact('readwrite', (records) => settleEra(records, over));
      },
      async owed() {
        const { former } = await transact('readonly', async (records) => readEras(await records.get(ERAS)));
        const unknown = former.filter((each) => each !== era.id() && !found.has(each));
        return unknown.map((each) => {
          found.add(each);
          return createWay(each);
        });
      },
    };
  };
  let delivery: ConversationDelivery | undefined;
  const ports: ConversationPorts = {
    isFresh: () =>
      new Promise((resolve) => {
        const look = () => resolve(!storage.trouble.isBroken && storage.entries().length === 0);
        life.later(chance.between(0, 3), look);
      }),
    loadDelivery: async () => () => (delivery ??= createWay()),
    visitor: {
      ready: async () => undefined,
      listen: (hear) => {
        hearEnd = hear;
      },
      obey: (news) => {
        if (news.type === 'ended') pass(news.era);
      },
      renew: () => {
        delivery = undefined;
      },
    },
    fetchFlow: createFlowClient(RELAY, fetch),
    clock,
    random: chance.share,
    randomBytes: (length) => Uint8Array.from({ length }, () => chance.nat(256)),
    setTimer: (run, milliseconds) => life.later(milliseconds, run),
    readSurroundings: () => ({
      page: { path: '/boots' },
      device: { type: 'desktop', language: 'en-GB', time_zone: 'Europe/London' },
    }),
    loadRepertoire: async () => LANGUAGE,
    entryLink: async () => undefined,
    forgetEntryLink: () => undefined,
    heed: () => undefined,
    readTags: async () => undefined,
    connectTabs: (hear) => {
      const connected = browser.connectTabs(life, hear);
      tellTabs = connected.tell;
      return connected;
    },
    listenToPage: (hear) => {
      hearPage = hear;
      return () => undefined;
    },
    isOnline,
    consent: OPEN_GATE,
    loadTelling: () => Promise.reject(new Error('This site wants nothing told')),
  };
  const conversation = new Conversation(new Host(), mutant?.ports?.(ports) ?? ports);
  ledger.note(`${name} opens`);

  /** Hears what the visitor sees accepted. */
  function watched(outboxStore: OutboxStore, eraOf: () => string | undefined): OutboxStore {
    return {
      ...outboxStore,
      async commit(commit) {
        const isDone = await outboxStore.commit(commit);
        const [submission] = commit.submissions ?? [];
        if (isDone && submission) ledger.eras.set(submission.id, eraOf() ?? '');
        if (isDone && submission && !life.isDead) {
          ledger.note(`${name} goes on from ${submission.id}`);
          if (!ledger.accepted.has(submission.id)) remembered.add(submission.id);
          accept.remembered(submission);
        }
        return isDone;
      },
    };
  }

  return {
    life,
    conversation,
    get isForgetful() {
      return isForgetful;
    },
    remembered,
    hearPage: (event) => life.reach(() => hearPage(event)),
    held: async () => (isForgetful ? heldIn(transact) : []),
    async logout() {
      const era = createUuid(
        clock(),
        Uint8Array.from({ length: 16 }, () => chance.nat(256)),
      );
      await transact('readwrite', (records) => leaveIn(records, era)).then(
        () =>
          life.reach(() => {
            pass(era);
            tellTabs({ type: 'ended', era });
          }),
        (error: unknown) => ledger.note(`${name} could not log out: ${String(error)}`),
      );
    },
    begin: () => void conversation.begin(SIMULATED_FLOW.id, 'en', Promise.resolve(english)),
  };
}
