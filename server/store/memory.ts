/** A store in memory. It forgets everything when the process ends. */
import type { Moment } from '../clock-offset.ts';
import { waitsSince, type Settlement, type Work, type WorkKey } from '../delivery/work.ts';
import { isSame, type Json } from './json.ts';
import { createProvisional, isDue, type Entries } from './provisional.ts';
import { byDue, createLines, isOver, LONGEST_AHEAD, retriedRow, type Row, type Rows } from './lines.ts';
import type { Erasure } from '../delivery/erasure.ts';
import { createMemoryTallies } from './memory-tallies.ts';
import type { Backlog, DeadLetter, Store } from './store.ts';
import { createTallying } from './tallying.ts';

export interface MemoryStoreOptions {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Behaves as if it were durable, for tests. */
  readonly isDurable?: boolean;
  /** Settlements that it remembers. The oldest go first. */
  readonly capacity?: number;
}

/** At 300 bytes each a few tens of megabytes. */
const CAPACITY = 100_000;

/** The oldest go first: should every submission be a mapping mistake, the process lives on. At 2 kB each 20 megabytes. */
const DEAD_LETTERS = 10_000;

/** What a visitor began, who never came back after its holder had died, is forgotten then: nobody else would settle it. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

interface Entry {
  row: Row;
  work: Work;
}

export function createMemoryStore(options: MemoryStoreOptions): Store {
  const { clock, isDurable = false, capacity = CAPACITY } = options;
  const entries = new Map<WorkKey, Entry>();
  const linesOf = new Map<string, Entry[]>();
  /** Entries of each environment. */
  const sharesOf = new Map<string, number>();
  const settlements = new Map<WorkKey, { settlement: Settlement; expires: number }>();
  const deadLetters = new Map<WorkKey, DeadLetter & { readonly isInDoubt: boolean }>();
  const counts = new Map<string, { count: number; expires: number }>();
  const values = new Map<string, { value: Json; expires: number; visitor: string | undefined }>();
  /** The id itself: with the process it is gone anyway. */
  const tombstones = new Map<string, { expires: number }>();
  const erasures = new Map<string, { erasure: Erasure; until: number; attempts: number }>();
  const held = new Map<string, { work: Work; moment: Moment; until: number }>();
  const deferred = new Map<WorkKey, { readonly work: Work; until: number }>();
  const marks = new Map<string, { visitor: string; moment: Moment; expires: number }>();
  /** Of what is kept provisionally, the oldest first. */
  const namesOf = new Map<string, Set<string>>();
  /** No mark is over before. */
  let firstEnd = Infinity;
  const tallies = createMemoryTallies(clock);
  const sweeps = [
    ...[settlements, counts, values, tombstones, tallies.rows].map((map) =>
      createSweep<{ readonly expires: number }>(map),
    ),
    createSweep(marks, (name) => provisionalEntries.remove(name)),
  ];
  let lastPlace = 0;
  let inDoubt = 0;

  const rows: Rows = {
    fullShare({ environment, visitor }, limit, ofVisitor) {
      if ((sharesOf.get(environment) ?? 0) >= limit) return 'environment';
      return lineOf(visitor).length >= ofVisitor ? 'visitor' : undefined;
    },
    find: (key) => entries.get(key)?.row,
    insert(work, state) {
      const { key, visitor, environment } = work;
      const row = { place: ++lastPlace, key, visitor, environment, since: waitsSince(work), ...state };
      const entry = { row, work };
      entries.set(key, entry);
      const line = linesOf.get(visitor);
      if (line) line.push(entry);
      else linesOf.set(visitor, [entry]);
      addToShare(environment, 1);
    },
    update(row, state, work) {
      const entry = entryOf(row);
      entry.row = { ...row, ...state };
      if (work) entry.work = work;
    },
    remove(row) {
      const line = lineOf(row.visitor);
      line.splice(line.indexOf(entryOf(row)), 1);
      if (line.length === 0) linesOf.delete(row.visitor);
      entries.delete(row.key);
      addToShare(row.environment, -1);
    },
    settle(row, settlement, life, dead) {
      const { key } = row;
      if (dead) {
        const { isInDoubt } = settlement;
        deadLetters.delete(key);
        deadLetters.set(key, { ...dead, work: dead.work ?? entryOf(row).work, at: clock(), isInDoubt });
        trim(deadLetters, DEAD_LETTERS);
      }
      rows.remove(row);
      settlements.delete(key);
      settlements.set(key, { settlement, expires: clock() + life });
      trim(settlements, capacity);
      if (settlement.isInDoubt) inDoubt += 1;
    },
    findSettlement: (key) => fresh(settlements, key)?.settlement,
    payloadOf: (row) => entryOf(row).work,
    isErased: (visitor) => fresh(tombstones, visitor) !== undefined,
    hasPromised: (visitor, before = Infinity) =>
      lineOf(visitor).some(({ row }) => row.isPromised && row.place < before),
    hasSpooled: (visitor, before) =>
      lineOf(visitor).some(({ row }) => row.state === 'spooled' && row.place < before),
    listSent: (visitor) => lineOf(visitor).flatMap(({ row }) => (row.state === 'sent' ? [row] : [])),
    before: ({ visitor, place }) => lineOf(visitor).findLast(({ row }) => row.place < place)?.row,
    listHeads: (environment, now, holder, limit, since) =>
      [...linesOf.values()]
        .flatMap(([first]) => (first ? [first.row] : []))
        .filter((row) => row.environment === environment && isOver(row.until, now) && row.holder !== holder)
        .filter((row) => row.since <= since)
        .sort(byDue)
        .slice(0, limit),
    listLine(head, limit) {
      const line = lineOf(head.visitor);
      const start = line.indexOf(entryOf(head));
      return line.slice(start, start + limit).map(({ row }) => row);
    },
  };
  const lines = createLines(rows, clock, isDurable);

  const provisionalEntries: Entries = {
    size: () => held.size + marks.size,
    find: (name) => (held.get(name) ?? fresh(marks, name))?.moment,
    write(name, visitor, { at, offset, until, work }) {
      provisionalEntries.remove(name);
      const moment = { at, offset };
      if (work) held.set(name, { work, moment, until });
      else {
        marks.set(name, { visitor, moment, expires: until });
        firstEnd = Math.min(firstEnd, until);
      }
      namesOf.set(visitor, (namesOf.get(visitor) ?? new Set()).add(name));
    },
    remove(name) {
      const visitor = held.get(name)?.work.visitor ?? marks.get(name)?.visitor ?? '';
      held.delete(name);
      marks.delete(name);
      const names = namesOf.get(visitor);
      names?.delete(name);
      if (names?.size === 0) namesOf.delete(visitor);
    },
    hasWork: (name) => held.has(name),
    isErased: rows.isErased,
    listOf: (visitor) =>
      [...(namesOf.get(visitor) ?? [])].map((name) => ({
        name,
        isOver: !held.has(name) && !fresh(marks, name),
      })),
    listDue: (environment, now, limit) =>
      listHeld(({ until, work }) => work.environment === environment && isDue(until, now), limit),
    listOverdue: (then, limit) => listHeld(({ until }) => until <= then, limit).map(({ name }) => name),
    postpone(name, until) {
      const found = held.get(name);
      if (found) found.until = until;
    },
    forget() {
      if (clock() < firstEnd) return;
      firstEnd = Infinity;
      for (const [name, { expires }] of marks)
        if (expires <= clock()) provisionalEntries.remove(name);
        else firstEnd = Math.min(firstEnd, expires);
    },
  };
  const listHeld = (
    isWanted: (entry: { readonly work: Work; readonly until: number }) => boolean,
    limit: number,
  ) =>
    [...held]
      .filter(([, entry]) => isWanted(entry))
      .sort(([a, one], [b, other]) => one.until - other.until || (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([name, { work, until }]) => ({ name, work, until }));
  const provisional = createProvisional(provisionalEntries, clock);

  const tallying = createTallying(
    {
      isErased: rows.isErased,
      get: (name) => fresh(values, name)?.value,
      put: (name, value, life, visitor) => void values.set(name, { value, expires: clock() + life, visitor }),
      add: tallies.add,
    },
    clock,
  );

  const listErasures = (
    environments: readonly string[],
    isWanted: (until: number) => boolean,
    limit: number,
  ) =>
    [...erasures.values()]
      .filter(({ erasure, until }) => environments.includes(erasure.environment) && isWanted(until))
      .sort((one, other) => one.until - other.until || (one.erasure.visitor < other.erasure.visitor ? -1 : 1))
      .slice(0, limit);

  return {
    isDurable,
    async begin(work, claim, limit, ofVisitor = limit) {
      sweep();
      return lines.begin(work, claim, limit, ofVisitor);
    },
    async send(keys, claim) {
      return lines.send(keys, claim);
    },
    async settle(changes, holder) {
      return lines.settle(changes, holder);
    },
    async claim(environments, limit, claim) {
      return lines.claim(environments, limit, claim);
    },
    async claimOld(environments, age, limit, claim) {
      return lines.claim(environments, limit, claim, age);
    },
    async find(key) {
      return rows.findSettlement(key);
    },

    async count(name, window, amount = 1) {
      const expires = (Math.floor(clock() / window) + 1) * window;
      const key = `${window} ${name}`;
      const known = counts.get(key);
      const count = known?.expires === expires ? known.count + amount : amount;
      counts.delete(key);
      counts.set(key, { count, expires });
      sweep();
      return count;
    },
    async get(name) {
      return fresh(values, name)?.value;
    },
    async put(name, value, life, visitor) {
      if (visitor !== undefined && rows.isErased(visitor)) return;
      values.delete(name);
      if (value !== undefined) values.set(name, { value, expires: clock() + life, visitor });
      sweep();
    },
    async replace(name, before, value, life, visitor) {
      if (rows.isErased(visitor)) return true;
      if (!isSame(fresh(values, name)?.value, before)) return false;
      values.delete(name);
      values.set(name, { value, expires: clock() + life, visitor });
      sweep();
      return true;
    },

    async erase(visitor, life, leave) {
      if (rows.isErased(visitor)) return false;
      const left = leave?.by(leave.names.map((name) => fresh(values, name)?.value));
      for (const { row } of [...lineOf(visitor)]) rows.remove(row);
      for (const map of [settlements, deadLetters])
        for (const key of [...map.keys()]) if (key.startsWith(`${visitor}/`)) map.delete(key);
      for (const { name } of provisionalEntries.listOf(visitor)) provisionalEntries.remove(name);
      for (const [key, { work }] of deferred) if (work.visitor === visitor) deferred.delete(key);
      for (const [name, value] of values) if (value.visitor === visitor) values.delete(name);
      tombstones.set(visitor, { expires: clock() + life });
      if (left) erasures.set(visitor, { erasure: left.erasure, until: clock() + left.wait, attempts: 0 });
      return true;
    },
    async isErased(visitor) {
      return rows.isErased(visitor);
    },
    erasures: {
      async claimDue(environments, limit, lease) {
        const now = clock();
        const due = listErasures(environments, (until) => isDue(until, now), limit);
        return due.map((each) => {
          Object.assign(each, { until: now + lease, attempts: each.attempts + 1 });
          return { erasure: each.erasure, attempts: each.attempts };
        });
      },
      async postpone(visitor, wait) {
        const found = erasures.get(visitor);
        if (found) found.until = clock() + wait;
      },
      async release(visitor) {
        erasures.delete(visitor);
      },
      async expire(environments, age, limit) {
        const over = listErasures(environments, (until) => until <= clock() - age, limit);
        return over.map(({ erasure }) => {
          erasures.delete(erasure.visitor);
          return erasure;
        });
      },
    },

    deadLetters: {
      async list(limit, after) {
        const letters = [...deadLetters.values()];
        const start = after === undefined ? 0 : letters.findIndex(({ work }) => work.key === after) + 1;
        return letters.slice(start, start + limit).map(letterOf);
      },
      async find(key) {
        const letter = deadLetters.get(key);
        return letter && letterOf(letter);
      },
      async retry(key) {
        const letter = deadLetters.get(key);
        if (!letter) return false;
        deadLetters.delete(key);
        settlements.delete(key);
        if (!entries.has(key))
          rows.insert(
            { ...letter.work, retriedAt: clock() },
            retriedRow(letter.work, letter.isInDoubt, clock()),
          );
        return true;
      },
      async drop(key) {
        return deadLetters.delete(key);
      },
      async expire(age, limit) {
        const then = clock() - age;
        // In the order in which they died.
        const over = [...deadLetters].filter(([, { at }]) => at <= then).slice(0, limit);
        for (const [key] of over) deadLetters.delete(key);
        return over.length;
      },
    },

    provisional: {
      async hold(entry, limit) {
        sweep();
        return provisional.hold(entry, limit);
      },
      async cancel(name, moment, mark) {
        sweep();
        provisional.cancel(name, moment, mark);
      },
      async claimDue(environments, limit, lease) {
        return provisional.claimDue(environments, limit, lease);
      },
      async expire(age, limit) {
        return provisional.expire(age, limit);
      },
      async release(name) {
        provisional.release(name);
      },
      async dropAll(visitor, life) {
        provisional.dropAll(visitor, life);
      },
    },

    deferred: {
      async hold(work, wait) {
        if (!rows.isErased(work.visitor)) deferred.set(work.key, { work, until: ahead(wait) });
      },
      async claimDue(environments, limit, lease) {
        const now = clock();
        const due = [...deferred.values()]
          .filter(({ work, until }) => environments.includes(work.environment) && isOver(until, now))
          .sort((one, other) => one.until - other.until || (one.work.key < other.work.key ? -1 : 1))
          .slice(0, limit);
        for (const each of due) each.until = ahead(lease);
        return due.map(({ work }) => work);
      },
      async release(key) {
        deferred.delete(key);
      },
    },

    tallies: {
      async add(countings) {
        sweep();
        tallying.add(countings);
      },
      async list() {
        return tallies.list();
      },
      async find(environment, flow, revision) {
        return tallies.find(environment, flow, revision);
      },
    },

    async stats() {
      let spooled = 0;
      let oldest = Infinity;
      for (const { row } of entries.values()) {
        if (!row.isPromised) continue;
        spooled += 1;
        oldest = Math.min(oldest, row.since);
      }
      return {
        unsettled: entries.size,
        spooled,
        oldest: spooled > 0 ? oldest : undefined,
        deadLetters: deadLetters.size,
        provisional: held.size,
        marks: marks.size,
        inDoubt,
        erasures: erasures.size,
        deferred: deferred.size,
      };
    },
    async backlogs() {
      const names = new Set([...entries.values()].map(({ row }) => row.environment));
      for (const { erasure } of erasures.values()) names.add(erasure.environment);
      return [...names].sort().map(backlogOf);
    },
    async close() {
      // Nothing is under way between two operations.
    },
  };

  function backlogOf(environment: string): Backlog {
    let oldest: number | undefined;
    for (const [first] of linesOf.values())
      if (first?.row.environment === environment) oldest = Math.min(oldest ?? Infinity, first.row.since);
    return {
      environment,
      unsettled: sharesOf.get(environment) ?? 0,
      oldest,
      erasures: [...erasures.values()].filter(({ erasure }) => erasure.environment === environment).length,
    };
  }

  function entryOf(row: Row): Entry {
    const entry = entries.get(row.key);
    if (!entry) throw new Error(`No row of "${row.key}"`);
    return entry;
  }

  function addToShare(environment: string, count: number): void {
    sharesOf.set(environment, (sharesOf.get(environment) ?? 0) + count);
  }

  function ahead(milliseconds: number): number {
    return clock() + Math.min(milliseconds, LONGEST_AHEAD);
  }

  function lineOf(visitor: string): Entry[] {
    return linesOf.get(visitor) ?? [];
  }

  function fresh<T extends { expires: number }>(map: Map<string, T>, key: string): T | undefined {
    const found = map.get(key);
    return found && found.expires > clock() ? found : undefined;
  }

  /** A few at a time: never a pause. */
  function sweep(): void {
    for (const step of sweeps) step(clock());
    const [oldest] = entries.values();
    if (!isDurable && oldest && isAbandoned(oldest.row, clock())) rows.remove(oldest.row);
  }
}

const isAbandoned = ({ isPromised, until }: Row, now: number): boolean =>
  !isPromised && until + ABANDONED_AFTER <= now;

/** Goes round a map for ever, three entries with each call: it grows by one at most meanwhile. */
function createSweep<T extends { readonly expires: number }>(
  map: Map<string, T>,
  remove: (key: string) => void = (key) => void map.delete(key),
): (now: number) => void {
  let round = map.entries();
  return (now) => {
    for (let looked = 0; looked < 3; looked += 1) {
      const next = round.next();
      if (next.done) {
        round = map.entries();
        return;
      }
      const [key, { expires }] = next.value;
      if (expires <= now) remove(key);
    }
  };
}

function trim(map: Map<string, unknown>, capacity: number): void {
  const [oldest] = map.keys();
  if (map.size > capacity && oldest !== undefined) map.delete(oldest);
}

const letterOf = ({ work, reason, words, at }: DeadLetter): DeadLetter => ({
  work,
  reason,
  ...(words !== undefined && { words }),
  at,
});
