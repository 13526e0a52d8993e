/** The brands' sites in the relay's settings (`docs/operations.md`). Each has names of its own for its lifecycle events. */
import { AUDIENCE } from './carambola.ts';

/** Braze's event for each lifecycle event that is told: `docs/lifecycle-events.md`. */
export type DemoEvents = Readonly<Record<string, string>>;

const TARN_EVENTS: DemoEvents = {
  started: 'chat_started',
  completed: 'chat_completed',
  handed_off: 'chat_handed_off',
  abandoned: 'chat_abandoned',
  page: 'chat_page_viewed',
};

const TSUBAME_EVENTS: DemoEvents = {
  started: 'counter_talk_started',
  completed: 'counter_talk_completed',
  abandoned: 'counter_talk_left',
};

const CARAMBOLA_EVENTS: DemoEvents = {
  started: 'conversa_iniciada',
  completed: 'conversa_concluida',
  abandoned: 'conversa_abandonada',
};

/** Seconds. Brands give visitors half an hour; who tries the demo wants to see it. */
const ABANDONED_AFTER = 60;

export interface SitesOptions {
  /** Origin of each brand's pages. */
  readonly origins: Readonly<Record<'tarn-and-tor' | 'tsubame' | 'carambola', string>>;
  /** Of the first brand; by default every one is told. */
  readonly events?: DemoEvents | undefined;
  /** Seconds. */
  readonly abandonedAfter?: number | undefined;
  /** Of whoever signs in the insurer's customers, in PEM. */
  readonly publicKey: string;
}

export function sitesOf({
  origins,
  events = TARN_EVENTS,
  abandonedAfter = ABANDONED_AFTER,
  publicKey,
}: SitesOptions) {
  // Counted is where people leave, whatever is told to Braze of it.
  const told = (names: DemoEvents) => ({ events: names, abandoned_after: abandonedAfter, counts: true });
  return {
    'tarn-and-tor': {
      sandbox: [origins['tarn-and-tor']],
      // The pages have the other tags themselves.
      tags: { paths: [{ path: '/journal.html', tags: ['journal'] }] },
      ...told(events),
    },
    tsubame: { sandbox: [origins.tsubame], ...told(TSUBAME_EVENTS) },
    carambola: {
      sandbox: [origins.carambola],
      identity: { keys: [publicKey], audience: AUDIENCE },
      ...told(CARAMBOLA_EVENTS),
    },
  };
}
