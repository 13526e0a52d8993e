/** What is kept provisionally, in Redis: who asks for what, and when marks that are over are forgotten. */
import { FURTHEST_DUE } from '../provisional.ts';
import type { RedisConnection } from './connection.ts';
import type { createRedisGroups } from './groups.ts';
import { visitorIn, type RedisKeys } from './keys.ts';
import type { Looking } from './looking.ts';
import type { Doings, Read } from './snapshot.ts';
import type { RedisRules } from './rows.ts';
import { entryField, isKnown } from './visitor.ts';
import type { Due, Provisional } from '../store.ts';

export interface RedisProvisionalOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly clock: (() => number) | undefined;
  readonly ask: ReturnType<typeof createRedisGroups>['ask'];
  readonly ready: () => Promise<unknown>;
  readonly looking: Looking;
}

/** Marks that are forgotten at a time, and milliseconds between looks for them: as in SQLite. */
const SWEEP = 100;
const SWEEP_INTERVAL = 1000;

export function createRedisProvisional(options: RedisProvisionalOptions): Provisional {
  const { connection, keys, clock = () => Date.now(), ask, ready, looking } = options;
  let nextSweep = -Infinity;

  /** @returns whether there were any */
  const sweep = async (): Promise<boolean> => {
    const names = await looking.list([keys.marks], { limit: SWEEP });
    nextSweep = clock() + (names.length === SWEEP ? 0 : SWEEP_INTERVAL);
    if (names.length === 0) return false;
    await ask({
      isDraining: true,
      reads: names.map(ownerRead),
      run: ({ removeMark }) => names.forEach(removeMark),
    });
    return true;
  };

  /** Where there is no room some marks may be over, of whomever: then it is asked once more. @param limit of all that is kept */
  const makingRoom = async <T>(
    reads: readonly Read[],
    limit: number | undefined,
    run: (rules: RedisRules) => T,
  ): Promise<T> => {
    await ready();
    if (clock() >= nextSweep) await sweep();
    const tryOnce = () =>
      ask({
        reads,
        run(rules, doings: () => Doings) {
          const answer = run(rules);
          // Other processes keep something, too, between what was read and what is written.
          if (limit !== undefined && doings().kept > 0) doings().mostKept = limit;
          return { answer, lacksRoom: doings().lacksRoom };
        },
      });
    const first = await tryOnce();
    if (!first.lacksRoom || !(await sweep())) return first.answer;
    return (await tryOnce()).answer;
  };

  return {
    hold: (held, limit) =>
      makingRoom([visitorRead(held.work.visitor)], limit, ({ provisional }) => provisional.hold(held, limit)),
    cancel: (name, moment, mark) =>
      makingRoom([ownerRead(name)], mark?.limit, ({ provisional }) => provisional.cancel(name, moment, mark)),
    async claimDue(environments, limit, lease) {
      await ready();
      const names = await looking.list(environments.map(keys.provisional), { limit, ahead: FURTHEST_DUE });
      if (names.length === 0) return [];
      return ask<readonly Due[]>({
        isDraining: true,
        reads: names.flatMap((name): readonly Read[] => [
          ownerRead(name),
          { type: 'weight', visitor: visitorIn(name), field: entryField(name) },
        ]),
        candidates: names,
        run: ({ provisional }) => provisional.claimDue(environments, limit, lease),
        without: (due, others) => due.filter(({ work }) => !others.has(work.visitor)),
      });
    },
    async expire(age, limit) {
      await ready();
      const environments = (await connection.call('SMEMBERS', keys.environments)) as readonly string[];
      const names = await looking.list(environments.map(keys.provisional), { limit, age });
      if (names.length === 0) return 0;
      return ask({
        isDraining: true,
        reads: names.map(ownerRead),
        candidates: names,
        run: ({ provisional }) => provisional.expire(age, limit),
      });
    },
    release: (name) =>
      ask({
        isDraining: true,
        reads: [ownerRead(name)],
        run: ({ provisional }) => provisional.release(name),
      }),
    dropAll: (visitor, life) =>
      ask({
        isDraining: true,
        reads: [visitorRead(visitor)],
        run({ provisional, snapshot }) {
          snapshot.doings().takesRoom = !isKnown(snapshot.visitor(visitor));
          provisional.dropAll(visitor, life);
        },
      }),
  };
}

const visitorRead = (visitor: string): Read => ({ type: 'visitor', visitor });
const ownerRead = (name: string): Read => visitorRead(visitorIn(name));
