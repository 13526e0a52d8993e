/**
 * Dead letters in Redis: a sorted set of their keys, in the order in which they died, and each with what weighs of its visitor. Not a stream:
 * that marks what is deleted in it, and the text stays in Redis and its files.
 */
import type { WorkKey } from '../../delivery/work.ts';
import { retriedRow } from '../lines.ts';
import type { RedisConnection } from './connection.ts';
import { pairsOf, type createRedisGroups } from './groups.ts';
import { visitorIn, type RedisKeys } from './keys.ts';
import type { RedisRules } from './rows.ts';
import type { Read } from './snapshot.ts';
import { letterField, settlementField, type Letter } from './visitor.ts';
import type { DeadLetter, DeadLetters } from '../store.ts';

export interface LettersOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly ask: ReturnType<typeof createRedisGroups>['ask'];
  readonly ready: () => Promise<unknown>;
}

/** Letters that may have the same number: two processes have read at the same moment. */
const MOST_ALIKE = 100;

export function createRedisLetters({ connection, keys, ask, ready }: LettersOptions): DeadLetters {
  /** @param after the key that was the last of those before. @returns keys in the order in which they died */
  const listKeys = async (limit: number, after?: WorkKey): Promise<readonly WorkKey[]> => {
    const last = after === undefined ? null : await connection.call('ZSCORE', keys.letters, after);
    if (last === null)
      return (await connection.call('ZRANGE', keys.letters, 0, limit - 1)) as readonly WorkKey[];
    const range = [last as string, '+inf', 'WITHSCORES', 'LIMIT', 0, limit + MOST_ALIKE];
    const cells = (await connection.call('ZRANGEBYSCORE', keys.letters, ...range)) as readonly string[];
    const alike = pairsOf(cells).filter(([, score]) => score === last);
    return pairsOf(cells)
      .slice(alike.findIndex(([key]) => key === after) + 1)
      .slice(0, limit)
      .map(([key]) => key);
  };
  const read = async (letters: readonly WorkKey[]): Promise<readonly DeadLetter[]> => {
    if (letters.length === 0) return [];
    const texts = await connection.callAll(
      letters.map((key) => ['HGET', keys.weights(visitorIn(key)), letterField(key)]),
    );
    return texts.flatMap((text) =>
      typeof text === 'string' ? [deadLetterOf(JSON.parse(text) as Letter)] : [],
    );
  };

  return {
    async list(limit, after) {
      await ready();
      return limit > 0 ? read(await listKeys(limit, after)) : [];
    },
    async find(key) {
      await ready();
      const [letter] = await read([key]);
      return letter;
    },
    retry: (key) =>
      ask({
        reads: [visitorRead(key), letterRead(key)],
        run(rules) {
          const letter = takeOut(rules, key);
          if (!letter) return false;
          const { snapshot, rows } = rules;
          const now = snapshot.clock();
          snapshot.visitor(visitorIn(key)).weights.set(settlementField(key), undefined);
          const { work } = letter;
          if (!rows.find(key))
            rows.insert({ ...work, retriedAt: now }, retriedRow(work, letter.isInDoubt, now));
          return true;
        },
      }),
    drop: (key) =>
      ask({
        isDraining: true,
        reads: [visitorRead(key), letterRead(key)],
        run: (rules) => takeOut(rules, key) !== undefined,
      }),
    async expire(age, limit) {
      await ready();
      const oldest = limit > 0 ? await listKeys(limit) : [];
      if (oldest.length === 0) return 0;
      return ask({
        isDraining: true,
        reads: oldest.flatMap((key) => [visitorRead(key), letterRead(key)]),
        run(rules) {
          const then = rules.snapshot.clock() - age;
          return oldest.filter((key) => {
            const letter = letterIn(rules, key);
            return letter && letter.at <= then && takeOut(rules, key);
          }).length;
        },
      });
    },
  };
}

const visitorRead = (key: WorkKey): Read => ({ type: 'visitor', visitor: visitorIn(key) });
const letterRead = (key: WorkKey): Read => ({
  type: 'weight',
  visitor: visitorIn(key),
  field: letterField(key),
});

function letterIn({ snapshot }: RedisRules, key: WorkKey): Letter | undefined {
  if (!snapshot.visitor(visitorIn(key)).letters.has(key)) return undefined;
  const text = snapshot.weight(key, letterField(key));
  return text === undefined ? undefined : (JSON.parse(text) as Letter);
}

function takeOut(rules: RedisRules, key: WorkKey): Letter | undefined {
  const letter = letterIn(rules, key);
  if (!letter) return undefined;
  const { letters, weights } = rules.snapshot.visitor(visitorIn(key));
  letters.delete(key);
  weights.set(letterField(key), undefined);
  return letter;
}

const deadLetterOf = ({ work, reason, words, at }: Letter): DeadLetter => ({
  work,
  reason,
  ...(words !== undefined && { words }),
  at,
});
