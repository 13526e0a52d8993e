/** What has to be written to Redis for a visitor, or a value, to be as the rules have left it. Indexes follow from what is kept, and from nothing else. */
import type { Row } from '../lines.ts';
import type { RedisKeys } from './keys.ts';
import { NO_VALUE, type ValueCells } from './snapshot.ts';
import { fieldsOf, SETTLEMENTS, settlementsText, type VisitorState } from './visitor.ts';

export type Words = readonly (string | number)[];

/** `<kind> <key> <field> <expected>`, as the script that commits has it. A sum is of fields with spaces between, and at most what is expected. */
export type Check = readonly [
  kind: 'string' | 'field' | 'most' | 'sum',
  key: string,
  field: string,
  expected: string | number,
];

/**
 * Milliseconds that the version of a visitor outlives what is kept: who has read the visitor before then sees that they were written to since.
 * Nobody writes so long after reading: a commit has a deadline (`groups.ts`).
 */
const VERSION_LIFE = 60_000;

/** Milliseconds that Redis keeps what is over: it is told by the clock, and this is only to make room. */
const MARGIN = 60 * 60 * 1000;

/** Fields that one command has at most: what a script gives to a command goes onto a stack that takes some 8,000 words (LUAI_MAXCSTACK). */
const MOST_FIELDS = 1_000;

/** Settlements that are written until those that are over are taken out. */
const PRUNE_EVERY = 100;

export const versionCheck = (keys: RedisKeys, { visitor, version }: VisitorState): Check => [
  'field',
  keys.visitor(visitor),
  '.version',
  version,
];

export const valueChecks = (
  keys: RedisKeys,
  name: string,
  { value, expires, visitor }: ValueCells,
): readonly Check[] => [
  ['field', keys.value(name), 'value', value],
  ['field', keys.value(name), 'expires', expires],
  ['field', keys.value(name), 'visitor', visitor],
];

export function valueWrites(keys: RedisKeys, name: string, after: ValueCells, now: number): readonly Words[] {
  const key = keys.value(name);
  if (after.value === NO_VALUE.value) return [['DEL', key]];
  const { value, expires, visitor } = after;
  return [
    ['HSET', key, 'value', value, 'expires', expires, 'visitor', visitor],
    ...lifeOf(key, Number(expires) - now),
  ];
}

/** @returns nothing where nothing has changed */
export function visitorWrites(
  keys: RedisKeys,
  before: VisitorState,
  after: VisitorState,
  { version, now }: { readonly version: string; readonly now: number },
): readonly Words[] {
  const writes = [
    ...fieldWrites(keys, before, after),
    ...weightWrites(keys, before, after, now),
    ...tombstoneWrites(keys, before, after, now),
    ...indexWrites(keys, before, after),
  ];
  if (writes.length === 0) return [];
  const key = keys.visitor(after.visitor);
  const forgotten = [...after.names]
    .filter(([, until]) => until + MARGIN <= now)
    .map(([name]) => [`n${name}`]);
  return [
    ...writes,
    ...inParts('HDEL', key, forgotten),
    ['HSET', key, '.version', version],
    ...lifeOf(key, lifeOfFields(after, now)),
  ];
}

function fieldWrites(keys: RedisKeys, before: VisitorState, after: VisitorState): readonly Words[] {
  const key = keys.visitor(after.visitor);
  const old = after.isWiped ? new Map<string, string>() : fieldsOf(before);
  const fields = fieldsOf(after);
  const changed = [...fields].filter(([field, text]) => old.get(field) !== text);
  const gone = [...old.keys()].filter((field) => !fields.has(field)).map((field) => [field]);
  return [
    ...(after.isWiped ? [['DEL', key]] : []),
    ...inParts('HSET', key, changed),
    ...inParts('HDEL', key, gone),
  ];
}

function inParts(
  name: 'HSET' | 'HDEL',
  key: string,
  fields: readonly (readonly string[])[],
): readonly Words[] {
  return Array.from({ length: Math.ceil(fields.length / MOST_FIELDS) }, (_, index) => [
    name,
    key,
    ...fields.slice(index * MOST_FIELDS, (index + 1) * MOST_FIELDS).flat(),
  ]);
}

function weightWrites(
  keys: RedisKeys,
  before: VisitorState,
  after: VisitorState,
  now: number,
): readonly Words[] {
  const key = keys.weights(after.visitor);
  const old = after.isWiped ? new Map<string, string | undefined>() : before.weights;
  const changed: [field: string, text: string][] = [];
  const gone: [field: string][] = [];
  for (const [field, text] of after.weights) {
    if (old.has(field) && old.get(field) === text) continue;
    if (text === undefined) gone.push([field]);
    else changed.push([field, text]);
  }
  const { settlements } = after;
  const isSettled = settlements.written !== before.settlements.written && !after.isWiped;
  const isPruned = settlements.written >= PRUNE_EVERY;
  const kept = isPruned ? { ...settlements, written: 0 } : settlements;
  const writes: Words[] = [
    ...(after.isWiped ? [['DEL', key]] : []),
    ...inParts('HSET', key, changed),
    ...inParts('HDEL', key, after.isWiped ? [] : gone),
    ...(isSettled ? [['HSET', key, SETTLEMENTS, settlementsText(kept)]] : []),
    ...(isSettled && isPruned ? [['prune', key, now]] : []),
  ];
  const hasLasting =
    after.rows.size + after.deferred.size + after.letters.size > 0 || listWork(after).length > 0;
  const life = hasLasting ? Infinity : settlements.until - now;
  return writes.length > 0 ? [...writes, ...lifeOf(key, life)] : [];
}

