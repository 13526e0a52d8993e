/** What the relay counts, for Prometheus. docs/operations.md says what each metric is for. */
import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type MetricObjectWithValues,
  type MetricValue,
} from 'prom-client';
import type { DeliveryState, LaneState } from '../delivery/delivery.ts';
import type { EnvironmentName } from '../config.ts';
import { COUNTED_REASONS } from '../losses.ts';
import { REFUSAL_REASONS, type Metrics } from '../metrics.ts';
import type { Ports } from '../ports.ts';
import type { StoreProbe } from '../readiness.ts';
import type { StoreStats } from '../store/store.ts';
import { VERSION } from '../version.ts';

/** Of a page, as `PageOwner` says it. */
interface Owner {
  readonly site: string;
  readonly environment: { readonly name: EnvironmentName };
}

export interface PrometheusMetrics {
  readonly port: Metrics;
  /** What alerts look at is 0 for these from now on, until something happens: of a figure that appears nobody knows that it grew. */
  readonly startAtZero: (owners: Iterable<Owner>) => void;
  /** Of `text`. */
  readonly contentType: string;
  /** All metrics as Prometheus reads them. What the store or the delivery cannot tell is not in it; it never rejects for that. */
  readonly text: () => Promise<string>;
  /**
   * The same as JSON, for whoever shows them together with those of other processes.
   * @param isOfStore with what the store holds, which is the same for all of them
   */
  readonly families: (isOfStore: boolean) => Promise<readonly Family[]>;
}

/** One metric with all of its values. JSON. */
export type Family = MetricObjectWithValues<MetricValue<string>>;

/** What stands still between two looks, and is asked for with each scrape. */
export interface Standing {
  readonly stats: () => Promise<StoreStats>;
  readonly state: () => Promise<DeliveryState>;
  /** What becomes of a write to the store. */
  readonly probeStore: () => Promise<StoreProbe>;
  /** Entries of the log that could not be written. */
  readonly droppedEntries: () => number;
  /** Fields of entries that the log does not take. */
  readonly droppedFields: () => number;
}

/** Seconds. Up to the default deadline, which is the longest that a visitor should wait, and a step beyond. */
const WAIT_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3];

/** Seconds. Braze names 10 to 100 ms (`api/api_limits`); the default timeout is 10 s. */
const BRAZE_BUCKETS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Objects. 50, 75 and 225 are Braze's limits (`api/api_limits`). */
const OBJECT_BUCKETS = [1, 2, 5, 10, 20, 30, 40, 50, 60, 75, 150, 225];

/** People: 50 is Braze's limit (`api/errors`). */
const EXPORT_BUCKETS = [1, 2, 5, 10, 20, 30, 40, 45, 50];

/** Seconds, around the default linger of 15 ms. More is a wait for Braze's limits. */
const LINGER_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.5, 1, 2.5];

/** Seconds. */
const HTTP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Different values that a label has at most; those that come after are `other`. More than any relay's flows should need. */
const MAX_LABEL_VALUES = 200;

/** Milliseconds that the store has for a scrape. Prometheus gives up after 10 s by default. */
const SCRAPE_TIMEOUT = 2_000;

export function createMetrics(
  standing: Standing,
  { clock, setTimer }: Pick<Ports, 'clock' | 'setTimer'>,
): PrometheusMetrics {
  const registry = new Registry();
  const { port, startAtZero } = createCounters(registry, standing);
  const gauges = createGauges(registry, clock);
  const ask = <T>(look: () => Promise<T>) => inTime(look, setTimer);
  const look = async (isOfStore: boolean) => {
    const [stats, state, probe] = await Promise.all([
      isOfStore ? ask(standing.stats) : undefined,
      ask(standing.state),
      ask(standing.probeStore),
    ]);
    gauges.showStore(probe === 'written' && (stats !== undefined || !isOfStore), stats);
    gauges.showState(state);
  };
  return {
    port,
    startAtZero,
    contentType: registry.contentType,
    text: async () => {
      await look(true);
      return `${await registry.metrics()}\n${await processMetrics().metrics()}`;
    },
    families: async (isOfStore) => {
      await look(isOfStore);
      return [...(await registry.getMetricsAsJSON()), ...(await processMetrics().getMetricsAsJSON())];
    },
  };
}

