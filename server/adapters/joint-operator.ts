/** The operator's port of several processes: one place for all of them (docs/decisions/0045-several-processes-behind-one-port.md). */
import { Hono } from 'hono';
import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import type { Readiness } from '../readiness.ts';
import { countDropped, processMetrics, type Family } from './metrics.ts';
import { createOperatorApp } from './operator.ts';
import type { NumberedProcess, ProcessKeeper } from './process-keeper.ts';

export interface JointOperatorOptions {
  readonly keeper: Pick<ProcessKeeper, 'running' | 'ends'>;
  /** How many there should be. */
  readonly count: number;
  /** Entries of the log that could not be written. */
  readonly droppedEntries: () => number;
}

export function createJointOperatorApp({ keeper, count, droppedEntries }: JointOperatorOptions): Hono {
  const own = createOwnMetrics({ keeper, droppedEntries });
  const text = async () => {
    const answers = await Promise.all(
      answering(keeper).map(async ({ number, process }, index) => ({
        label: String(number),
        // What the store holds is the same for all: one tells it, or sums would count it as often as there are processes.
        families: (await process.ask({ about: 'families', isOfStore: index === 0 })) ?? [],
      })),
    );
    return textOf([...answers, { label: PRIMARY, families: await own() }]);
  };
  const lookAtReadiness = async () => {
    const all = await Promise.all(
      keeper.running().map(async ({ number, process, isSilent }) => ({
        number,
        found: isSilent ? undefined : await process.ask({ about: 'readiness' }),
      })),
    );
    return joinReadiness(all, count);
  };
  const contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  const isAlive = () => answering(keeper).length > 0;
  return createOperatorApp({ text, contentType }, lookAtReadiness, createPages(keeper), isAlive);
}

/** Who hangs is not asked: each scrape would wait for it, and what one tells for all would be missing. */
const answering = (keeper: JointOperatorOptions['keeper']) =>
  keeper.running().filter(({ isSilent }) => !isSilent);

/** The label of the process that has started the others. */
const PRIMARY = 'primary';

interface OfProcess {
  readonly label: string;
  readonly families: readonly Family[];
}

/**
 * Each figure with the label `process`, as Prometheus likes it best: where one process begins anew, its counters do, and nobody else's.
 * What is the same for all (`first`) is there once.
 */
function textOf(all: readonly OfProcess[]): Promise<string> {
  const labelled = all.map(({ label, families }) =>
    families.map((family) =>
      family.aggregator === 'first'
        ? family
        : { ...family, aggregator: 'first', values: family.values.map((value) => withLabel(value, label)) },
    ),
  );
  return AggregatorRegistry.aggregate(labelled).metrics();
}

function withLabel(value: Family['values'][number], process: string): Family['values'][number] {
  return { ...value, labels: { ...value.labels, process } };
}

function createOwnMetrics({ keeper, droppedEntries }: Omit<JointOperatorOptions, 'count'>) {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'parley_processes',
    help: 'Processes that take connections.',
    registers,
    aggregator: 'first',
    collect() {
      this.set(answering(keeper).length);
    },
  });
  new Counter({
    name: 'parley_process_ends_total',
    help: 'How often a process has ended that should not have.',
    labelNames: ['number'],
    registers,
    aggregator: 'first',
    collect() {
      this.reset();
      for (const [number, ends] of keeper.ends()) this.inc({ number }, ends);
    },
  });
  countDropped(registry, droppedEntries);
  return async (): Promise<readonly Family[]> => [
    ...(await registry.getMetricsAsJSON()),
    ...(await processMetrics().getMetricsAsJSON()),
  ];
}

/** Pages show what the store holds: any process has them. */
function createPages(keeper: JointOperatorOptions['keeper']): Hono {
  const app = new Hono();
  for (const path of ['/flows', '/flows/*'])
    app.get(path, async (c) => {
      const { pathname, search } = new URL(c.req.url);
      for (const { process } of answering(keeper)) {
        const page = await process.ask({ about: 'page', path: `${pathname}${search}` });
        if (page)
          return new Response(page.body, {
            status: page.status,
            headers: page.headers.map(([...field]) => field),
          });
      }
      return c.text('No process of the relay answers now. Try again.', 503);
    });
  return app;
}

/** What a process finds, or `undefined` where it does not answer. */
export interface FoundReadiness extends Pick<NumberedProcess, 'number'> {
  readonly found: Readiness | undefined;
}

/** Ready where all are that take connections, and one does. Of checks of one name the first that is not well is shown. */
export function joinReadiness(all: readonly FoundReadiness[], count: number): Readiness {
  const silent = all.flatMap(({ number, found }) => (found ? [] : [number]));
  const answers = all.flatMap(({ found }) => found ?? []);
  const checks = answers.flatMap((found) => found.checks);
  const names = [...new Set(checks.map(({ name }) => name))];
  const isReady =
    silent.length === 0 && answers.length > 0 && answers.every(({ status }) => status === 'ready');
  const missing = count - all.length;
  const detail = [
    `${all.length} of ${count} take connections.`,
    ...(missing > 0
      ? ['The others are starting, or are to be started again: the log says why (process_ended).']
      : []),
    ...(silent.length > 0
      ? [
          `No answer of ${silent.join(', ')}: what hangs for half a minute is killed, and started again (process_hung).`,
        ]
      : []),
  ];
  return {
    status: isReady ? 'ready' : 'not ready',
    checks: [
      { name: 'processes', ok: missing === 0 && silent.length === 0, detail: detail.join(' ') },
      ...names.flatMap((name) => {
        const named = checks.filter((check) => check.name === name);
        return named.find(({ ok }) => !ok) ?? named.slice(0, 1);
      }),
    ],
  };
}
