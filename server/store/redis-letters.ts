/** Dead letters in Redis: a stream, in the order in which they died. Of each visitor it is known where theirs are in it. */
import type { Work, WorkKey } from '../delivery/work.ts';
import { retriedRow } from './lines.ts';
import type { RedisConnection } from './redis-connection.ts';
import { pairsOf, type createRedisGroups } from './redis-groups.ts';
import { visitorIn, type RedisKeys } from './redis-keys.ts';
import type { RedisRules } from './redis-rows.ts';
import type { Read } from './redis-snapshot.ts';
import { settlementField, type Letter } from './redis-visitor.ts';
import type { DeadLetter, DeadLetters } from './store.ts';

export interface LettersOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly ask: ReturnType<typeof createRedisGroups>['ask'];
  readonly ready: () => Promise<unknown>;
}

type Entry = readonly [id: string, cells: readonly string[]];

export function createRedisLetters({ connection, keys, ask, ready }: LettersOptions): DeadLetters {
  const idOf = async (key: WorkKey): Promise<string | null> =>
    (await connection.call('HGET', keys.visitor(visitorIn(key)), `d${key}`)) as string | null;
  const range = async (start: string, end: string, limit: number): Promise<readonly Entry[]> =>
    (await connection.call('XRANGE', keys.letters, start, end, 'COUNT', limit)) as readonly Entry[];

  return {
    async list(limit, after) {
      await ready();
      if (limit <= 0) return [];
      const last = after === undefined ? null : await idOf(after);
      const entries = await range(last === null ? '-' : `(${last}`, '+', limit);
      return entries.map(([, cells]) => deadLetterOf(letterFrom(cells)));
    },
    async find(key) {
      await ready();
      const id = await idOf(key);
      const [entry] = id === null ? [] : await range(id, id, 1);
      return entry && deadLetterOf(letterFrom(entry[1]));
    },
    retry: (key) =>
      ask({
        reads: [visitorRead(key)],
        run(rules) {
          const letter = takeOut(rules, key);
          if (!letter) return false;
          const { snapshot, rows } = rules;
          const now = snapshot.clock();
          snapshot.visitor(visitorIn(key)).weights.set(settlementField(key), undefined);
          const work = JSON.parse(letter.work) as Work;
          if (!rows.find(key))
            rows.insert({ ...work, retriedAt: now }, retriedRow(work, letter.isInDoubt, now));
          return true;
        },
      }),
    drop: (key) => ask({ reads: [visitorRead(key)], run: (rules) => takeOut(rules, key) !== undefined }),
    async expire(age, limit) {
      await ready();
      const oldest = limit > 0 ? await range('-', '+', limit) : [];
      if (oldest.length === 0) return 0;
      const letters = oldest.map(([, cells]) => letterFrom(cells));
      return ask({
        reads: letters.map(({ key }) => visitorRead(key)),
        run: (rules) => {
          const then = rules.snapshot.clock() - age;
          return letters.filter(({ key, at }) => at <= then && takeOut(rules, key) !== undefined).length;
        },
      });
    },
  };
}

const visitorRead = (key: WorkKey): Read => ({ type: 'visitor', visitor: visitorIn(key) });

function takeOut({ snapshot }: RedisRules, key: WorkKey): Letter | undefined {
  const { letters, newLetters } = snapshot.visitor(visitorIn(key));
  const id = letters.get(key);
  const cells = id === undefined ? undefined : snapshot.letter(id);
  const letter = newLetters.get(key) ?? (cells && letterFrom(cells));
  letters.delete(key);
  newLetters.delete(key);
  return letter;
}

function letterFrom(cells: readonly string[]): Letter & { readonly key: WorkKey } {
  const fields = new Map(pairsOf(cells));
  return {
    key: fields.get('key') ?? '',
    at: Number(fields.get('at')),
    reason: fields.get('reason') ?? '',
    words: fields.get('words'),
    isInDoubt: fields.get('in_doubt') === '1',
    work: fields.get('work') ?? '',
  };
}

const deadLetterOf = ({ work, reason, words, at }: Letter): DeadLetter => ({
  work: JSON.parse(work) as Work,
  reason,
  ...(words !== undefined && { words }),
  at,
});
