/** Watches what a contender does to the page: long tasks of the main thread, and what is handed to the storage API. */

export interface Observed {
  /** Tasks of the main thread of 50 ms or more, as the Long Tasks API tells them. */
  readonly longTasks: number;
  readonly longTaskMs: number;
  /** Values handed to `IDBObjectStore.put` and `add` and to `Storage.setItem`, whether or not they were taken. */
  readonly storedBytes: number;
  /** What localStorage threw last. */
  readonly refusal?: string;
}

/** Milliseconds from which a task is a long one: https://w3c.github.io/longtasks/#sec-terminology */
const LONG = 50;

let longTasks = 0;
let longTaskMs = 0;
let storedBytes = 0;
let refusal: string | undefined;

const note = (milliseconds: number) => {
  longTasks += 1;
  longTaskMs += milliseconds;
};
const count = (entries: readonly PerformanceEntry[]) => entries.forEach(({ duration }) => note(duration));
const observer = new PerformanceObserver((list) => count(list.getEntries()));
observer.observe({ type: 'longtask', buffered: true });

const encoder = new TextEncoder();

/** UTF-8 bytes of the value as JSON, and of binary parts as they are: nearly what the structured clone writes. */
function bytesOf(value: unknown): number {
  let binary = 0;
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (!(part instanceof ArrayBuffer || ArrayBuffer.isView(part))) return part;
    binary += part.byteLength;
    return undefined;
  }) as string | undefined;
  return binary + encoder.encode(text).length;
}

for (const name of ['put', 'add'] as const) {
  const original = Reflect.get(IDBObjectStore.prototype, name);
  IDBObjectStore.prototype[name] = function (this: IDBObjectStore, ...[value, key]: [unknown, IDBValidKey?]) {
    storedBytes += bytesOf(value);
    return original.apply(this, key === undefined ? [value] : [value, key]);
  };
}
const setItem = Reflect.get(Storage.prototype, 'setItem');
Storage.prototype.setItem = function (this: Storage, key: string, value: string) {
  storedBytes += encoder.encode(value).length;
  try {
    setItem.call(this, key, value);
  } catch (error) {
    refusal = String(error);
    throw error;
  }
};

export function observed(): Observed {
  count(observer.takeRecords());
  return { longTasks, longTaskMs, storedBytes, ...(refusal !== undefined && { refusal }) };
}

/** What is done while the page is left is done by the main thread too, but no entry tells of it any more. */
let leftAt = 0;
addEventListener('pagehide', () => (leftAt = performance.now()));

/** Where what was observed is kept when the page is left: nothing else outlives it while offline. */
const KEPT = 'outbox-bench';

/** From now on: behind the listeners of what was opened before. */
export function observeLeaving(): void {
  addEventListener('pagehide', () => {
    const milliseconds = performance.now() - leftAt;
    if (milliseconds >= LONG) note(milliseconds);
    setItem.call(localStorage, KEPT, JSON.stringify(observed()));
  });
}

/** What the page before this one did until its end. */
export function observedBefore(): Observed | undefined {
  const text = localStorage.getItem(KEPT);
  return text === null ? undefined : (JSON.parse(text) as Observed);
}
