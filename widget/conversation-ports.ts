/** What a conversation runs on: the browser as it sees it, and all that is fetched only where it is needed. */
import type { PublishedFlow } from './contract/flow.ts';
import type { PublishedSite } from './contract/site.ts';
import type { Delivery } from './delivery.ts';
import type { Language, Surroundings } from './flow/walk.ts';
import type { PageGate } from './gate.ts';
import type { News, OutboxPorts } from './outbox/outbox.ts';
import type { Tabs } from './outbox/tabs.ts';
import type { ConnectTelling } from './telling.ts';
import type { FetchFlow } from './transport/flow-client.ts';

/** The same each time that it is asked for, as long as the visitor is the same. */
export type ConversationDelivery = Pick<
  Delivery,
  | 'store'
  | 'relay'
  | 'rememberUnsent'
  | 'createOutbox'
  | 'tryLock'
  | 'isAllowed'
  | 'ask'
  | 'isOver'
  | 'settle'
  | 'owed'
>;

/** The visitor, as the page knows them. */
export interface ConversationVisitor {
  /** Who they are has been settled, as far as the page has said it. Rejects where that cannot be done now. */
  readonly ready: () => Promise<void>;
  /** Hears that they have gone, and from then on there is another one; and that what waits may be sent now, whatever the relay has said. */
  readonly listen: (ended: (era: string) => void, hurry: () => void) => void;
  /** From another page. */
  readonly obey: (news: News) => void;
  /** What belonged to the one who has gone is nobody's any more: the next delivery is another's. */
  readonly renew: () => void;
}

/** What a conversation runs on. The element brings the browser's own; a test may bring others. */
export interface ConversationPorts extends Pick<OutboxPorts, 'isOnline'> {
  /**
   * Whether nothing is kept here of this visitor and this relay: then nothing need be read before they have said something. Never
   * rejects.
   */
  readonly isFresh: () => Promise<boolean>;
  /** Fetches what keeps and delivers; until that is called it touches nothing. Rejects where it cannot be had. */
  readonly loadDelivery: () => Promise<() => ConversationDelivery>;
  /** Whether anything may be kept and sent. */
  readonly consent: Pick<PageGate, 'state' | 'listen' | 'heed' | 'hear' | 'obey' | 'set' | 'question'>;
  readonly visitor: ConversationVisitor;
  /** Joins the other tabs that share this store. */
  readonly connectTabs: (hear: (news: News) => void) => Tabs;
  /** Hears what happens to the page, until the returned function is called. */
  readonly listenToPage: (hear: (event: PageEvent) => void) => () => void;
  readonly fetchFlow: FetchFlow;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly setTimer: (callback: () => void, milliseconds: number) => () => void;
  readonly readSurroundings: () => Surroundings;
  /** The token of the entry link that led to this page: of its fragment, and of its query where the site lets it stand there. */
  readonly entryLink: (flow: string, site?: PublishedSite) => Promise<string | undefined>;
  /** It does not hold: pages that follow need not ask with it. */
  readonly forgetEntryLink: () => void;
  /** What the site lets be read of its pages, once it is known. */
  readonly heed: (site: PublishedSite | undefined) => void;
  /** Reads the page's tags from then on. Resolves when what is there has been read. Never rejects. */
  readonly readTags: () => Promise<void>;
  /** Fetches what tells the lifecycle events that a site names. Rejects where it cannot be had. */
  readonly loadTelling: () => Promise<ConnectTelling>;
  /** Fetches what the nodes of this flow need besides: inputs, and of the language. Rejects where it cannot be had. */
  readonly loadRepertoire: (flow: PublishedFlow, learn: () => Promise<void>) => Promise<Language>;
}

/** `leaving`: the page may be gone in a moment. `back`: it has been kept aside, and goes on. */
export type PageEvent = 'online' | 'leaving' | 'back';
