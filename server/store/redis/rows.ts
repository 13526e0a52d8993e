/** The rows that the rules of the store run on (`lines.ts`, `provisional.ts`, `tallying.ts`), in a snapshot of what is in Redis. */
import { waitsSince, type Settlement, type Work } from '../../delivery/work.ts';
import type { Json } from '../json.ts';
import { byDue, createLines, isOver, type Row, type Rows } from '../lines.ts';
import { createProvisional, isDue, type Entries } from '../provisional.ts';
import type { Hands } from './hands.ts';
import { visitorIn, type RedisKeys } from './keys.ts';
import type { Snapshot } from './snapshot.ts';
import { dayText, placeText } from './tallies.ts';
import {
  entryField,
  letterField,
  payloadField,
  settlementField,
  type KeptEntry,
  type Letter,
} from './visitor.ts';
import { createTallying } from '../tallying.ts';

export type RedisRules = ReturnType<typeof createRedisRules>;

/** @param hands what this process holds. Of others it knows nothing: whether they have let go, the end of their claim says */
export function createRedisRules(snapshot: Snapshot, keys: RedisKeys, hands: Hands) {
  const { clock } = snapshot;
  const lineOf = (visitor: string): Row[] => [...snapshot.visitor(visitor).rows.values()];
  const isErased = (visitor: string): boolean => snapshot.visitor(visitor).erasedUntil !== undefined;
  const setPayload = (work: Work) =>
    void snapshot.visitor(work.visitor).weights.set(payloadField(work.key), JSON.stringify(work));

  const rows: Rows = {
    fullShare({ environment, visitor }, limit, ofVisitor) {
      const share = snapshot.shareOf(environment);
      if (share >= limit) return 'environment';
      if (snapshot.visitor(visitor).rows.size >= ofVisitor) return 'visitor';
      snapshot.doings().room = { environment, most: limit - 1 };
      return undefined;
    },
    find: (key) => snapshot.visitor(visitorIn(key)).rows.get(key),
    insert(work, state) {
      const { key, visitor, environment } = work;
      const kept = snapshot.visitor(visitor).rows;
      const last = [...kept.values()].at(-1)?.place ?? 0;
      const place = snapshot.nextNumber(last);
      kept.set(key, { place, key, visitor, environment, since: waitsSince(work), ...state });
      setPayload(work);
      snapshot.addToShare(environment, 1);
    },
    update(row, state, work) {
      snapshot.visitor(row.visitor).rows.set(row.key, { ...row, ...state });
      if (work) setPayload(work);
    },
    remove(row) {
      const state = snapshot.visitor(row.visitor);
      state.rows.delete(row.key);
      state.weights.set(payloadField(row.key), undefined);
      snapshot.addToShare(row.environment, -1);
    },
    settle(row, settlement, life, dead) {
      const state = snapshot.visitor(row.visitor);
      if (dead) {
        const { reason, words } = dead;
        const work = dead.work ?? rows.payloadOf(row);
        const { isInDoubt } = settlement;
        const letter: Letter = { at: clock(), reason, words, isInDoubt, work };
        state.letters.set(row.key, snapshot.nextNumber(0));
        state.weights.set(letterField(row.key), JSON.stringify(letter));
      }
      rows.remove(row);
      const expires = clock() + life;
      state.weights.set(settlementField(row.key), `${expires} ${JSON.stringify(settlement)}`);
      const { until, written } = state.settlements;
      state.settlements = { until: Math.max(until, expires), written: written + 1 };
      if (settlement.isInDoubt) snapshot.doings().commands.push(['HINCRBY', keys.totals, 'inDoubt', 1]);
    },
    findSettlement: (key) => settlementIn(snapshot.weight(key, settlementField(key)), clock()),
    payloadOf: (row) => snapshot.work(row.key, payloadField(row.key)),
    isErased,
    hasPromised: (visitor, before = Infinity) =>
      lineOf(visitor).some(({ isPromised, place }) => isPromised && place < before),
    hasSpooled: (visitor, before) =>
      lineOf(visitor).some(({ state, place }) => state === 'spooled' && place < before),
    listSent: (visitor) => lineOf(visitor).filter(({ state }) => state === 'sent'),
    before: ({ visitor, place }) => lineOf(visitor).findLast((row) => row.place < place),
    listHeads: (environment, now, holder, limit, since) =>
      snapshot
        .doings()
        .candidates.flatMap((visitor) => lineOf(visitor).slice(0, 1))
        .map(hands.seen)
        .filter((row) => row.environment === environment && isOver(row.until, now) && row.holder !== holder)
        .filter((row) => row.since <= since)
        .sort(byDue)
        .slice(0, limit),
    listLine: ({ visitor, place }, limit) =>
      lineOf(visitor)
        .filter((row) => row.place >= place)
        .slice(0, limit)
        .map(hands.seen),
  };

  const keptOf = (name: string) => snapshot.visitor(visitorIn(name)).entries;
  const isMarkOver = ({ environment, until }: KeptEntry) => environment === undefined && until <= clock();
  /** Names are given as candidates. */
  const listWanted = (isWanted: (entry: KeptEntry) => boolean, limit: number) =>
    snapshot
      .doings()
      .candidates.flatMap((name) => {
        const kept = keptOf(name).get(name);
        return kept?.environment !== undefined && isWanted(kept) ? [{ name, until: kept.until }] : [];
      })
      .sort((one, other) => one.until - other.until || (one.name < other.name ? -1 : 1))
      .slice(0, limit);

  const entries: Entries = {
    size: snapshot.kept,
    find(name) {
      const kept = keptOf(name).get(name);
      return kept && !isMarkOver(kept) ? kept : undefined;
    },
    write(name, visitor, { at, offset, until, work }) {
      entries.remove(name);
      const state = snapshot.visitor(visitor);
      const last = [...state.entries.values()].at(-1)?.number ?? 0;
      const number = snapshot.nextNumber(last);
      state.entries.set(name, { number, at, offset, until, environment: work?.environment });
      if (work) state.weights.set(entryField(name), JSON.stringify(work));
      snapshot.doings().kept += 1;
    },
    remove(name) {
      const state = snapshot.visitor(visitorIn(name));
      if (!state.entries.delete(name)) return;
      state.weights.set(entryField(name), undefined);
      snapshot.doings().kept -= 1;
    },
    hasWork: (name) => keptOf(name).get(name)?.environment !== undefined,
    isErased,
    listOf: (visitor) =>
      [...snapshot.visitor(visitor).entries].map(([name, entry]) => ({ name, isOver: isMarkOver(entry) })),
    listDue: (environment, now, limit) =>
      listWanted((entry) => entry.environment === environment && isDue(entry.until, now), limit).map(
        ({ name, until }) => ({
          name,
          until,
          work: snapshot.work(name, entryField(name)),
        }),
      ),
    listOverdue: (until, limit) => listWanted((entry) => entry.until <= until, limit).map(({ name }) => name),
    postpone(name, until) {
      const kept = keptOf(name).get(name);
      if (kept?.environment !== undefined) keptOf(name).set(name, { ...kept, until });
    },
    // Marks of other visitors: that is an operation of its own, after which this one comes again.
    forget: () => void (snapshot.doings().lacksRoom = true),
  };

  const put = (name: string, value: Json | undefined, life: number, visitor: string | undefined): void => {
    const expires = clock() + life;
    if (visitor !== undefined) {
      const { names } = snapshot.visitor(visitor);
      if (value === undefined) names.delete(name);
      else names.set(name, expires);
    }
    snapshot.setValue(name, {
      value: value === undefined ? '' : JSON.stringify(value),
      expires: value === undefined ? '' : String(expires),
      visitor: value === undefined ? '' : (visitor ?? ''),
    });
  };

  const tallying = createTallying(
    {
      isErased,
      get: (name) => snapshot.freshValue(name),
      put,
      add(place, day, expires) {
        const text = dayText(place, day);
        const key = keys.day(text);
        const { commands } = snapshot.doings();
        commands.push(
          ['ZREMRANGEBYSCORE', keys.days, '-inf', clock()],
          ['ZADD', keys.days, expires, text],
          ['HINCRBY', key, placeText(place), 1],
          ['PEXPIRE', key, Math.ceil(expires - clock())],
        );
      },
    },
    clock,
  );

  return {
    snapshot,
    rows,
    isErased,
    put,
    lines: createLines(rows, clock, true),
    provisional: createProvisional(entries, clock),
    /** What stands among the marks and is none leaves them: nothing else would take it out. */
    removeMark: (name: string): void => {
      const kept = keptOf(name).get(name);
      if (kept?.environment !== undefined || !kept)
        snapshot.doings().commands.push(['ZREM', keys.marks, name]);
      else if (isMarkOver(kept)) entries.remove(name);
    },
    tallying,
  };
}

/** @param text as it is written: when it is forgotten, and what it is */
export function settlementIn(text: string | null | undefined, now: number): Settlement | undefined {
  if (text === null || text === undefined) return undefined;
  const end = text.indexOf(' ');
  return Number(text.slice(0, end)) > now ? (JSON.parse(text.slice(end + 1)) as Settlement) : undefined;
}
