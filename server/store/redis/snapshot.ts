/**
 * What a group of operations sees of the store: what was read from Redis as of one moment, and over it what those before have changed. An
 * operation that asks for something that was not read is answered as if there were nothing, so that it comes to all that it asks for, and runs
 * again when that has been read. A visitor who was not read stops it (`NotRead`).
 */
import type { Work } from '../../delivery/work.ts';
import type { Json } from '../json.ts';
import { visitorIn } from './keys.ts';
import { copyOf, type VisitorState } from './visitor.ts';

/** Something that is read by itself. */
export type Read =
  | { readonly type: 'visitor'; readonly visitor: string }
  | { readonly type: 'weight'; readonly visitor: string; readonly field: string }
  | { readonly type: 'value'; readonly name: string };

export const readId = (read: Read): string => JSON.stringify(Object.values(read));

/** A named value as it is written: JSON, and the others as text. All are empty where there is none. */
export interface ValueCells {
  readonly value: string;
  readonly expires: string;
  readonly visitor: string;
}

export const NO_VALUE: ValueCells = { value: '', expires: '', visitor: '' };

/** What one operation has done, beside its changes of visitors and values. */
export interface Doings {
  readonly visitors: Map<string, VisitorState>;
  readonly values: Map<string, ValueCells>;
  /** By environment: how much more is unsettled now. */
  readonly shares: Map<string, number>;
  /** What may be unsettled of an environment for this to be so. */
  room?: { readonly environment: string; readonly most: number };
  /** How much more is kept provisionally, marks among it. */
  kept: number;
  /** How much may be kept provisionally then for this to be so. */
  mostKept?: number;
  /** There was no room for what was to be kept provisionally. */
  lacksRoom: boolean;
  /** It makes no room: there was nothing of whom it is about. */
  takesRoom: boolean;
  /** Commands of no visitor. */
  readonly commands: (readonly (string | number)[])[];
  /** What it has asked for that was not read: it has to run again. */
  readonly missing: Read[];
  /** What it may look through beyond what it asks for by name. */
  readonly candidates: readonly string[];
}

export class NotRead extends Error {
  override readonly name = 'NotRead';
  readonly read: Read;
  constructor(read: Read) {
    super(`Not read: ${readId(read)}`);
    this.read = read;
  }
}

/** Stands for work that was not read. Nobody gets to see it. */
const UNREAD = {} as Work;

export type Snapshot = ReturnType<typeof createSnapshot>;

export function createSnapshot() {
  const loaded = {
    visitors: new Map<string, VisitorState>(),
    values: new Map<string, ValueCells>(),
    shares: new Map<string, number>(),
    kept: 0,
  };
  let now = 0;
  let readAt = 0;
  /** Microseconds since 1970, by the clock of Redis: what is written later has a higher number. */
  let lastNumber = 0;
  let current = { visitors: new Map<string, VisitorState>(), values: new Map<string, ValueCells>() };
  let shares = new Map<string, number>();
  let kept = 0;
  let doings = startDoings([]);

  return {
    loaded,
    clock: () => now,
    /** When it was last read: microseconds since 1970, by the clock of Redis. */
    readAt: () => readAt,
    /** @param number microseconds since 1970, by the clock of Redis. Places in a line are given from it: it rises with time */
    setTime(milliseconds: number, number: number) {
      now = milliseconds;
      readAt = number;
      lastNumber = Math.max(lastNumber, number);
    },
    /** From what was read on, as if nobody had asked for anything yet. */
    restart() {
      current = { visitors: new Map(loaded.visitors), values: new Map(loaded.values) };
      shares = new Map(loaded.shares);
      kept = loaded.kept;
    },
    start(candidates: readonly string[]) {
      doings = startDoings(candidates);
    },
    /** What was done since the start stands, and those that come later see it. */
    take(): Doings {
      for (const [visitor, state] of doings.visitors) current.visitors.set(visitor, state);
      for (const [name, value] of doings.values) current.values.set(name, value);
      for (const [environment, more] of doings.shares)
        shares.set(environment, (shares.get(environment) ?? 0) + more);
      kept += doings.kept;
      return doings;
    },
    doings: () => doings,
    /** The state that is to be changed. */
    visitor(id: string): VisitorState {
      const known = doings.visitors.get(id);
      if (known) return known;
      const state = current.visitors.get(id);
      if (!state) throw new NotRead({ type: 'visitor', visitor: id });
      const copy = copyOf(state);
      doings.visitors.set(id, copy);
      return copy;
    },
    weight(name: string, field: string): string | undefined {
      const visitor = visitorIn(name);
      const { weights, isWiped } = this.visitor(visitor);
      if (!weights.has(field) && !isWiped) doings.missing.push({ type: 'weight', visitor, field });
      return weights.get(field);
    },
    work(name: string, field: string): Work {
      const text = this.weight(name, field);
      const isRead = this.visitor(visitorIn(name)).weights.has(field);
      return isRead ? (JSON.parse(text ?? '') as Work) : UNREAD;
    },
    value(name: string): ValueCells {
      const value = doings.values.get(name) ?? current.values.get(name);
      if (!value) {
        doings.missing.push({ type: 'value', name });
        return NO_VALUE;
      }
      doings.values.set(name, value);
      return value;
    },
    setValue(name: string, value: ValueCells) {
      doings.values.set(name, value);
    },
    shareOf: (environment: string): number =>
      (shares.get(environment) ?? 0) + (doings.shares.get(environment) ?? 0),
    addToShare(environment: string, more: number) {
      doings.shares.set(environment, (doings.shares.get(environment) ?? 0) + more);
    },
    kept: () => kept + doings.kept,
    nextNumber: (last: number): number => (lastNumber = Math.max(lastNumber, last) + 1),
    freshValue(name: string): Json | undefined {
      const { value, expires } = this.value(name);
      return value !== '' && Number(expires) > now ? (JSON.parse(value) as Json) : undefined;
    },
  };
}

const startDoings = (candidates: readonly string[]): Doings => ({
  visitors: new Map(),
  values: new Map(),
  shares: new Map(),
  kept: 0,
  lacksRoom: false,
  takesRoom: false,
  commands: [],
  missing: [],
  candidates,
});
