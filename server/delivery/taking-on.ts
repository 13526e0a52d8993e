/** A submission comes in: is it new, under way, or settled, and what is its visitor told. */
import type { Ports } from '../ports.ts';
import { StoreError, type Begun, type Claim, type Share } from '../store/store.ts';
import type { Delivered } from './delivery.ts';
import { createItem, erased, queued, type Item } from './item.ts';
import type { Keeping } from './keeping.ts';
import type { Work } from './work.ts';

export interface TakingOnOptions {
  readonly store: Pick<Ports['store'], 'begin'>;
  readonly claim: Claim;
  /** Submissions of one environment that may be unsettled. */
  readonly limit: number;
  /** Whether work for that environment is taken on at all. */
  readonly isOpen: (work: Work) => boolean;
  /** What this process holds, by key. */
  readonly held: ReadonlyMap<string, Item>;
  readonly hold: (item: Item) => void;
  /** Nobody waits for it any longer. */
  readonly giveUp: (item: Item) => void;
  readonly stirSpool: () => void;
  readonly keeping: Keeping;
  readonly ports: Pick<Ports, 'clock' | 'setTimer' | 'log'>;
}

/**
 * Of what may be unsettled of an environment, one visitor may have a hundredth: nobody has a hundred others wait for their own. By default it
 * is 1,000, what a visitor says in weeks.
 */
const VISITORS_SHARE = 1 / 100;

/** As much as one request brings (`schema.ts`), where the hundredth is less. */
const LEAST_SHARE = 50;

/** Milliseconds after which it is said again that there is no room: a line for each submission of a flood would be one of its own. */
const FULL_FOR = 60_000;

/** As `Delivery.deliver`. */
export type TakeAll = (
  works: readonly Work[],
  wait: number,
  hearNew: (work: Work) => void,
  isExpired: (work: Work) => boolean,
) => Promise<readonly Delivered[]>;

/** What the store says, or that it fails. `expired`: it is too old to be begun, and nobody knows it. */
type Answer = Begun | { readonly state: 'failed' | 'expired' };

/** Milliseconds until it is asked again after what another process holds: an answer of Braze's takes 10-100 (`api/api_limits`). */
const ASK_AGAIN = 100;

/** The spool is full, or the store fails: seconds after which a browser comes again. */
const LATER: Delivered = { type: 'later', retryAfter: 5 };

export function createTakingOn(options: TakingOnOptions): TakeAll {
  const { store, claim, limit, isOpen, held, hold, giveUp, stirSpool, keeping } = options;
  const { clock, setTimer, log } = options.ports;

  const ofVisitor = Math.max(LEAST_SHARE, Math.floor(limit * VISITORS_SHARE));
  /** When it was said last that there was no room, by environment and by whose. */
  const said = new Map<string, number>();

  const begin = async (work: Work, isExpired = false): Promise<Answer> => {
    if (!isOpen(work)) return { state: 'failed' };
    try {
      // For what is new there is no room: what is known is answered as ever.
      const begun = await store.begin(work, claim, isExpired ? 0 : limit, ofVisitor);
      if (begun.state === 'full' && !isExpired) tellFull(work, begun.share);
      return isExpired && begun.state === 'full' ? { state: 'expired' } : begun;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      log({ level: 'error', event: 'store_failed', submission: work.id, advice: error.message });
      return { state: 'failed' };
    }
  };

  const tellFull = ({ environment, id }: Work, share: Share): void => {
    const now = clock();
    const place = `${environment} ${share}`;
    if (now < (said.get(place) ?? -Infinity) + FULL_FOR) return;
    said.set(place, now);
    const [level, most] =
      share === 'environment' ? (['error', limit] as const) : (['warn', ofVisitor] as const);
    log({ level, event: 'spool_full', reason: share, environment, limit: most, submission: id });
  };

  /** Until its last word, or as long as its visitor waits. */
  const follow = (item: Item, wait: number): Promise<Delivered> => {
    const cancel = setTimer(() => giveUp(item), Math.max(0, wait));
    return item.told.finally(cancel);
  };

  /** Work that another process holds: it is asked for again, until that has its last word or the visitor has waited long enough. */
  const awaitOther = async (work: Work, wait: number): Promise<Delivered> => {
    const ends = clock() + wait;
    for (;;) {
      const left = Math.min(wait, ends - clock());
      const known = held.get(work.key);
      if (known) return follow(known, left);
      if (left <= 0) return { type: 'later', retryAfter: 1 };
      await keeping.pause(Math.min(ASK_AGAIN, left));
      const begun = await begin(work);
      if (begun.state !== 'in_progress') return takeOn(work, begun, Math.min(wait, ends - clock()));
    }
  };

  const takeOn = async (
    work: Work,
    begun: Exclude<Answer, { readonly state: 'in_progress' }>,
    wait: number,
  ): Promise<Delivered> => {
    switch (begun.state) {
      case 'settled':
        return { type: 'settled', receipt: begun.settlement.receipt };
      case 'queued':
        stirSpool();
        return queued(work);
      case 'full':
        return LATER;
      case 'failed':
        return LATER;
      case 'erased':
        return erased(work);
      case 'expired':
        return { type: 'expired', receipt: { id: work.id, outcome: 'error', next: work.routes.error } };
      case 'new': {
        const { left = work, isInDoubt } = begun;
        const item = createItem({ work: left, attempts: 0, isInDoubt, isPromised: false }, clock());
        hold(item);
        return follow(item, wait);
      }
    }
  };

  /** It was begun behind one that was not: it is as if it had not come. */
  const undo = async (work: Work): Promise<Delivered> => {
    const item = createItem({ work, attempts: 0, isInDoubt: false, isPromised: false }, clock());
    await keeping.settle([{ key: work.key, type: 'released' }], [item]).catch(() => undefined);
    return LATER;
  };

  return async (works, wait, hearNew, isExpired) => {
    const start = clock();
    const all = await Promise.all(
      works.map(async (work) => ({
        work,
        begun: held.has(work.key) ? undefined : await begin(work, isExpired(work)),
      })),
    );
    const left = Math.max(0, wait - Math.max(0, clock() - start));
    const refused = all.findIndex(({ begun }) => begun?.state === 'full' || begun?.state === 'failed');
    return Promise.all(
      all.map(({ work, begun }, index) => {
        if (begun?.state === 'new') {
          if (refused >= 0 && index > refused && begun.left === undefined) return undo(work);
          hearNew(work);
        }
        return begun === undefined || begun.state === 'in_progress'
          ? awaitOther(work, left)
          : takeOn(work, begun, left);
      }),
    );
  };
}
