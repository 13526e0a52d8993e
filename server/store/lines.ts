/**
 * The rules of the store: how a submission is taken on, sent, settled and taken over, on rows that somebody keeps. Each function
 * here is one transaction of theirs. The work of a visitor stands in a line; a new one stands at its end.
 */
import type { Settlement, Work, WorkKey } from '../delivery/work.ts';
import type { Begun, Change, Claim, Claimed, Death, Sent, Share } from './store.ts';

/** A submission that is not settled, without its payload. */
export interface Row {
  /** Rises in each line. */
  readonly place: number;
  readonly key: WorkKey;
  readonly visitor: string;
  readonly environment: string;
  /** Since when it waits to be delivered (`waitsSince`). */
  readonly since: number;
  /** `sent`: a request carries it. `spooled`: nobody holds it. */
  readonly state: 'held' | 'sent' | 'spooled';
  /** Empty in the spool. */
  readonly holder: string;
  /** When it is anybody's (`isOver`): the end of the claim on it, or in the spool when it is due. Milliseconds since 1970. */
  readonly until: number;
  readonly attempts: number;
  /** The visitor was told `queued`. All of the spool is. */
  readonly isPromised: boolean;
  readonly isInDoubt: boolean;
}

/** Where a row stands. */
export type Place = Pick<Row, 'visitor' | 'place'>;

/** What changes in a row's life. */
export type RowState = Pick<Row, 'state' | 'holder' | 'until' | 'attempts' | 'isPromised' | 'isInDoubt'>;

/** Where rows are kept. */
export interface Rows {
  /** Whether so many of its environment are there, or of its visitor: what there is no room for. */
  fullShare: (work: Work, limit: number, ofVisitor: number) => Share | undefined;
  find: (key: WorkKey) => Row | undefined;
  /** Puts it at the end of its visitor's line. */
  insert: (work: Work, state: RowState) => void;
  /** @param work the new payload, where there is one */
  update: (row: Row, state: RowState, work?: Work) => void;
  remove: (row: Row) => void;
  /** Takes it out of the line and remembers its settlement, and where it is dead the work. */
  settle: (row: Row, settlement: Settlement, life: number, dead?: Death) => void;
  findSettlement: (key: WorkKey) => Settlement | undefined;
  payloadOf: (row: Row) => Work;
  isErased: (visitor: string) => boolean;

  /** @param before this place in the line; at its end if absent */
  hasPromised: (visitor: string, before?: number) => boolean;
  hasSpooled: (visitor: string, before: number) => boolean;
  listSent: (visitor: string) => readonly Pick<Row, 'key' | 'until'>[];
  /** The one before it in its line. */
  before: (row: Place) => (Place & Pick<Row, 'until'>) | undefined;
  /**
   * The first of each line that is anybody's at this time (`isOver`), not this holder's, and has waited since then at least: in the order of
   * `byDue`.
   */
  listHeads: (
    environment: string,
    now: number,
    holder: string,
    limit: number,
    since: number,
  ) => readonly Row[];
  /** A row and those behind it. */
  listLine: (head: Row, limit: number) => readonly Row[];
}

/**
 * Milliseconds from now that a claim ends or work is due at most. Nobody needs more: Braze's `Retry-After` is heeded up to an hour,
 * the longest pause between two tries is 5 minutes, and a request is given up after seconds.
 */
export const LONGEST_AHEAD = 60 * 60 * 1000;

/** What is further off was written before the clock was set back. The minute is for processes whose clocks differ. */
export const FURTHEST_AHEAD = LONGEST_AHEAD + 60 * 1000;

/** Whether a claim has ended, or work is due. */
export const isOver = (until: number, now: number): boolean => until <= now || until > now + FURTHEST_AHEAD;

/** The order in which heads are claimed. */
export const byDue = (one: Row, other: Row): number =>
  one.until - other.until || one.since - other.since || one.place - other.place;

