/** What of a submission goes into a request now: without what Braze has of it, may have, or has acknowledged. */
import type { Changes, Hashes } from '../braze/changes.ts';
import { withoutAccepted, withoutCounted, type EventKey } from '../braze/payload.ts';
import type { RelayConfig } from '../config.ts';
import type { Store } from '../store/store.ts';
import type { Carried } from './fate.ts';
import type { Item } from './item.ts';

export interface Prepared extends Carried {
  readonly item: Item;
  /** Of the attributes that Braze will have when it has taken this. */
  readonly hashes: Hashes;
}

export interface Preparing {
  /** In the order of the items. @throws {StoreError} */
  prepare(items: readonly Item[]): Promise<readonly Prepared[]>;
}

export function createPreparing(
  config: Pick<RelayConfig, 'inDoubtEvents' | 'changesOnly'>,
  store: Pick<Store, 'find'>,
  changes: Changes,
): Preparing {
  /** Events that Braze has from what this one corrects: of the same action, in whatever revision of the flow, on the same profile. */
  const inherited = async ({ corrects, node, profile }: Item['work']): Promise<readonly EventKey[]> => {
    const corrected = corrects === undefined ? undefined : await store.find(corrects);
    return corrected?.node === node && corrected.profile === profile ? corrected.acceptedEvents : [];
  };

  const prepareOne = async (item: Item): Promise<Prepared> => {
    const { work, isInDoubt } = item;
    const before = [...(work.accepted ?? []), ...(await inherited(work))];
    const fresh = withoutAccepted(work.share, before);
    const share = isInDoubt ? withoutCounted(fresh, config.inDoubtEvents) : fresh;
    // What is dropped may be at Braze: a correction must not count it a second time.
    const dropped = fresh.events.filter(({ key }) => !share.events.some((event) => event.key === key));
    const accepted = [...before, ...dropped.map(({ key }) => key)];
    return { item, work, isInDoubt, share, accepted, hashes: {} };
  };

  /** Attributes that Braze has acknowledged are left out. */
  const reduceLine = async (line: readonly Prepared[]): Promise<readonly Prepared[]> => {
    const [first] = line;
    if (!first) return [];
    const { environment, visitor } = first.work;
    if (line.some(({ isInDoubt }) => isInDoubt)) {
      const known = await changes.known(environment, visitor);
      await changes.remember(environment, visitor, nulls(Object.keys(known)));
      return line;
    }
    let known = await changes.known(environment, visitor);
    const reduced: Prepared[] = [];
    for (const each of line) {
      const { share, hashes } = await changes.reduce(each.share, known);
      const unsure = Object.keys(hashes).filter((name) => typeof known[name] === 'string');
      // What Braze has is not known from now on until it has answered, not even to who comes after a crash.
      if (unsure.length > 0) await changes.remember(environment, visitor, nulls(unsure));
      // Braze may refuse this one and take the next: in one request nobody counts on what is not acknowledged.
      known = { ...known, ...nulls(Object.keys(hashes)) };
      reduced.push({ ...each, share, hashes });
    }
    return reduced;
  };

  return {
    async prepare(items) {
      const prepared = await Promise.all(items.map(prepareOne));
      if (!config.changesOnly) return prepared;
      const own = prepared.filter(({ work }) => !work.isShared);
      const visitors = new Set(own.map(({ work }) => work.visitor));
      const lines = await Promise.all(
        [...visitors].map((visitor) => reduceLine(own.filter(({ work }) => work.visitor === visitor))),
      );
      return [...lines.flat(), ...prepared.filter((each) => !own.includes(each))];
    },
  };
}

function nulls(names: readonly string[]): Hashes {
  return Object.fromEntries(names.map((name) => [name, null]));
}
