/** Reads Chromium's trace of one visit: what the page's main thread did, and for how long. */

/** Of the Trace Event Format, the little that is read; times in microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly args: { readonly data?: { readonly documentLoaderURL?: string } };
}

/** Milliseconds. */
export interface MainThread {
  /** Compiling, evaluating and calling JavaScript, microtasks included, without the styles and layouts that it forced. */
  readonly scriptMs: number;
  /** What tasks took beyond 50 ms each, as Total Blocking Time is defined, but until the page is at rest. */
  readonly blockingMs: number;
  /** Both without the browser's own task in which it sets up the document: no page can change that. */
  readonly longestTaskMs: number;
}

/** Tasks as such are in the second one, where navigation began in the third, microtasks in the last. */
export const CATEGORIES = [
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'blink.user_timing',
  'v8',
  'v8.execute',
];

/** As Chromium's Performance panel has them under Scripting. What else it has there (timers, events) only frames these. */
const SCRIPT = [
  'EvaluateScript',
  'FunctionCall',
  'RunMicrotasks',
  'v8.callFunction',
  'v8.compile',
  'v8.compileModule',
  'v8.evaluateModule',
];

const RENDERING = ['UpdateLayoutTree', 'Layout'];

/** Microseconds of a task above which it is a long one: https://w3c.github.io/longtasks/ */
const LONG = 50_000;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** @param url the page's address, whose last navigation counts */
export function readTrace(events: readonly TraceEvent[], url: string): MainThread {
  const start = events.findLast(
    ({ name, args }) => name === 'navigationStart' && args.data?.documentLoaderURL === url,
  );
  if (!start) throw new Error(`The trace knows of no navigation to ${url}.`);
  const spansOf = (names: readonly string[]): readonly Span[] =>
    events
      .filter(({ name, pid, tid }) => pid === start.pid && tid === start.tid && names.includes(name))
      .filter(({ ts, dur = 0 }) => ts + dur > start.ts)
      .map(({ ts, dur = 0 }) => ({ from: Math.max(ts, start.ts), to: ts + dur }));
  const script = merged(spansOf(SCRIPT));
  const forced = merged(spansOf(RENDERING)).filter(({ from, to }) =>
    script.some((span) => span.from <= from && to <= span.to),
  );
  const begun = events.find(
    ({ name, pid, tid, ts }) =>
      name === 'domLoading' && pid === start.pid && tid === start.tid && ts >= start.ts,
  );
  const tasks = spansOf(['RunTask'])
    .filter(({ from }) => from > (begun?.ts ?? 0))
    .map(({ from, to }) => to - from);
  const blocking = tasks.reduce((sum, task) => sum + Math.max(0, task - LONG), 0);
  return {
    scriptMs: (lengthOf(script) - lengthOf(forced)) / 1_000,
    blockingMs: blocking / 1_000,
    longestTaskMs: Math.max(0, ...tasks) / 1_000,
  };
}

/** What lies within another or overlaps it counts once. */
function merged(spans: readonly Span[]): readonly Span[] {
  const apart: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = apart.at(-1);
    if (!last || span.from > last.to) apart.push(span);
    else apart[apart.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  return apart;
}

const lengthOf = (spans: readonly Span[]) => spans.reduce((sum, { from, to }) => sum + to - from, 0);
