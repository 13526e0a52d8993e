/** Kills the relay at one call after the other, until there is none any more, and judges what became of each script. */
import assert from 'node:assert/strict';
import type { Trap } from '../relay/trapped-store.ts';
import { play } from './play.ts';

export interface Kills extends Pick<Trap, 'when' | 'operations'> {
  /** Calls at most: some are made as long as the relay lives. */
  readonly most: number;
}

/** At once: a play that waits for what a dead relay held to run out is idle. */
const PLAYS = 6;

/** @returns how often the relay was killed */
export async function killAtEach(series: readonly Kills[]): Promise<number> {
  let kills = 0;
  const survived = new Set<Kills>();
  const traps = series
    .flatMap((each) => Array.from({ length: each.most }, (_, index) => ({ each, call: index + 1 })))
    // The first calls of all first: a series is over with the first call that is not made.
    .sort((a, b) => a.call - b.call);
  const playOn = async () => {
    for (let next = traps.shift(); next; next = traps.shift()) {
      const { each, call } = next;
      if (survived.has(each)) continue;
      const { killedAt, accounts, stats } = await play({ ...each, call });
      const { inDoubt, once, ...wrong } = accounts;
      const told = `killed ${each.when} call ${call} of ${each.operations.join(', ')} (${killedAt ?? 'not killed'})`;
      assert.deepEqual(
        { ...wrong, left: stats.unsettled },
        { lost: [], doubled: [], unsettled: [], left: 0 },
        told,
      );
      assert.ok(
        inDoubt.length <= stats.inDoubt,
        `${told}: ${inDoubt.length} doubled, ${stats.inDoubt} counted`,
      );
      assert.ok(once > 0, told);
      if (killedAt === undefined) survived.add(each);
      else kills += 1;
    }
  };
  await Promise.all(Array.from({ length: PLAYS }, playOn));
  return kills;
}
