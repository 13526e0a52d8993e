/**
 * What the relay remembers: the port. Each operation is atomic, also among processes that share a store, and what it has answered
 * survives the process where the store is durable. Times are milliseconds since 1970 by the store's clock, durations milliseconds.
 */
import type { Moment } from '../clock-offset.ts';
import type { Erasure } from '../delivery/erasure.ts';
import type { Settlement, Work, WorkKey } from '../delivery/work.ts';
import type { Passing } from '../../widget/contract/wire.ts';
import type { Json } from './json.ts';

export interface Store {
  /** Whether what it took outlives the process: only then may a visitor be told `queued`. */
  readonly isDurable: boolean;

  /**
   * Takes a submission on, or says what became of it. The work of a visitor stands in line, in the order in which it was begun.
   * What its holder has not settled within the lease is the next caller's, who may be the same. In a durable store it goes into the
   * spool instead where promised work of the visitor stands before it.
   * @param limit how much of its environment may be unsettled: what comes for one takes no room of another
   * @param ofVisitor how much of that may be its visitor's; all of it if absent
   * @throws {StoreError} as every operation does: nothing of it is done then
   */
  begin(work: Work, claim: Claim, limit: number, ofVisitor?: number): Promise<Begun>;

  /**
   * Writes down that a request to Braze carries this work, before it leaves. Of each visitor one request is under way, and nothing
   * overtakes: what stands behind work that is not in this request stays. Keys of one visitor are given in the order of their line.
   * What the caller has under way already may be sent again, by itself or with more.
   */
  send(keys: readonly WorkKey[], claim: Claim): Promise<Sent>;

  /**
   * What became of work that the caller holds. What somebody else has taken over meanwhile stays as it is.
   * @returns the keys of those
   */
  settle(changes: readonly Change[], holder: string): Promise<readonly WorkKey[]>;

  /**
   * Takes over what is due, in the order of each visitor's line and from its head on: what is in the spool, and what somebody
   * else held until their claim ran out. What the caller holds itself is never among it. In a durable store it is promised from
   * then on: nobody waits for it.
   * @param environments of these alone
   */
  claim(environments: readonly string[], limit: number, claim: Claim): Promise<readonly Claimed[]>;

  /**
   * As `claim`, of what has waited for so many milliseconds (`waitsSince`), and no further in a line than that is so.
   */
  claimOld(
    environments: readonly string[],
    age: number,
    limit: number,
    claim: Claim,
  ): Promise<readonly Claimed[]>;

  /** The last word on it, or `undefined`. It is remembered for 14 days, or for as long as its change says. */
  find(key: WorkKey): Promise<Settlement | undefined>;

  /**
   * Adds to a count that starts anew with each window of so many milliseconds since 1970, and returns it.
   * @param amount one if absent
   */
  count(name: string, window: number, amount?: number): Promise<number>;

  get(name: string): Promise<Json | undefined>;
  /**
   * Remembers it for so many milliseconds; `undefined` forgets it.
   * @param visitor whose it is, if it is anybody's: it is erased with them, and of who is erased nothing is kept
   */
  put(name: string, value: Json | undefined, life: number, visitor?: string): Promise<void>;
  /**
   * As `put`, but only where what is remembered is still `before`, as `get` gave it: of two who change it at once the second has to look
   * again.
   * @returns whether it was. Of who is erased it always is, and nothing is kept
   */
  replace(
    name: string,
    before: Json | undefined,
    value: Json,
    life: number,
    visitor: string,
  ): Promise<boolean>;

  /**
   * Erases all that is held of a visitor, whoever holds it now, and takes nothing of them from then on: what is begun is `erased`, what
   * is kept provisionally is `late`, and what is settled is lost. That they are erased stays.
   * @param life milliseconds that it stays
   * @param leave says what is to be done elsewhere, which is kept until it is released
   * @returns whether they were not erased before. Else nothing is done: what is left of that time stands
   */
  erase(visitor: string, life: number, leave?: LeaveToErase): Promise<boolean>;
  isErased(visitor: string): Promise<boolean>;

