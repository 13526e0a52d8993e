/**
 * The operations of the store over its tables in SQLite, whatever engine runs them: how a transaction begins and ends, and when it is on disk,
 * is for who opens the database.
 */
import { createLines } from '../lines.ts';
import type { createSqliteRows } from './rows.ts';
import type { Store } from '../store.ts';

export interface SqliteAccess {
  readonly tables: ReturnType<typeof createSqliteRows>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Runs it at once, or as soon as it may: it sees what has been answered, and writes nothing. */
  readonly read: <T>(run: () => T) => Promise<T>;
  /**
   * Runs it in a transaction, of which the tables' `load` is the first thing and `save` the last.
   * @param isLasting whether who hears the answer counts on its being on disk; so if absent
   */
  readonly write: <T>(run: () => T, isLasting?: boolean | ((answer: T) => boolean)) => Promise<T>;
  /** Within a transaction: something was erased on purpose. */
  readonly erased: () => void;
}

export function createSqliteOperations({
  tables,
  clock,
  read,
  write,
  erased,
}: SqliteAccess): Omit<Store, 'close'> {
  const { rows } = tables;
  const lines = createLines(rows, clock, true);
  return {
    isDurable: true,
    begin: (work, claim, limit, ofVisitor = limit) =>
      write(
        () => lines.begin(work, claim, limit, ofVisitor),
        // Of one that is new nobody has heard: before anything leaves or is answered, something lasting is written behind it.
        ({ state }) => state === 'queued',
      ),
    send: (keys, claim) => write(() => lines.send(keys, claim)),
    settle: (changes, holder) => write(() => lines.settle(changes, holder)),
    async claim(environments, limit, claim) {
      // Mostly there is nothing: that is found out without a transaction.
      if (!(await read(() => lines.isDue(environments, claim.holder)))) return [];
      return write(() => lines.claim(environments, limit, claim), false);
    },
    async claimOld(environments, age, limit, claim) {
      if (!(await read(() => lines.isDue(environments, claim.holder, age)))) return [];
      return write(() => lines.claim(environments, limit, claim, age), false);
    },
    find: (key) => read(() => rows.findSettlement(key)),
    count: (name, window, amount = 1) => write(() => tables.count(name, window, amount), false),
    get: (name) => read(() => tables.get(name)),
    put: (name, value, life, visitor) => write(() => tables.put(name, value, life, visitor)),
    replace: (name, before, value, life, visitor) =>
      write(() => tables.replace(name, before, value, life, visitor)),
    erase: (visitor, life, leave) =>
      write(() => {
        const isNew = tables.erase(visitor, life, leave);
        if (isNew) erased();
        return isNew;
      }),
    isErased: (visitor) => read(() => tables.isErased(visitor)),
    erasures: {
      async claimDue(environments, limit, lease) {
        if (!(await read(() => tables.erasures.isDue(environments)))) return [];
        return write(() => tables.erasures.claimDue(environments, limit, lease), false);
      },
      postpone: (visitor, wait) => write(() => tables.erasures.postpone(visitor, wait), false),
      // With it goes the visitor's id.
      release: (visitor) =>
        write(() => {
          if (tables.erasures.release(visitor)) erased();
        }),
      async expire(environments, age, limit) {
        if (!(await read(() => tables.erasures.isOverdue(environments, age)))) return [];
        return write(() => {
          const expired = tables.erasures.expire(environments, age, limit);
          if (expired.length > 0) erased();
          return expired;
        });
      },
    },
    deadLetters: {
      list: (limit, after) => read(() => tables.listLetters(limit, after)),
      find: (key) => read(() => tables.findLetter(key)),
      retry: (key) => write(() => tables.retryLetter(key)),
      drop: (key) => write(() => tables.dropLetter(key)),
      async expire(age, limit) {
        if (!(await read(() => tables.isLetterOver(age)))) return 0;
        return write(() => tables.expireLetters(age, limit), false);
      },
    },
    provisional: {
      hold: (held, limit) => write(() => tables.provisional.hold(held, limit)),
      async cancel(name, moment, mark) {
        // As with a claim.
        if (!mark && !(await read(() => tables.isProvisional(name)))) return;
        await write(() => tables.provisional.cancel(name, moment, mark), false);
      },
      async claimDue(environments, limit, lease) {
        if (!(await read(() => tables.isProvisionalDue(environments)))) return [];
        return write(() => tables.provisional.claimDue(environments, limit, lease), false);
      },
      async expire(age, limit) {
        if (!(await read(() => tables.isProvisionalOverdue(age)))) return 0;
        return write(() => tables.provisional.expire(age, limit), false);
      },
      release: (name) => write(() => tables.provisional.release(name), false),
      dropAll: (visitor, life) => write(() => tables.provisional.dropAll(visitor, life)),
    },
    deferred: {
      hold: (work, wait) => write(() => tables.deferred.hold(work, wait)),
      async claimDue(environments, limit, lease) {
        if (!(await read(() => tables.deferred.isDue(environments)))) return [];
        return write(() => tables.deferred.claimDue(environments, limit, lease), false);
      },
      release: (key) => write(() => tables.deferred.release(key), false),
    },
    tallies: {
      // Before anybody is answered it has been committed. A power cut may cost the counts of the last moments, and nothing else.
      add: (countings) => write(() => tables.tallies.add(countings), false),
      list: () => read(() => tables.tallies.list()),
      find: (environment, flow, revision) => read(() => tables.tallies.find(environment, flow, revision)),
    },
    stats: () => read(() => tables.stats()),
    backlogs: () => read(() => tables.backlogs()),
  };
}
