/**
 * What a group has done, in units that are written as a whole or not at all: operations that have looked at the same visitor or value are
 * one. So who meets somebody else fails nobody who has nothing to do with it.
 */
import type { Waiting } from './groups.ts';
import type { RedisKeys } from './keys.ts';
import { NO_VALUE, type Doings, type Snapshot, type ValueCells } from './snapshot.ts';
import { valueChecks, valueWrites, versionCheck, visitorWrites, type Check, type Words } from './writes.ts';
import type { VisitorState } from './visitor.ts';

export type Ran =
  | { readonly operation: Waiting; readonly answer: unknown; readonly doings: Doings }
  | { readonly operation: Waiting; readonly error: unknown };

export interface UnitsOptions {
  readonly keys: RedisKeys;
  readonly snapshot: Snapshot;
  readonly ran: readonly Ran[];
  readonly commit: string;
  /** All was read as of one moment: what has changed nothing need not be looked at again. */
  readonly isOneRead: boolean;
}

type Done = Extract<Ran, { readonly doings: Doings }>;

interface Unit {
  readonly done: Set<Done>;
  readonly visitors: Map<string, VisitorState>;
  readonly values: Map<string, ValueCells>;
}

export function createUnits({ keys, snapshot, ran, commit, isOneRead }: UnitsOptions) {
  const done = ran.filter((each) => 'doings' in each);
  const units = unitsOf(done);
  const written = units.map((unit) => wordsOf(unit));
  const asked = units.filter((_, index) => (written[index] ?? []).length > 0);
  return {
    id: commit,
    /** Empty where there is nothing to write. */
    words: asked.length === 0 ? [] : [asked.length, ...written.flat()],
    /** @param letters of each unit that was written, as the script answers. @param again takes those that have to run again */
    answer(letters: string, again: (operations: readonly Waiting[]) => void): void {
      const failed = new Set(asked.filter((_, index) => letters[index] !== 'y'));
      const repeated: Waiting[] = [];
      for (const each of ran) {
        if (!('doings' in each)) {
          each.operation.failure = each.error;
          // It may have met what was read as of two moments, of which the first had something that the second has not.
          if (isOneRead) each.operation.reject(each.error);
          else repeated.push(each.operation);
          continue;
        }
        const { operation, answer } = each;
        const met = [...failed].filter((unit) => unit.done.has(each));
        const { without } = operation.asked;
        if (met.length === 0) operation.resolve(answer);
        else if (without)
          operation.resolve(without(answer, new Set(met.flatMap((unit) => [...unit.visitors.keys()]))));
        else repeated.push(operation);
      }
      again(repeated);
    },
  };

  function wordsOf(unit: Unit): Words {
    const { loaded } = snapshot;
    const now = snapshot.clock();
    const checks: Check[] = [];
    const commands: Words[] = [];
    for (const [visitor, after] of unit.visitors) {
      const before = loaded.visitors.get(visitor) as VisitorState;
      checks.push(versionCheck(keys, before));
      commands.push(...visitorWrites(keys, before, after, { version: commit, now }));
    }
    for (const [name, after] of unit.values) {
      const before = loaded.values.get(name) ?? NO_VALUE;
      if (loaded.values.has(name)) checks.push(...valueChecks(keys, name, before));
      if (after !== before) commands.push(...valueWrites(keys, name, after, now));
    }
    const shares = new Map<string, number>();
    let kept = 0;
    const inOrder = done.filter((each) => unit.done.has(each) && !each.operation.asked.without);
    for (const { doings } of inOrder) {
      const { room } = doings;
      if (room) {
        const most = room.most - (shares.get(room.environment) ?? 0);
        checks.push(['most', keys.shares, room.environment, most]);
      }
      if (doings.mostKept !== undefined) {
        const most = doings.mostKept - doings.kept - kept;
        checks.push(['sum', keys.totals, 'provisional marks', most]);
      }
      kept += doings.kept;
      for (const [environment, more] of doings.shares)
        shares.set(environment, (shares.get(environment) ?? 0) + more);
      commands.push(...doings.commands);
    }
    for (const [environment, more] of shares)
      if (more !== 0) commands.push(['HINCRBY', keys.shares, environment, more]);
    if (commands.length === 0 && isOneRead) return [];
    return [
      checks.length,
      ...checks.flat(),
      commands.length,
      ...commands.flatMap((words) => [words.length, ...words]),
    ];
  }
}

/** In the order of the operations. */
function unitsOf(done: readonly Done[]): readonly Unit[] {
  const units = new Set<Unit>();
  const unitOf = new Map<string, Unit>();
  for (const each of done) {
    const visitors = [...each.doings.visitors].map(([id, state]) => ({ id: `v${id}`, visitor: id, state }));
    const values = [...each.doings.values].map(([name, value]) => ({ id: `n${name}`, name, value }));
    const things = [...visitors, ...values];
    // What is written by itself is of nobody else's unit.
    const parts = each.operation.asked.without ? things.map((thing) => [thing]) : [things];
    for (const part of parts) {
      const met = new Set(part.flatMap(({ id }) => unitOf.get(id) ?? []));
      const unit: Unit = { done: new Set(), visitors: new Map(), values: new Map() };
      for (const other of met) {
        units.delete(other);
        for (const one of other.done) unit.done.add(one);
        for (const [id, state] of other.visitors) unit.visitors.set(id, state);
        for (const [name, value] of other.values) unit.values.set(name, value);
      }
      unit.done.add(each);
      for (const thing of part)
        if ('state' in thing) unit.visitors.set(thing.visitor, thing.state);
        else unit.values.set(thing.name, thing.value);
      for (const id of unit.visitors.keys()) unitOf.set(`v${id}`, unit);
      for (const name of unit.values.keys()) unitOf.set(`n${name}`, unit);
      units.add(unit);
    }
  }
  return [...units];
}
