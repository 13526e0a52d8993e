/** What is only read of a store in Redis, without the rules. */
import type { RedisConnection, Reply } from './connection.ts';
import { pairsOf } from './groups.ts';
import type { RedisKeys } from './keys.ts';
import { daysIn, talliedFrom, talliesFrom } from './tallies.ts';
import type { Backlog, StoreStats, Tallied, Tally } from '../store.ts';

export interface RedisReadsOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly clock: (() => number) | undefined;
  readonly ready: () => Promise<unknown>;
}

export function createRedisReads({ connection, keys, clock, ready }: RedisReadsOptions) {
  const now = async (): Promise<number> => {
    if (clock) return clock();
    const [seconds, microseconds] = (await connection.call('TIME')) as readonly string[];
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  };
  /** Those that are not forgotten. */
  const listDays = async () => {
    const texts = await connection.call('ZRANGEBYSCORE', keys.days, `(${await now()}`, '+inf');
    return daysIn(texts as readonly string[]);
  };

  return {
    now,

    async stats(): Promise<StoreStats> {
      await ready();
      const [shares, cells, letters, ...oldest] = (await connection.callAll([
        ['HVALS', keys.shares],
        ['HGETALL', keys.totals],
        ['ZCARD', keys.letters],
        ...keys.partitions.map(
          (partition) => ['ZRANGE', keys.promised(partition), 0, 0, 'WITHSCORES'] as const,
        ),
      ])) as [readonly string[], readonly string[], number, ...Reply[]];
      const totals = new Map(pairsOf(cells));
      const totalOf = (name: string) => Number(totals.get(name) ?? 0);
      const since = (oldest as readonly (readonly string[])[]).flatMap(([, score]) =>
        score === undefined ? [] : [Number(score)],
      );
      return {
        unsettled: shares.map(Number).reduce((sum, each) => sum + each, 0),
        spooled: totalOf('promised'),
        oldest: since.length > 0 ? Math.min(...since) : undefined,
        deadLetters: letters,
        provisional: totalOf('provisional'),
        marks: totalOf('marks'),
        inDoubt: totalOf('inDoubt'),
        erasures: totalOf('erasures'),
        deferred: totalOf('deferred'),
      };
    },

    async backlogs(): Promise<readonly Backlog[]> {
      await ready();
      const [cells, known] = (await connection.callAll([
        ['HGETALL', keys.shares],
        ['SMEMBERS', keys.environments],
      ])) as [readonly string[], readonly string[]];
      const shares = new Map(pairsOf(cells));
      const names = [...new Set([...shares.keys(), ...known])].sort();
      const replies = await connection.callAll(
        names.flatMap((name) => [
          ['ZCARD', keys.erasures(name)] as const,
          ...keys.partitions.map((each) => ['ZRANGE', keys.waiting(each, name), 0, 0, 'WITHSCORES'] as const),
        ]),
      );
      const step = keys.partitions.length + 1;
      return names
        .map((environment, index): Backlog => {
          const [erasures, ...heads] = replies.slice(index * step, (index + 1) * step);
          const since = (heads as readonly (readonly string[])[]).flatMap(([, score]) =>
            score === undefined ? [] : [Number(score)],
          );
          return {
            environment,
            unsettled: Number(shares.get(environment) ?? 0),
            oldest: since.length > 0 ? Math.min(...since) : undefined,
            erasures: erasures as number,
          };
        })
        .filter(({ unsettled, erasures }) => unsettled + erasures > 0);
    },

    async listTallies(): Promise<readonly Tallied[]> {
      await ready();
      return talliedFrom(await listDays());
    },

    async findTallies(environment: string, flow: string, revision: string): Promise<readonly Tally[]> {
      await ready();
      const days = (await listDays()).filter(
        (day) => day.environment === environment && day.flow === flow && day.revision === revision,
      );
      if (days.length === 0) return [];
      return talliesFrom(await connection.callAll(days.map(({ text }) => ['HGETALL', keys.day(text)])));
    },
  };
}
