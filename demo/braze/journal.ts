import type { Fault } from './faults.ts';
import { jsonOf, KEPT_DEPTH } from './json.ts';

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
  /** The body as JSON, parsed whenever it is looked at; `undefined` if it is none. */
  readonly body: unknown;
  /** HTTP status; 0 if the connection ended without an answer. */
  readonly status: number;
  /** JSON of the answer, parsed whenever it is looked at, or its text where that is not JSON; `undefined` if there was none. */
  readonly answer: unknown;
  readonly answerHeaders: Readonly<Record<string, string>>;
  readonly verdict: Outcome;
  /** With the verdict `fault`: the one that hit. */
  readonly fault?: Fault;
}

/** What there is to record: text only, because values made of it would take several times its memory. */
export interface Recorded extends Omit<JournalEntry, 'id' | 'body' | 'answer'> {
  /** The answer as it was sent; `undefined` if there was none. */
  readonly rawAnswer: string | undefined;
}

export interface Journal {
  /** Oldest first. */
  readonly entries: () => readonly JournalEntry[];
  readonly record: (recorded: Recorded) => JournalEntry;
  readonly clear: () => void;
}

const MAX_ENTRIES = 1_000;

/** Bodies may have 4 MB each: this keeps a thousand of them from filling the memory. About 64 MB as strings. */
const MAX_CHARACTERS = 32_000_000;

export function createJournal(): Journal {
  let kept: { readonly entry: JournalEntry; readonly size: number }[] = [];
  let characters = 0;
  let count = 0;

  function forgetOldest(): void {
    while (kept.length > MAX_ENTRIES || (characters > MAX_CHARACTERS && kept.length > 1)) {
      characters -= kept.shift()?.size ?? 0;
    }
  }

  return {
    entries: () => kept.map(({ entry }) => entry),
    record(recorded) {
      count += 1;
      const entry = entryOf(count, recorded);
      const size = recorded.rawBody.length + (recorded.rawAnswer?.length ?? 0);
      kept.push({ entry, size });
      characters += size;
      forgetOldest();
      return entry;
    },
    clear() {
      kept = [];
      characters = 0;
    },
  };
}

function entryOf(id: number, { rawAnswer, ...recorded }: Recorded): JournalEntry {
  return {
    id,
    ...recorded,
    get body() {
      return jsonOf(recorded.rawBody);
    },
    get answer() {
      return rawAnswer === undefined ? undefined : (jsonOf(rawAnswer, KEPT_DEPTH) ?? rawAnswer);
    },
  };
}