function createCounters(
  registry: Registry,
  { droppedEntries, droppedFields }: Pick<Standing, 'droppedEntries' | 'droppedFields'>,
) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    buckets: number[],
  ) => new Histogram({ name, help, labelNames, buckets, registers });

  const submissions = counter(
    'parley_submissions_total',
    'Answers to visitors, by what they were told; "refused" was not taken on (503), and the browser keeps it.',
    ['environment', 'outcome'],
  );
  const wait = histogram(
    'parley_visitor_wait_seconds',
    'How long visitors waited for their answer.',
    ['environment'],
    WAIT_BUCKETS,
  );
  const settled = counter(
    'parley_settled_total',
    'Submissions that got their last word, in time or from the spool.',
    ['environment', 'outcome'],
  );
  const inDoubt = counter(
    'parley_in_doubt_total',
    'Submissions that Braze may have counted twice, or with inDoubtEvents "drop" not at all.',
    ['environment'],
  );
  const requests = counter(
    'parley_braze_requests_total',
    'Requests to Braze, by the status of their answer; "timeout" and "network" may have arrived, "unsent" has not.',
    ['environment', 'status'],
  );
  const objects = histogram(
    'parley_braze_request_objects',
    'Objects in a request to Braze.',
    ['environment'],
    OBJECT_BUCKETS,
  );
  const latency = histogram(
    'parley_braze_request_seconds',
    'How long requests to Braze took.',
    ['environment'],
    BRAZE_BUCKETS,
  );
  const exports = counter(
    'parley_profile_exports_total',
    'Requests to Braze for profiles, by the status of their answer, as of parley_braze_requests_total.',
    ['environment', 'status'],
  );
  const exportIds = histogram(
    'parley_profile_export_ids',
    'People whom a request for profiles asked for.',
    ['environment'],
    EXPORT_BUCKETS,
  );
  const exportSeconds = histogram(
    'parley_profile_export_seconds',
    'How long requests for profiles took.',
    ['environment'],
    BRAZE_BUCKETS,
  );
  const profileReads = counter(
    'parley_profile_reads_total',
    'Profiles that a flow read, by what came of it, and from where: "braze", or "memory" where it was kept.',
    ['environment', 'result', 'from'],
  );
  const notices = counter(
    'parley_send_notices_total',
    'Sends that Braze took with a notice: nothing comes of them, e.g. because the Canvas is paused.',
    ['environment', 'call'],
  );
  const joinChecks = counter(
    'parley_join_checks_total',
    'Joins of profiles of which it was looked at what came of them: "joined", or "without_effect", of which there are two profiles still.',
    ['environment', 'result'],
  );
  const questions = counter(
    'parley_questions_total',
    'Questions that the relay decided, and those that it could not, by why.',
    ['environment', 'outcome'],
  );
  const linger = histogram(
    'parley_linger_seconds',
    'How long submissions waited for their request to leave.',
    ['environment'],
    LINGER_BUCKETS,
  );
  const leftOut = counter(
    'parley_left_out_total',
    'Values left out of what is written, because Braze does not take them.',
    ['environment', 'attribute'],
  );
  const losses = counter(
    'parley_browser_losses_total',
    'Submissions that browsers gave up, by their reason; with "storage", pages on which a browser could keep nothing.',
    ['site', 'environment', 'reason'],
  );
  const withdrawals = counter('parley_withdrawals_total', 'Visitors who took their consent back.', [
    'site',
    'environment',
  ]);
  const erasures = counter(
    'parley_erased_visitors_total',
    'Visitors who had all erased that the relay held of them.',
    ['site', 'environment'],
  );
  const expiredLetters = counter(
    'parley_dead_letters_expired_total',
    'Dead letters that were kept for as long as the settings say, and dropped.',
    [],
  );
  const refusals = counter(
    'parley_refusals_total',
    'Requests on which a door was shut: a limit (429), or a challenge that is missing or not good (403) or cannot be verified (503).',
    ['reason'],
  );
  for (const reason of REFUSAL_REASONS) refusals.inc({ reason }, 0);
  const http = histogram(
    'parley_http_request_seconds',
    'How long requests to the relay took, by the pattern of their route.',
    ['route', 'method', 'status'],
    HTTP_BUCKETS,
  );
  countDropped(registry, droppedEntries);
  new Counter({
    name: 'parley_log_fields_dropped_total',
    help: 'Fields of entries that the log does not take: a fault of the relay.',
    registers,
    collect() {
      this.reset();
      this.inc(droppedFields());
    },
  });
  const attributeOf = boundedLabel();
  const routeOf = boundedLabel();
  const statusOf = boundedLabel();
  const port: Metrics = {
    answered: (environment, outcome, seconds) => {
      submissions.inc({ environment, outcome });
      wait.observe({ environment }, seconds);
    },
    settled: (environment, outcome, isInDoubt) => {
      settled.inc({ environment, outcome });
      if (isInDoubt) inDoubt.inc({ environment });
    },
    requested: (environment, status, count, seconds) => {
      requests.inc({ environment, status: statusOf(status) });
      objects.observe({ environment }, count);
      latency.observe({ environment }, seconds);
    },
    exported: (environment, status, ids, seconds) => {
      exports.inc({ environment, status: statusOf(status) });
      exportIds.observe({ environment }, ids);
      exportSeconds.observe({ environment }, seconds);
    },
    profileRead: (environment, result, isKept) =>
      profileReads.inc({ environment, result, from: isKept ? 'memory' : 'braze' }),
    noticed: (environment, call) => notices.inc({ environment, call }),
    joinChecked: (environment, hadEffect) =>
      joinChecks.inc({ environment, result: hadEffect ? 'joined' : 'without_effect' }),
    asked: (environment, outcome) => questions.inc({ environment, outcome }),
    lingered: (environment, seconds) => linger.observe({ environment }, seconds),
    leftOut: (environment, attribute) => leftOut.inc({ environment, attribute: attributeOf(attribute) }),
    lost: (environment, site, reason, count) => losses.inc({ site, environment, reason }, count),
    withdrawn: (environment, site) => withdrawals.inc({ site, environment }),
    erased: (environment, site) => erasures.inc({ site, environment }),
    deadLettersExpired: (count) => expiredLetters.inc(count),
    refused: (reason) => refusals.inc({ reason }),
    served: (route, method, status, seconds) =>
      http.observe(
        { route: routeOf(route), method: METHODS.includes(method) ? method : 'other', status },
        seconds,
      ),
  };
  const startAtZero: PrometheusMetrics['startAtZero'] = (owners) => {
    for (const {
      site,
      environment: { name: environment },
    } of owners) {
      for (const reason of COUNTED_REASONS) losses.inc({ site, environment, reason }, 0);
      withdrawals.inc({ site, environment }, 0);
      erasures.inc({ site, environment }, 0);
      for (const outcome of [...LAST_WORDS, 'queued', 'refused'])
        submissions.inc({ environment, outcome }, 0);
      for (const outcome of LAST_WORDS) settled.inc({ environment, outcome }, 0);
      inDoubt.inc({ environment }, 0);
    }
  };
  return { port, startAtZero };
}

