/** All that is kept of one visitor, as it was read from Redis, and as the rules change it in memory. */
import type { Erasure } from '../../delivery/erasure.ts';
import type { Work, WorkKey } from '../../delivery/work.ts';
import type { Row } from '../lines.ts';

export interface VisitorState {
  readonly visitor: string;
  /** Another one after each commit. Empty where nothing is kept. */
  readonly version: string;
  /** Until when it is erased: milliseconds since 1970. */
  erasedUntil: number | undefined;
  /** All that was kept until then is to go, also what was not read. */
  isWiped: boolean;
  /** In the order of the line. */
  readonly rows: Map<WorkKey, Row>;
  /** What is kept provisionally, the oldest first. */
  readonly entries: Map<string, KeptEntry>;
  readonly deferred: Map<WorkKey, KeptDeferred>;
  /** Its dead letters: the later it died, the higher the number. */
  readonly letters: Map<WorkKey, number>;
  /** Names of values that are, or were, the visitor's, with when they are over. Redis keeps them for a while after that. */
  readonly names: Map<string, number>;
  erasure: KeptErasure | undefined;
  /** The end of the settlement that ends last, and how many were written since the last that were over were taken out. */
  settlements: { readonly until: number; readonly written: number };
  /** What was read or written of what weighs. An absent name was not read; `undefined` is not there. */
  readonly weights: Map<string, string | undefined>;
}

export interface KeptEntry {
  /** The higher the later it was written. */
  readonly number: number;
  readonly at: number;
  readonly offset: number;
  readonly until: number;
  /** That of its work; of a mark `undefined`. */
  readonly environment: string | undefined;
}

export interface KeptDeferred {
  readonly until: number;
  readonly environment: string;
}

export interface KeptErasure {
  readonly erasure: Erasure;
  readonly until: number;
  readonly attempts: number;
}

/** A dead letter as it is written, as JSON. */
export interface Letter {
  readonly at: number;
  readonly reason: string;
  readonly words: string | undefined;
  readonly isInDoubt: boolean;
  readonly work: Work;
}

/** Names in the hash of what weighs. */
export const payloadField = (key: WorkKey): string => `p${key}`;
export const settlementField = (key: WorkKey): string => `s${key}`;
export const entryField = (name: string): string => `e${name}`;
export const letterField = (key: WorkKey): string => `d${key}`;
export const deferredField = (key: WorkKey): string => `f${key}`;

/** When the last settlement ends. */
export const SETTLEMENTS = '.settlements';

/** @param cells as HGETALL gives them. @param now a tombstone that is over by then is none */
export function visitorFrom(
  visitor: string,
  cells: readonly string[],
  { settlements, tombstone }: { readonly settlements: string | null; readonly tombstone: string | null },
  now: number,
): VisitorState {
  const rows: Row[] = [];
  const entries: [name: string, entry: KeptEntry][] = [];
  const deferred = new Map<WorkKey, KeptDeferred>();
  const letters = new Map<WorkKey, number>();
  const names = new Map<string, number>();
  let version = '';
  let erasure: KeptErasure | undefined;
  // One pass: a long line has thousands.
  for (let index = 0; index < cells.length; index += 2) {
    const field = cells[index] as string;
    const text = cells[index + 1] as string;
    const name = field.slice(1);
    switch (field[0]) {
      case 'r':
        rows.push(rowFrom(visitor, name, text));
        break;
      case 'e':
        entries.push([name, JSON.parse(text) as KeptEntry]);
        break;
      case 'f':
        deferred.set(name, JSON.parse(text) as KeptDeferred);
        break;
      case 'd':
        letters.set(name, Number(text));
        break;
      case 'n':
        names.set(name, Number(text));
        break;
      case 'x':
        erasure = JSON.parse(text) as KeptErasure;
        break;
      case '.':
        version = text;
        break;
    }
  }
  const erasedUntil = tombstone === null ? undefined : Number(tombstone);
  return {
    visitor,
    version,
    erasedUntil: erasedUntil !== undefined && erasedUntil > now ? erasedUntil : undefined,
    isWiped: false,
    rows: new Map(rows.sort((one, other) => one.place - other.place).map((row) => [row.key, row])),
    entries: new Map(entries.sort(([, one], [, other]) => one.number - other.number)),
    deferred,
    letters,
    names,
    erasure,
    settlements: settlements === null ? { until: 0, written: 0 } : settlementsFrom(settlements),
    weights: new Map(),
  };
}

/** Something is kept of the visitor, if only a receipt: so there are no more of these than there was room for. */
export const isKnown = ({ rows, entries, deferred, letters, names, settlements }: VisitorState): boolean =>
  rows.size + entries.size + deferred.size + letters.size + names.size + settlements.until > 0;

export const copyOf = (state: VisitorState): VisitorState => ({
  ...state,
  rows: new Map(state.rows),
  entries: new Map(state.entries),
  deferred: new Map(state.deferred),
  letters: new Map(state.letters),
  names: new Map(state.names),
  weights: new Map(state.weights),
});

export const settlementsText = ({ until, written }: VisitorState['settlements']): string =>
  `${until} ${written}`;

function settlementsFrom(text: string): VisitorState['settlements'] {
  const [until = 0, written = 0] = text.split(' ').map(Number);
  return { until, written };
}

export const rowText = (row: Row): string =>
  JSON.stringify([
    row.place,
    row.environment,
    row.since,
    row.state,
    row.holder,
    row.until,
    row.attempts,
    row.isPromised,
    row.isInDoubt,
  ]);

function rowFrom(visitor: string, key: WorkKey, text: string): Row {
  const [place, environment, since, state, holder, until, attempts, isPromised, isInDoubt] = JSON.parse(
    text,
  ) as readonly [number, string, number, Row['state'], string, number, number, boolean, boolean];
  return { place, key, visitor, environment, since, state, holder, until, attempts, isPromised, isInDoubt };
}
