/** What really happened, as only the world can know: the judge goes by it. */
import { createHash } from 'node:crypto';
import type { Said } from './flow.ts';
import type { Life } from './life.ts';

export interface Ledger {
  /** One line for each thing that happened, in its order. */
  readonly trace: string[];
  /** Faults that met something, by kind. */
  readonly faults: Map<string, number>;
  /** Submissions that a visitor saw accepted, or that a stored conversation counts on, in the order in which they were. */
  readonly accepted: Map<string, Accepted>;
  /** By the id of a submission, the one that it corrects. */
  readonly corrected: Map<string, string>;
  /** What each says, by its id. */
  readonly words: Map<string, Said>;
  /** The first of those that correct one another. */
  readonly firstOf: (id: string) => string;
  /** Whether it is one of them, or corrects one, or what corrects one. */
  readonly isBehind: (id: string, ids: ReadonlySet<string>) => boolean;
  /** Keys under which the relay has taken on a submission: `<visitor id>/<submission id>`. */
  readonly keys: Map<string, Set<string>>;
  /** In which era each was made: one visitor's at this browser. */
  readonly eras: Map<string, string>;
  /** Which the relay seemed to fail at, alone and often enough to be put aside. */
  readonly aside: Set<string>;
  /** Pages that can keep nothing. */
  readonly forgetful: Set<Life>;
  /** Two tabs that were awake had the same submission under way. */
  readonly together: string[];
  /** The browser's clock was set back: ids do not sort as the conversations began. */
  wasSetBack: boolean;
  readonly note: (line: string) => void;
  readonly count: (fault: string) => void;
}

export interface Accepted {
  /** It stood in the browser's storage: else only in the memory of one tab. */
  isStored: boolean;
  /** What it was in is gone by the visitor's own doing, or with the page that could not store it. */
  isVolatile: boolean;
}

export function createLedger(now: () => number): Ledger {
  const trace: string[] = [];
  const faults = new Map<string, number>();
  const corrected = new Map<string, string>();
  const firstOf = (id: string): string => {
    const before = corrected.get(id);
    return before === undefined ? id : firstOf(before);
  };
  const isBehind = (id: string, ids: ReadonlySet<string>): boolean => {
    const before = corrected.get(id);
    return ids.has(id) || (before !== undefined && isBehind(before, ids));
  };
  return {
    trace,
    faults,
    accepted: new Map(),
    corrected,
    words: new Map(),
    firstOf,
    isBehind,
    keys: new Map(),
    eras: new Map(),
    aside: new Set(),
    forgetful: new Set(),
    together: [],
    wasSetBack: false,
    note: (line) => trace.push(`${String(Math.round(now())).padStart(8)} ${line}`),
    count: (fault) => faults.set(fault, (faults.get(fault) ?? 0) + 1),
  };
}

export const hashOf = (trace: readonly string[]): string =>
  createHash('sha256').update(trace.join('\n')).digest('hex');
