import type { Fault } from './faults.ts';

/**
 * How a request ended: `accepted` without errors, `partial` with some, `refused` by the rules, or `fault` where
 * somebody asked the emulator to misbehave.
 */
export type Outcome = 'accepted' | 'partial' | 'refused' | 'fault';

/** One request, and the answer that it got. No key is ever in it: see {@link JournalEntry.headers}. */
export interface JournalEntry {
  /** Counted from 1, in the order in which requests were judged. */
  readonly id: number;
  /** Name of the workspace whose key it had; of the first where it had none. */
  readonly workspace: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** By lower-case name. `authorization` only says whether it held a right key. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text; empty if it was too large to be read. */
  readonly rawBody: string;
  /** The body as JSON; `undefined` if it is none. */
  readonly body: unknown;
  /** HTTP status; 0 if the connection was dropped without an answer. */
  readonly status: number;
  /** JSON of the answer, or its text where that is not JSON; `undefined` if there was none. */
  readonly answer: unknown;
  readonly answerHeaders: Readonly<Record<string, string>>;
  readonly verdict: Outcome;
  /** With the verdict `fault`: the one that hit. */
  readonly fault?: Fault;
}

export interface Journal {
  /** Oldest first. */
  readonly entries: () => readonly JournalEntry[];
  readonly record: (entry: Omit<JournalEntry, 'id' | 'body'>) => JournalEntry;
  readonly clear: () => void;
}

const MAX_ENTRIES = 1_000;

/** Bodies may have 4 MB each: this keeps a thousand of them from filling the memory. About 64 MB as strings. */
const MAX_BODY_CHARACTERS = 32_000_000;

export function createJournal(): Journal {
  let entries: JournalEntry[] = [];
  let characters = 0;
  let count = 0;

  function forgetOldest(): void {
    while (entries.length > MAX_ENTRIES || (characters > MAX_BODY_CHARACTERS && entries.length > 1)) {
      characters -= entries.shift()?.rawBody.length ?? 0;
    }
  }

  return {
    entries: () => [...entries],
    record(entry) {
      count += 1;
      const recorded = { ...entry, id: count, body: jsonOf(entry.rawBody) };
      entries.push(recorded);
      characters += recorded.rawBody.length;
      forgetOldest();
      return recorded;
    },
    clear() {
      entries = [];
      characters = 0;
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