export function countDropped(registry: Registry, droppedEntries: () => number): void {
  new Counter({
    name: 'parley_log_dropped_total',
    help: 'Entries of the log that could not be written.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(droppedEntries());
    },
  });
}

/** Outcomes that nothing comes after. */
const LAST_WORDS = ['success', 'invalid', 'error'] as const;

/** A stranger may send any word. */
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'];

/** Whatever comes in, what is shown is no more than so many. */
function boundedLabel(): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.size < MAX_LABEL_VALUES) seen.add(value);
    return seen.has(value) ? value : 'other';
  };
}

const BREAKER_STATES = ['closed', 'open', 'half_open'] as const;

function createGauges(registry: Registry, clock: () => number) {
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  /** The same for all processes on a store. */
  const common = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name, help, labelNames, registers, aggregator: 'first' });

  common('parley_info', 'Version of the relay.', ['version']).set({ version: VERSION }, 1);
  const isUp = gauge('parley_store_up', '1 where the store answers and takes writes, else 0.');
  const ofStore: readonly (readonly [Gauge, (stats: StoreStats) => number])[] = [
    [
      common('parley_unsettled_submissions', 'Taken on and not settled, in the spool or not.'),
      ({ unsettled }) => unsettled,
    ],
    [common('parley_spool_submissions', 'In the spool: to be delivered later.'), ({ spooled }) => spooled],
    [
      common(
        'parley_spool_oldest_seconds',
        'How long the oldest of the spool has been there; 0 if it is empty.',
      ),
      ({ oldest }) => (oldest === undefined ? 0 : Math.max(0, clock() - oldest) / 1_000),
    ],
    [
      common('parley_dead_letters', 'Submissions that can never be delivered as they are.'),
      ({ deadLetters }) => deadLetters,
    ],
    [
      common(
        'parley_provisional_submissions',
        'Departures that are told as abandoned if nothing more comes of their conversations.',
      ),
      ({ provisional }) => provisional,
    ],
    [
      common(
        'parley_provisional_marks',
        'Marks of when something last came of a conversation, or that a visitor took their consent back.',
      ),
      ({ marks }) => marks,
    ],
    [
      common(
        'parley_erasures_waiting',
        'Visitors who are erased here, and about whom something is left to do at Braze.',
      ),
      ({ erasures }) => erasures,
    ],
    [
      common('parley_deferred_joins', 'Joins of profiles that are made a second time, and are not due yet.'),
      ({ deferred }) => deferred,
    ],
    [
      common('parley_store_in_doubt_submissions', 'Settled in doubt since the store was made.'),
      ({ inDoubt }) => inDoubt,
    ],
  ];

  const breaker = gauge(
    'parley_breaker_state',
    '1 for the state that the breaker is in: closed, open, half_open.',
    ['environment', 'state'],
  );
  const isKeyRefused = gauge(
    'parley_key_refused',
    '1 while Braze refuses the key, its permissions or the endpoint, else 0.',
    ['environment'],
  );
  const ofLane: readonly (readonly [Gauge<'environment'>, (lane: LaneState) => number])[] = [
    [
      gauge('parley_braze_in_flight_requests', 'Requests to Braze that are under way.', ['environment']),
      ({ inFlight }) => inFlight,
    ],
    [
      gauge('parley_waiting_submissions', 'Submissions that wait for their request to leave.', [
        'environment',
      ]),
      ({ waiting }) => waiting,
    ],
    [
      gauge('parley_braze_budget_requests', 'Requests that may leave at once, as far as is known.', [
        'environment',
      ]),
      ({ budget }) => budget,
    ],
    [
      gauge('parley_braze_object_limit', 'Objects that Braze takes in one request, as far as is known.', [
        'environment',
      ]),
      ({ objectLimit }) => objectLimit,
    ],
  ];

  return {
    showStore: (isWell: boolean, stats: StoreStats | undefined) => {
      isUp.set(isWell ? 1 : 0);
      // No figure rather than one of before.
      for (const [each, valueOf] of ofStore) {
        if (stats === undefined) each.remove();
        else each.set(valueOf(stats));
      }
    },
    showState: (state: DeliveryState | undefined) => {
      for (const each of [breaker, isKeyRefused, ...ofLane.map(([each]) => each)]) each.reset();
      for (const [environment, lane] of state?.lanes ?? []) {
        const { type } = lane.breaker;
        for (const name of BREAKER_STATES) breaker.set({ environment, state: name }, name === type ? 1 : 0);
        const isRefused = lane.breaker.type !== 'closed' && lane.breaker.trouble === 'operator';
        isKeyRefused.set({ environment }, isRefused ? 1 : 0);
        for (const [each, valueOf] of ofLane) each.set({ environment }, valueOf(lane));
      }
    },
  };
}

/** @returns `undefined` where it fails, or is not there in time */
function inTime<T>(look: () => Promise<T>, setTimer: Ports['setTimer']): Promise<T | undefined> {
  return new Promise((resolve) => {
    const cancel = setTimer(() => resolve(undefined), SCRAPE_TIMEOUT);
    const end = (found: T | undefined) => {
      cancel();
      resolve(found);
    };
    look().then(end, () => end(undefined));
  });
}

let ofProcess: Registry | undefined;

/** Memory, CPU, event loop and garbage collection: those of the process, however many relays are in it. */
export function processMetrics(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}
