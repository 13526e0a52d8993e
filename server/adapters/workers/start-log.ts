/**
 * What a relay says while it is made, of its settings. Here it is made anew with each object and isolate, many times an hour: it is held back, and
 * said by one of them, once a day.
 */
import { hashOf } from '../../../widget/flow/hash.ts';
import type { LogEntry } from '../../log-fields.ts';
import type { Ports } from '../../ports.ts';

/** Milliseconds, if nothing about it changes. */
const DAY = 86_400_000;

/** In the store: a hash of what was said last. */
const NAME = 'start/said';

export interface StartLog {
  /** Holds back what it is given until the relay is made. */
  readonly log: Ports['log'];
  /** It is made. @returns what was held back */
  made(): readonly LogEntry[];
}

export function holdAtStart(log: Ports['log']): StartLog {
  let held: LogEntry[] | undefined = [];
  return {
    log: (entry) => (held ? void held.push(entry) : log(entry)),
    made() {
      const entries = held ?? [];
      held = undefined;
      return entries;
    },
  };
}

/** Never rejects: where nobody knows whether it was said it is. */
export async function sayOnceADay(
  entries: readonly LogEntry[],
  { store, log }: Pick<Ports, 'store' | 'log'>,
): Promise<void> {
  if (entries.length === 0) return;
  const hash = hashOf(JSON.stringify(entries));
  try {
    if ((await store.get(NAME)) === hash) return;
    await store.put(NAME, hash, DAY);
  } catch {
    // Who looks at the store next says what is wrong with it.
  }
  for (const entry of entries) log(entry);
}