function tombstoneWrites(
  keys: RedisKeys,
  before: VisitorState,
  after: VisitorState,
  now: number,
): readonly Words[] {
  const { erasedUntil } = after;
  if (erasedUntil === undefined || erasedUntil === before.erasedUntil) return [];
  const key = keys.tombstone(after.visitor);
  return [['SET', key, String(erasedUntil)], ...lifeOf(key, erasedUntil - now)];
}

/** Entries of a sorted set: of which key, which member, with which score. */
type Indexed = readonly (readonly [key: string, member: string, score: number])[];

function indexWrites(keys: RedisKeys, before: VisitorState, after: VisitorState): readonly Words[] {
  const nameOf = ([key, member]: Indexed[number]) => JSON.stringify([key, member]);
  const old = new Map(indexesOf(keys, before).map((each) => [nameOf(each), each]));
  const writes: Words[] = [];
  for (const each of indexesOf(keys, after)) {
    const [key, member, score] = each;
    if (old.get(nameOf(each))?.[2] !== score) writes.push(['ZADD', key, score, member]);
    old.delete(nameOf(each));
  }
  for (const [key, member] of old.values()) writes.push(['ZREM', key, member]);
  const counted = totalsOf(before);
  for (const [name, count] of totalsOf(after)) {
    const more = count - (counted.get(name) ?? 0);
    if (more !== 0) writes.push(['HINCRBY', keys.totals, name, more]);
  }
  const known = environmentsOf(before);
  const found = [...environmentsOf(after)].filter((environment) => !known.has(environment));
  return found.length > 0 ? [...writes, ['SADD', keys.environments, ...found]] : writes;
}

function indexesOf(keys: RedisKeys, state: VisitorState): Indexed {
  const { visitor, rows, entries, deferred, letters, erasure } = state;
  const partition = keys.partitionOf(visitor);
  const [head] = rows.values();
  return [
    ...(head
      ? [
          [keys.due(partition, head.environment), visitor, head.until] as const,
          [keys.waiting(partition, head.environment), visitor, head.since] as const,
        ]
      : []),
    ...listPromised(rows).map(({ key, since }) => [keys.promised(partition), key, since] as const),
    ...[...entries].map(
      ([name, { environment, until }]) =>
        [environment === undefined ? keys.marks : keys.provisional(environment), name, until] as const,
    ),
    ...[...deferred].map(
      ([key, { environment, until }]) => [keys.deferred(environment), key, until] as const,
    ),
    ...[...letters].map(([key, number]) => [keys.letters, key, number] as const),
    ...(erasure ? [[keys.erasures(erasure.erasure.environment), visitor, erasure.until] as const] : []),
  ];
}

const totalsOf = (state: VisitorState): ReadonlyMap<string, number> =>
  new Map([
    ['promised', listPromised(state.rows).length],
    ['provisional', listWork(state).length],
    ['marks', state.entries.size - listWork(state).length],
    ['deferred', state.deferred.size],
    ['erasures', state.erasure ? 1 : 0],
  ]);

/** Those of which there are sorted sets, for who looks through all of them. */
const environmentsOf = ({ entries, deferred, erasure }: VisitorState): ReadonlySet<string> =>
  new Set([
    ...[...entries.values()].flatMap(({ environment }) => environment ?? []),
    ...[...deferred.values()].map(({ environment }) => environment),
    ...(erasure ? [erasure.erasure.environment] : []),
  ]);

const listPromised = (rows: VisitorState['rows']): readonly Row[] =>
  [...rows.values()].filter(({ isPromised }) => isPromised);

const listWork = ({ entries }: VisitorState) =>
  [...entries.values()].filter(({ environment }) => environment !== undefined);

function lifeOfFields(state: VisitorState, now: number): number {
  const { rows, entries, deferred, letters, erasure, names } = state;
  const lasting = rows.size + entries.size + deferred.size + letters.size;
  if (lasting > 0 || erasure) return Infinity;
  return Math.max(VERSION_LIFE - MARGIN, ...[...names.values()].map((until) => until - now));
}

function lifeOf(key: string, life: number): readonly Words[] {
  return [life + MARGIN < 8.64e15 ? ['PEXPIRE', key, Math.ceil(life + MARGIN)] : ['PERSIST', key]];
}
