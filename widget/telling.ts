/**
 * What a site wants told of its conversations besides what their flows write: fetched where it names any of it. Most of it goes the way of
 * every submission. Whether the visitor has left for good only the relay can decide: it is told when they may have, and when they are back.
 */
import type { Told } from './contract/site.ts';
import type { PublishedFlow } from './contract/flow.ts';
import { departureOf, tellLifecycle } from './flow/lifecycle.ts';
import { tellPassed } from './flow/passage.ts';
import type { Snapshot } from './flow/snapshot.ts';
import type { Happening, Transition } from './flow/walk.ts';
import type { News } from './outbox/outbox.ts';
import { listenToNavigation } from './page/navigation.ts';
import type { Notice } from './transport/notice.ts';

export interface TellingOptions {
  readonly events: readonly Told[];
  /** Where the conversation stands, once there is one. */
  readonly current: () => readonly [PublishedFlow, Snapshot] | undefined;
  readonly happening: () => Happening;
  /** The page has gone to another address. */
  readonly moved: () => void;
}

export interface TellingPorts {
  readonly notify: Notice;
  /** To the other tabs, also from a page that is just going. */
  readonly announce: (news: News) => void;
  /** Who the visitor is, as far as it is known. */
  readonly credential: () => string | undefined;
  /** Looks who they are, where it is not known yet. */
  readonly learn: () => Promise<void>;
  /** Whether anything may be sent. */
  readonly isAllowed: () => boolean;
  readonly setTimer: (callback: () => void, milliseconds: number) => () => void;
}

export type ConnectTelling = (options: TellingOptions) => Telling;

export interface Telling {
  /** Adds to a transition what is to be told of it. */
  readonly add: (flow: PublishedFlow, before: Snapshot | undefined, plain: Transition) => Transition;
  /** From another tab. */
  readonly hear: (news: News) => void;
  /** From now on it is noticed where the visitor is. The conversation is at hand. */
  readonly connect: () => void;
  /** They are here, and now it may be told. */
  readonly comeBack: () => Promise<void>;
  readonly disconnect: () => void;
}

/** Milliseconds after which it is told again that they are back, longer each time: all in less than half an hour, the idle time by default. */
const RETRY = 20_000;
const TRIES = 10;

export function connectTelling({
  events,
  current,
  happening,
  moved,
  notify,
  announce,
  credential,
  learn,
  isAllowed,
  setTimer,
}: TellingOptions & TellingPorts): Telling {
  const tellsDepartures = events.includes('abandoned');
  let listening: AbortController | undefined;
  const isConnected = () => listening !== undefined;
  let stopNavigation: (() => void) | undefined;
  /** Departures that are on their way: that the visitor is back is told after them. */
  let leaving: Promise<unknown> = Promise.resolve();
  /** Id of what was told last, until the visitor is back. */
  let left: string | undefined;
  let cancelRetry: (() => void) | undefined;
  let tries = 0;

  /** What there is to tell of a visitor who leaves now, and who they are. */
  const departing = () => {
    const [flow, snapshot] = current() ?? [];
    const departure = flow && snapshot && departureOf(flow, snapshot, happening());
    const visitor = isAllowed() ? credential() : undefined;
    return departure && visitor !== undefined
      ? { visitor, departure, conversation: snapshot.conversation }
      : undefined;
  };

  const leave = () => {
    const found = departing();
    // The page is hidden first, and then it goes.
    if (!found || found.departure.id === left) return;
    const { visitor, departure, conversation } = found;
    left = departure.id;
    const notice = notify('/v1/departures', { visitor, sent: departure.time, left: departure });
    leaving = Promise.all([leaving, notice]);
    announce({ type: 'left', conversation });
  };

  const isSeen = () => document.visibilityState === 'visible';

  const comeBack = (): Promise<void> => {
    tries = 0;
    return tell();
  };

  const tell = async () => {
    left = undefined;
    cancelRetry?.();
    await Promise.all([leaving, learn()]);
    const found = departing();
    // They may have gone again meanwhile: that is later than this.
    if (!found || !isSeen() || !isConnected()) return;
    const { visitor, departure, conversation } = found;
    const isLost = await notify('/v1/departures', { visitor, sent: departure.time, back: conversation });
    tries += 1;
    if (isLost && tries < TRIES && isConnected()) cancelRetry = setTimer(() => void tell(), RETRY * tries);
  };

  const look = () => {
    if (isSeen()) void comeBack();
    else leave();
  };

  return {
    add(flow, before, plain) {
      const told = tellLifecycle(flow, events, before, plain, happening());
      return events.includes('passed') ? tellPassed(flow, before, told) : told;
    },
    hear(news) {
      if (news.type !== 'left' || !tellsDepartures || !isSeen()) return;
      // It is here that they are with it.
      if (news.conversation === current()?.[1].conversation) void comeBack();
    },
    connect() {
      if (listening) return;
      listening = new AbortController();
      const { signal } = listening;
      if (events.includes('page')) stopNavigation = listenToNavigation(moved);
      if (!tellsDepartures) return;
      document.addEventListener('visibilitychange', look, { signal });
      addEventListener('pagehide', leave, { signal });
      addEventListener('pageshow', look, { signal });
      if (isSeen()) void comeBack();
    },
    comeBack: async () => (tellsDepartures ? comeBack() : undefined),
    disconnect() {
      // The page goes on without the chat.
      if (listening && tellsDepartures) leave();
      cancelRetry?.();
      listening?.abort();
      listening = undefined;
      stopNavigation?.();
    },
  };
}