export function createLines(rows: Rows, clock: () => number, isDurable: boolean) {
  const ahead = (milliseconds: number): number => clock() + Math.min(milliseconds, LONGEST_AHEAD);

  /** As who takes it over has it. */
  const takenOver = (row: Row, { holder, lease }: Claim): RowState => ({
    ...row,
    state: 'held',
    holder,
    until: ahead(lease),
    isInDoubt: mayHaveArrived(row),
  });

  /** Where nobody takes over what was left behind, only its browser can bring it again, and that may be gone: it is not waited for. */
  const waitsBehind = (row: Row): Place | undefined => {
    let before = rows.before(row);
    while (!isDurable && before && isOver(before.until, clock())) before = rows.before(before);
    return before;
  };

  return {
    begin(work: Work, claim: Claim, limit: number, ofVisitor: number): Begun {
      const row = rows.find(work.key);
      if (row) {
        if (row.isPromised) return { state: 'queued' };
        if (!isOver(row.until, clock())) return { state: 'in_progress' };
        if (isDurable && rows.hasPromised(row.visitor, row.place)) {
          rows.update(row, { ...spooledAt(clock(), mayHaveArrived(row)), attempts: row.attempts });
          return { state: 'queued' };
        }
        const state = takenOver(row, claim);
        rows.update(row, state);
        return { state: 'new', isInDoubt: state.isInDoubt, left: rows.payloadOf(row) };
      }
      if (rows.isErased(work.visitor)) return { state: 'erased' };
      const settlement = rows.findSettlement(work.key);
      if (settlement) return { state: 'settled', settlement };
      const share = rows.fullShare(work, limit, ofVisitor);
      if (share) return { state: 'full', share };
      if (isDurable && rows.hasPromised(work.visitor)) {
        rows.insert(work, spooledAt(clock()));
        return { state: 'queued' };
      }
      rows.insert(work, {
        state: 'held',
        holder: claim.holder,
        until: ahead(claim.lease),
        attempts: 0,
        isPromised: false,
        isInDoubt: false,
      });
      return { state: 'new', isInDoubt: false };
    },

    send(keys: readonly WorkKey[], { holder, lease }: Claim): Sent {
      const found = new Map<WorkKey, Row>();
      for (const key of keys) {
        const row = rows.find(key);
        if (row?.holder === holder) found.set(key, row);
      }
      const underWay = new Map<string, boolean>();
      const isUnderWay = (visitor: string) => {
        // What a holder left under way is behind this, or would be claimed first: it does not come back before this has gone.
        const isWaitedFor = ({ key, until }: Pick<Row, 'key' | 'until'>) =>
          !found.has(key) && !isOver(until, clock());
        const known = underWay.get(visitor) ?? rows.listSent(visitor).some(isWaitedFor);
        underWay.set(visitor, known);
        return known;
      };
      // Of one line each accepted row has all before it accepted: so it is enough to look at the one before.
      const accepted = new Set<string>();
      const behind: WorkKey[] = [];
      const spooled: WorkKey[] = [];
      for (const [key, row] of found) {
        const before = waitsBehind(row);
        if (!isUnderWay(row.visitor) && (!before || accepted.has(nameOf(before)))) accepted.add(nameOf(row));
        else (rows.hasSpooled(row.visitor, row.place) ? spooled : behind).push(key);
      }
      const sent: WorkKey[] = [];
      for (const [key, row] of found) {
        if (!accepted.has(nameOf(row))) continue;
        rows.update(row, { ...row, state: 'sent', until: ahead(lease) });
        sent.push(key);
      }
      return { sent, behind, spooled, lost: [...new Set(keys)].filter((key) => !found.has(key)) };
    },

    settle(changes: readonly Change[], holder: string): readonly WorkKey[] {
      const lost: WorkKey[] = [];
      for (const change of changes) {
        const row = rows.find(change.key);
        if (row?.holder === holder) settleRow(row, change);
        else lost.push(change.key);
      }
      return lost;
    },

    /** Whether `claim` would find anything. */
    isDue: (environments: readonly string[], holder: string, age = -Infinity): boolean =>
      environments.some(
        (environment) => rows.listHeads(environment, clock(), holder, 1, clock() - age).length > 0,
      ),

    /** @param age milliseconds that it has waited at least; of any if absent, also where the clock was set back */
    claim(environments: readonly string[], limit: number, claim: Claim, age = -Infinity): readonly Claimed[] {
      const now = clock();
      const since = now - age;
      const { holder } = claim;
      const isClaimable = (row: Row) =>
        environments.includes(row.environment) &&
        row.since <= since &&
        (row.state === 'spooled' || (row.holder !== holder && isOver(row.until, now)));
      const heads = environments
        .flatMap((environment) => rows.listHeads(environment, now, holder, limit, since))
        .sort(byDue);
      const claimed: Claimed[] = [];
      for (const head of heads) {
        if (claimed.length >= limit) break;
        for (const row of rows.listLine(head, limit - claimed.length)) {
          if (!isClaimable(row)) break;
          const state = takenOver(row, claim);
          // Whoever brought it is not waiting any more, so it is kept and delivered like what was promised.
          rows.update(row, { ...state, isPromised: row.isPromised || isDurable });
          claimed.push({ work: rows.payloadOf(row), attempts: row.attempts, isInDoubt: state.isInDoubt });
        }
      }
      return claimed;
    },
  };

  function settleRow(row: Row, change: Change): void {
    switch (change.type) {
      case 'settled':
        rows.settle(row, change.settlement, change.life ?? SETTLEMENT_LIFE, change.dead);
        break;
      case 'spooled': {
        const { dueAt, attempts, work } = change;
        const isInDoubt = row.isInDoubt || change.isInDoubt;
        rows.update(row, { ...spooledAt(ahead(dueAt - clock()), isInDoubt), attempts }, work);
        break;
      }
      case 'held':
        rows.update(
          row,
          {
            ...row,
            state: 'held',
            until: ahead(change.lease),
            isInDoubt: row.isInDoubt || change.doubted !== undefined,
          },
          change.doubted ?? change.left,
        );
        break;
      case 'promised':
        if (!row.isPromised) rows.update(row, { ...row, isPromised: true });
        break;
      case 'released':
        rows.remove(row);
        break;
    }
  }
}

/** Places are told apart within one line alone. */
const nameOf = ({ visitor, place }: Place): string => `${place} ${visitor}`;

/** As far as its next holder can know. */
const mayHaveArrived = (row: Row): boolean => row.isInDoubt || row.state === 'sent';

/** A row of the spool. */
const spooledAt = (dueAt: number, isInDoubt = false): RowState => ({
  state: 'spooled',
  holder: '',
  until: dueAt,
  attempts: 0,
  isPromised: true,
  isInDoubt,
});

/**
 * A row of the spool of what an operator has put back. Of a request of its own it is looked into by then whether Braze has done it: it is
 * to be sent.
 */
export const retriedRow = ({ call }: Work, isInDoubt: boolean, now: number): RowState =>
  spooledAt(now, isInDoubt && call === undefined);

/** So long a settlement is remembered at least. What a browser brings later is not taken on any more (`clock-offset.ts`). */
export const SETTLEMENT_LIFE = 14 * 24 * 60 * 60 * 1000;
