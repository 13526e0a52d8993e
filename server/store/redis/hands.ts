/**
 * What this process holds, as it has been told. Redis may have more for it: what was written when nobody heard the answer for too long, and,
 * after a failover, what was settled since. That is of nobody, or it would stand until this process ends.
 */
import type { WorkKey } from '../../delivery/work.ts';
import type { Row } from '../lines.ts';
import type { Begun, Change } from '../store.ts';

export type Hands = ReturnType<typeof createHands>;

/** @param isKnown whether Redis has what was told, and nothing else: there was one connection to it all along */
export function createHands(isKnown: () => boolean) {
  const held = new Set<string>();
  const letGo = (keys: readonly WorkKey[], holder: string): void => {
    for (const key of keys) held.delete(nameOf(holder, key));
  };

  return {
    /** @returns as whoever claims it is to see it */
    seen: (row: Row): Row =>
      isKnown() || held.has(nameOf(row.holder, row.key)) ? row : { ...row, holder: '' },
    take(keys: readonly WorkKey[], holder: string): void {
      for (const key of keys) held.add(nameOf(holder, key));
    },
    letGo,
    /** It is held while it is asked for: it may be done long before that is heard. */
    async begin(key: WorkKey, holder: string, ask: () => Promise<Begun>): Promise<Begun> {
      const name = nameOf(holder, key);
      if (held.has(name)) return ask();
      held.add(name);
      let begun: Begun | undefined;
      try {
        begun = await ask();
        return begun;
      } finally {
        if (begun?.state !== 'new') held.delete(name);
      }
    },
    /** Also what could not be written: who tries again is known by Redis. */
    settle(changes: readonly Change[], holder: string): void {
      const over = changes.filter(({ type }) => type !== 'held' && type !== 'promised');
      letGo(
        over.map(({ key }) => key),
        holder,
      );
    },
  };
}

const nameOf = (holder: string, key: WorkKey): string => `${holder} ${key}`;
