/** What has to be written to Redis for a visitor, or a value, to be as the rules have left it. Indexes follow from what is kept, and from nothing else. */
import type { Row } from '../lines.ts';
import type { RedisKeys } from './keys.ts';
import { NO_VALUE, type ValueCells } from './snapshot.ts';
import {
  rowText,
  SETTLEMENTS,
  settlementsText,
  type KeptDeferred,
  type KeptEntry,
  type VisitorState,
} from './visitor.ts';

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
  const changes = visitorChanges(before, after);
  const writes = [
    ...fieldWrites(keys, before, after, changes),
    ...weightWrites(keys, before, after, now),
    ...tombstoneWrites(keys, before, after, now),
    ...indexWrites(keys, before, after, changes),
  ];
  if (writes.length === 0) return [];
  const key = keys.visitor(after.visitor);
  const forgotten = [...after.names]
    .filter(([, until]) => until + MARGIN <= now)
    .map(([name]) => [`n${name}`]);
  return [
    ...writes,
    ...inParts(['HDEL', key], forgotten),
    ['HSET', key, '.version', version],
    ...lifeOf(key, lifeOfFields(after, now)),
  ];
}

/** What stands under a name, before and after; of rows and the like another one where anything of it has changed. */
type Changed<T> = readonly (readonly [name: string, old: T | undefined, now: T | undefined])[];

/** By identity: of a long line only what was touched is looked at. */
function changesOf<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Changed<T> {
  const changed: [string, T | undefined, T | undefined][] = [];
  for (const [name, now] of after) {
    const old = before.get(name);
    if (old !== now) changed.push([name, old, now]);
  }
  for (const [name, old] of before) if (!after.has(name)) changed.push([name, old, undefined]);
  return changed;
}

interface VisitorChanges {
  readonly rows: Changed<Row>;
  readonly entries: Changed<KeptEntry>;
  readonly deferred: Changed<KeptDeferred>;
  readonly letters: Changed<number>;
  readonly names: Changed<number>;
}

const visitorChanges = (before: KeptOfVisitor, after: KeptOfVisitor): VisitorChanges => ({
  rows: changesOf(before.rows, after.rows),
  entries: changesOf(before.entries, after.entries),
  deferred: changesOf(before.deferred, after.deferred),
  letters: changesOf(before.letters, after.letters),
  names: changesOf(before.names, after.names),
});

type KeptOfVisitor = Pick<VisitorState, keyof VisitorChanges>;

const NOTHING_KEPT: KeptOfVisitor = {
  rows: new Map(),
  entries: new Map(),
  deferred: new Map(),
  letters: new Map(),
  names: new Map(),
};

function fieldWrites(
  keys: RedisKeys,
  before: VisitorState,
  after: VisitorState,
  changes: VisitorChanges,
): readonly Words[] {
  const key = keys.visitor(after.visitor);
  const { rows, entries, deferred, letters, names } = after.isWiped
    ? visitorChanges(NOTHING_KEPT, after)
    : changes;
  const set: (readonly [field: string, text: string])[] = [];
  const gone: (readonly [field: string])[] = [];
  const add = <T>(kind: string, changed: Changed<T>, textOf: (kept: T) => string) => {
    for (const [name, old, now] of changed) {
      const text = now === undefined ? undefined : textOf(now);
      if (text === undefined) gone.push([`${kind}${name}`]);
      else if (old === undefined || textOf(old) !== text) set.push([`${kind}${name}`, text]);
    }
  };
  add('r', rows, rowText);
  add('e', entries, JSON.stringify);
  add('f', deferred, JSON.stringify);
  add('d', letters, String);
  add('n', names, String);
  const erasureOf = (state: VisitorState) => (state.erasure ? [['x', state.erasure] as const] : []);
  const erasures = changesOf(new Map(after.isWiped ? [] : erasureOf(before)), new Map(erasureOf(after)));
  add('', erasures, JSON.stringify);
  return [
    ...(after.isWiped ? [['DEL', key]] : []),
    ...inParts(['HSET', key], set),
    ...inParts(['HDEL', key], gone),
  ];
}

