/** Records for as long as the page lives. */
import type { Records, Transact } from './records.ts';

export function createMemoryRecords(): Transact {
  let values = new Map<string, unknown>();
  let last: Promise<unknown> = Promise.resolve();

  return (_, run) => {
    // One after the other, and each on a copy.
    const done = last.then(async () => {
      const copy = new Map(values);
      const answer = await run(recordsIn(copy));
      values = copy;
      return answer;
    });
    last = done.catch(() => undefined);
    return done;
  };
}

/** In the order in which keys were put first, which is that of the outbox: it puts submissions as they are made. */
function recordsIn(values: Map<string, unknown>): Records {
  return {
    get: async (key) => values.get(JSON.stringify(key)),
    list: async (kind, limit) =>
      [...values]
        .filter(([key]) => key.startsWith(`["${kind}"`))
        .slice(0, limit)
        .map(([, value]) => value),
    put: (value, key) => void values.set(JSON.stringify(key), value),
    delete: (key) => void values.delete(JSON.stringify(key)),
    clear: () => values.clear(),
  };
}
