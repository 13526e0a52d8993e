/** One tab with the real conversation in it, on what the world gives it. */
import type { ReactiveController } from 'lit';
// Loaded when it is needed: here before anything begins, so that it takes the same time every time.
import '../../widget/outbox/housekeeping.ts';
import { LANGUAGE } from '../../widget/flow/language.ts';
import type { ConversationPorts, PageEvent } from '../../widget/conversation-ports.ts';
import { Conversation } from '../../widget/conversation.ts';
import * as english from '../../widget/locale/en.ts';
import { createBacking } from '../../widget/outbox/backing.ts';
import { OPEN_GATE } from '../outbox/open-gate.ts';
import { createOutbox } from '../../widget/outbox/outbox.ts';
import { createOutboxStore, type OutboxStore } from '../../widget/outbox/store.ts';
import type { Key, Transact } from '../../widget/outbox/records.ts';
import { createFlowClient } from '../../widget/transport/flow-client.ts';
import { createRelayClient, type RelayClient } from '../../widget/transport/relay-client.ts';
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
  const real = createOutboxStore(transact);
  const store = watched(mutant?.store?.(real, transact) ?? real);
  const fetch = network.fetchFor(life);
  const client = createRelayClient(RELAY, store, fetch, clock);
  const ports: ConversationPorts = {
    isFresh: () =>
      new Promise((resolve) => {
        const look = () => resolve(!storage.trouble.isBroken && storage.entries().length === 0);
        life.later(chance.between(0, 3), look);
      }),
    loadDelivery: async () => () => ({
      store,
      relay: mutant?.relay?.(client, chance) ?? client,
      rememberUnsent: () => undefined,
      createOutbox,
    }),
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
    connectTabs: (hear) => browser.connectTabs(life, hear),
    tryLock: (run) => browser.tryLock(life, run),
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
  function watched(outboxStore: OutboxStore): OutboxStore {
    return {
      ...outboxStore,
      async commit(commit) {
        const isDone = await outboxStore.commit(commit);
        const [submission] = commit.submissions ?? [];
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
    begin: () => void conversation.begin(SIMULATED_FLOW.id, 'en', Promise.resolve(english)),
  };
}