function inParts(command: Words, fields: readonly Words[]): readonly Words[] {
  return Array.from({ length: Math.ceil(fields.length / MOST_FIELDS) }, (_, index) => [
    ...command,
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
    ...inParts(['HSET', key], changed),
    ...inParts(['HDEL', key], after.isWiped ? [] : gone),
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

/** In which sorted set something stands, under which name, with which score. */
type Place = readonly [key: string, member: string, score: number];

function indexWrites(
  keys: RedisKeys,
  before: VisitorState,
  after: VisitorState,
  { rows, entries, deferred, letters }: VisitorChanges,
): readonly Words[] {
  const { visitor } = after;
  const partition = keys.partitionOf(visitor);
  const added = new Map<string, Words[]>();
  const removed = new Map<string, Words[]>();
  const addTo = (places: Map<string, Words[]>, key: string, words: Words) => {
    const known = places.get(key);
    if (known) known.push(words);
    else places.set(key, [words]);
  };
  const move = (old: Place | undefined, now: Place | undefined) => {
    if (now && !(old?.[0] === now[0] && old[2] === now[2])) addTo(added, now[0], [now[2], now[1]]);
    if (old && old[0] !== now?.[0]) addTo(removed, old[0], [old[1]]);
  };
  const moveAll = <T>(changed: Changed<T>, placeOf: (kept: T, name: string) => Place | undefined) => {
    for (const [name, old, now] of changed)
      move(
        old === undefined ? undefined : placeOf(old, name),
        now === undefined ? undefined : placeOf(now, name),
      );
  };
  const [head] = before.rows.values();
  const [headNow] = after.rows.values();
  const heads: Changed<Row> = [[visitor, head, headNow]];
  moveAll(heads, ({ environment, until }) => [keys.due(partition, environment), visitor, until]);
  moveAll(heads, ({ environment, since }) => [keys.waiting(partition, environment), visitor, since]);
  moveAll(rows, ({ key, since, isPromised }) =>
    isPromised ? [keys.promised(partition), key, since] : undefined,
  );
  moveAll(entries, ({ environment, until }, name) => [
    environment === undefined ? keys.marks : keys.provisional(environment),
    name,
    until,
  ]);
  moveAll(deferred, ({ environment, until }, key) => [keys.deferred(environment), key, until]);
  moveAll(letters, (number, key) => [keys.letters, key, number]);
  moveAll([[visitor, before.erasure, after.erasure]], ({ erasure, until }) => [
    keys.erasures(erasure.environment),
    visitor,
    until,
  ]);
  const known = environmentsOf(before);
  const found = [...environmentsOf(after)].filter((environment) => !known.has(environment));
  return [
    ...[...added].flatMap(([key, members]) => inParts(['ZADD', key], members)),
    ...[...removed].flatMap(([key, members]) => inParts(['ZREM', key], members)),
    ...totalWrites(keys, before, after, { rows, entries }),
    ...(found.length > 0 ? [['SADD', keys.environments, ...found]] : []),
  ];
}

function totalWrites(
  keys: RedisKeys,
  before: VisitorState,
  after: VisitorState,
  { rows, entries }: Pick<VisitorChanges, 'rows' | 'entries'>,
): readonly Words[] {
  const more = <T>(changed: Changed<T>, isOne: (kept: T) => boolean): number =>
    changed
      .map(
        ([, old, now]) => Number(now !== undefined && isOne(now)) - Number(old !== undefined && isOne(old)),
      )
      .reduce((sum, each) => sum + each, 0);
  const totals = {
    promised: more(rows, ({ isPromised }) => isPromised),
    provisional: more(entries, ({ environment }) => environment !== undefined),
    marks: more(entries, ({ environment }) => environment === undefined),
    deferred: after.deferred.size - before.deferred.size,
    erasures: Number(after.erasure !== undefined) - Number(before.erasure !== undefined),
  };
  return Object.entries(totals)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => ['HINCRBY', keys.totals, name, count]);
}

/** Those of which there are sorted sets, for who looks through all of them. */
const environmentsOf = ({ entries, deferred, erasure }: VisitorState): ReadonlySet<string> =>
  new Set([
    ...[...entries.values()].flatMap(({ environment }) => environment ?? []),
    ...[...deferred.values()].map(({ environment }) => environment),
    ...(erasure ? [erasure.erasure.environment] : []),
  ]);

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