  readonly erasures: Erasures;

  readonly deadLetters: DeadLetters;

  readonly provisional: Provisional;

  readonly deferred: Deferred;

  readonly tallies: Tallies;

  /** Reads only: that it answers does not say that the store can write. */
  stats(): Promise<StoreStats>;
  /** Of each environment of which something is left to do, by name. Looks at each line: for the start, and not for each scrape. */
  backlogs(): Promise<readonly Backlog[]>;

  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** Who holds work, and for how long: a holder that died does not hold it for ever. */
export interface Claim {
  /** Drawn for each process. */
  readonly holder: string;
  /** An hour at most, which is what a longer one is taken for. */
  readonly lease: number;
}

export type Begun =
  | {
      /** The caller holds it now. */
      readonly state: 'new';
      /** It was sent by a holder that has died since. */
      readonly isInDoubt: boolean;
      /** Where it is taken over: what is left of it. */
      readonly left?: Work;
    }
  /** Someone holds it now, perhaps the caller. */
  | { readonly state: 'in_progress' }
  /** It is in the spool: it was promised before, or stands behind work of the visitor that was. Durable stores only. */
  | { readonly state: 'queued' }
  | { readonly state: 'settled'; readonly settlement: Settlement }
  /** It is not taken on: as much as allowed is unsettled of its environment, or of its visitor. */
  | { readonly state: 'full'; readonly share: Share }
  /** Nor is it: its visitor is erased. */
  | { readonly state: 'erased' };

/** Whose room is used up. */
export type Share = 'environment' | 'visitor';

export interface Sent {
  /** Under way. The others stay with who holds them. */
  readonly sent: readonly WorkKey[];
  /** Behind other work of the visitor, which somebody holds: they go when that is settled. */
  readonly behind: readonly WorkKey[];
  /** Behind other work of the visitor that nobody holds: in the spool it may wait for long. */
  readonly spooled: readonly WorkKey[];
  /** Not the caller's any more. */
  readonly lost: readonly WorkKey[];
}

export type Change = { readonly key: WorkKey } & (
  | {
      readonly type: 'settled';
      readonly settlement: Settlement;
      readonly dead?: Death;
      /** Milliseconds that the settlement is remembered: 14 days at least, which is what is taken if it is absent. */
      readonly life?: number;
    }
  /** Into the spool, due at a time: the visitor has been told `queued`, or will be. */
  | {
      readonly type: 'spooled';
      /** Within an hour, which is what a later one is taken for. */
      readonly dueAt: number;
      /** How often it was tried. */
      readonly attempts: number;
      readonly isInDoubt: boolean;
      /** What is left of it, where a part of it is done. */
      readonly work?: Work;
    }
  /** Held on by the caller and not under way any more: it goes with a later request. */
  | {
      readonly type: 'held';
      readonly lease: number;
      /** From now on in doubt, and what is left of it. */
      readonly doubted?: Work;
      /** What is left of it, no more in doubt than it was. */
      readonly left?: Work;
    }
  /** The visitor is told `queued` though it is still held or under way: what is begun after it is spooled. */
  | { readonly type: 'promised' }
  /** Given back: it was not delivered, nobody was promised anything, and it may come again. */
  | { readonly type: 'released' }
);

/** Why it can never be delivered. */
export interface Death {
  /** In our words: what happened, and what would be right. */
  readonly reason: string;
  /** In Braze's, as far as there are any. */
  readonly words?: string;
  /** What of it is kept and would be sent on a retry. Absent: all of it. */
  readonly work?: Work;
}

export interface Claimed {
  readonly work: Work;
  readonly attempts: number;
  /** It was under way when its holder died, or an earlier answer was lost. */
  readonly isInDoubt: boolean;
}

export interface DeadLetter extends Death {
  readonly work: Work;
  readonly at: number;
}

export interface DeadLetters {
  /** The oldest first. @param after the key of the last that was seen; from the start again if that is none any more */
  list(limit: number, after?: WorkKey): Promise<readonly DeadLetter[]>;
  find(key: WorkKey): Promise<DeadLetter | undefined>;
  /** Back into the spool, due at once, at the end of its visitor's line, to be settled anew. @returns false where there is none */
  retry(key: WorkKey): Promise<boolean>;
  /** Its settlement stays. @returns false where there is none */
  drop(key: WorkKey): Promise<boolean>;
  /** Drops so many at most that died so many milliseconds ago. @returns how many */
  expire(age: number, limit: number): Promise<number>;
}

/** What is left to do elsewhere about visitors who are erased: one for each of them. */
export interface Erasures {
  /**
   * What is due, the longest due first. For so long it is no other caller's; then it is due again, unless it was released. So what the
   * caller does with it has to be such that it may be done again.
   * @param environments of these alone
   */
  claimDue(environments: readonly string[], limit: number, lease: number): Promise<readonly ErasureDue[]>;
  /** It could not be done, and is due again in so many milliseconds. */
  postpone(visitor: string, wait: number): Promise<void>;
  /** It is done. */
  release(visitor: string): Promise<void>;
  /** Takes out so many at most that have been due for so many milliseconds, and that nobody has claimed. @param environments of these alone */
  expire(environments: readonly string[], age: number, limit: number): Promise<readonly Erasure[]>;
}

/** What is to be done follows from what is remembered when they are erased, and from nothing that came before or after. */
export interface LeaveToErase {
  /** Of the values that are looked at. */
  readonly names: readonly string[];
  /** Pure: it may be called more than once. @param values in the order of the names */
  readonly by: (values: readonly (Json | undefined)[]) => LeftToErase;
}

export interface LeftToErase {
  readonly erasure: Erasure;
  /** Milliseconds until it is due. */
  readonly wait: number;
}

export interface ErasureDue {
  readonly erasure: Erasure;
  /** How often it was claimed, this time too. */
  readonly attempts: number;
}

/**
 * Work that is to be taken on at a time, unless something makes it void before. It is known by a name, `<visitor>/<what it is about>`, of
 * which there is one at a time. What is late is told by when it happened (`compareMoments`). Of one visitor no more than a few are kept,
 * marks among them: the oldest of that visitor give way, and nobody else's.
 */
export interface Provisional {
  /**
   * Keeps it, in the place of what happened before it under that name. `late`: something that happened later is known of that name, or its
   * visitor is dropped or erased; it is not kept. `full`: as many as allowed are kept, marks among them, and this is not one of them.
   */
  hold(held: Held, limit: number): Promise<'held' | 'late' | 'full'>;
  /** Something has happened: what is kept of that name from before is void, and with a mark what comes late from before. */
  cancel(name: string, moment: Moment, mark?: Mark): Promise<void>;
  /**
   * What is due, the longest due first. For so long it is no other caller's; then it is due again, unless it was released. So what the
   * caller does with it has to be such that it may be done again.
   * @param environments of these alone
   */
  claimDue(environments: readonly string[], limit: number, lease: number): Promise<readonly Due[]>;
  /** Takes out so many at most that have been due for so many milliseconds, and that nobody has claimed. @returns how many */
  expire(age: number, limit: number): Promise<number>;
  /** It has been taken on, or is not wanted. */
  release(name: string): Promise<void>;
  /** Drops all that is kept of a visitor, and what comes within so many milliseconds. */
  dropAll(visitor: string, life: number): Promise<void>;
}

/**
 * Work that is taken on at a time, whatever happens until then: only the erasure of its visitor makes it void. It stands in no line and
 * holds nothing up, and of each key there is one.
 */
export interface Deferred {
  /**
   * Keeps it in the place of what is kept under its key. Of who is erased nothing is kept.
   * @param wait milliseconds until it is due: an hour at most, which is what a longer one is taken for
   */
  hold(work: Work, wait: number): Promise<void>;
  /**
   * What is due, the longest due first. For so long it is no other caller's; then it is due again, unless it was released. So what the
   * caller does with it has to be such that it may be done again.
   * @param environments of these alone
   */
  claimDue(environments: readonly string[], limit: number, lease: number): Promise<readonly Work[]>;
  /** It has been taken on. */
  release(key: WorkKey): Promise<void>;
}

/** What is counted of where people leave, by days of UTC. */
export interface Tallies {
  /**
   * Counts each passing that was not counted of its conversation before, and once that it was left. Of who is erased nothing is counted; what
   * was counted of them stays, for nobody can tell it from what was counted of others.
   */
  add(countings: readonly Counting[]): Promise<void>;
  /** What there are counts of: where something was counted last comes first. */
  list(): Promise<readonly Tallied[]>;
  /** All days together, in no order. */
  find(environment: string, flow: string, revision: string): Promise<readonly Tally[]>;
}

/** What is to be counted of one conversation. JSON. */
export interface Counting {
  readonly visitor: string;
  readonly conversation: string;
  readonly environment: string;
  readonly flow: string;
  /** Numbers of the first passing of the conversation that was told, and of the first that was not: those between that are not here were of no use. */
  readonly since: number;
  readonly until: number;
  readonly passings: readonly NumberedPassing[];
  /** It was left for good, at this node. */
  readonly left?: { readonly revision: string; readonly node: string };
  /** Milliseconds that a day is kept. */
  readonly life: number;
}

export interface NumberedPassing extends Passing {
  readonly revision: string;
  readonly number: number;
}

/** What is counted by itself. */
export interface TallyPlace {
  readonly environment: string;
  readonly flow: string;
  readonly revision: string;
  readonly node: string;
  readonly type: Passing['type'] | 'left';
  readonly from?: string;
}

export interface Tally extends Pick<TallyPlace, 'node' | 'type' | 'from'> {
  readonly count: number;
}

export interface Tallied extends Pick<TallyPlace, 'environment' | 'flow' | 'revision'> {
  /** Days since 1970 on which something was counted, first and last. */
  readonly first: number;
  readonly last: number;
}

export interface Due {
  readonly name: string;
  readonly work: Work;
}

/** That something happened is remembered for so many milliseconds, where there is room. */
export interface Mark {
  readonly life: number;
  /** As that of `hold`. */
  readonly limit: number;
}

export interface Held extends Due, Moment {
  /** Within a day, which is what a later one is taken for. */
  readonly dueAt: number;
}

export interface StoreStats {
  /** Taken on and not settled, in the spool or not. */
  readonly unsettled: number;
  /** Those of them that were promised, also while somebody holds them. */
  readonly spooled: number;
  /** Since when the oldest of those waits, or `undefined`. */
  readonly oldest: number | undefined;
  readonly deadLetters: number;
  /** Kept, and taken on when they are due. */
  readonly provisional: number;
  /** That something happened is remembered of so many conversations and visitors. Some are over, and not yet forgotten. */
  readonly marks: number;
  /** Settled in doubt since the store was made. */
  readonly inDoubt: number;
  /** Visitors who are erased here, and about whom something is left to do elsewhere. */
  readonly erasures: number;
  /** Deferred: taken on when they are due, and not before. */
  readonly deferred: number;
}

/** What is left to do of an environment. */
export interface Backlog {
  readonly environment: string;
  /** As in the stats. */
  readonly unsettled: number;
  /** Since when the oldest of those waits, as far as it is the first of its line; `undefined` where there are none. */
  readonly oldest: number | undefined;
  /** As in the stats. */
  readonly erasures: number;
}

/** The store could not do it: its disk is full, broken or held by another process. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
