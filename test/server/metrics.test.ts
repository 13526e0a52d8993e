/** What Prometheus reads of the relay, counted and shown without a relay. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { createJointOperatorApp } from '../../server/adapters/joint-operator.ts';
import { createMetrics, type Standing } from '../../server/adapters/metrics.ts';
import type { DeliveryState, LaneState } from '../../server/delivery/delivery.ts';
import type { StoreStats } from '../../server/store/store.ts';
import { VERSION } from '../../server/version.ts';
import { samplesOf } from './prometheus-text.ts';

const NOW = Date.UTC(2026, 0, 15, 10);

const STATS: StoreStats = {
  unsettled: 9,
  spooled: 7,
  oldest: NOW - 90_000,
  deadLetters: 3,
  provisional: 5,
  marks: 6,
  inDoubt: 2,
  erasures: 1,
  deferred: 8,
};

const LANE: LaneState = {
  breaker: { type: 'closed' },
  calls: new Map(),
  inFlight: 4,
  waiting: 11,
  budget: 2_990,
  objectLimit: 50,
};

const stateWith = (lane: LaneState): DeliveryState => ({ lanes: new Map([['prod', lane]]) });

function createWorld(standing: Partial<Standing> = {}) {
  const timers: (() => void)[] = [];
  const metrics = createMetrics(
    {
      stats: async () => STATS,
      state: async () => stateWith(LANE),
      probeStore: async () => 'written',
      droppedEntries: () => 0,
      droppedFields: () => 0,
      ...standing,
    },
    {
      clock: () => NOW,
      setTimer: (callback) => {
        timers.push(callback);
        return () => undefined;
      },
    },
  );
  return {
    metrics,
    expire: () => timers.forEach((each) => each()),
    samples: async () => samplesOf(await metrics.text()),
  };
}

describe('what has happened is counted', () => {
  it('by environment and outcome, status, attribute and route', async () => {
    const { metrics, samples } = createWorld();
    const { port } = metrics;
    port.answered('prod', 'success', 0.04);
    port.answered('prod', 'success', 0.06);
    port.answered('sandbox', 'queued', 2.5);
    port.answered('prod', 'refused', 0);
    port.settled('prod', 'success', false);
    port.settled('prod', 'error', true);
    port.requested('prod', '201', 42, 0.05);
    port.requested('prod', 'timeout', 75, 10);
    port.lingered('prod', 0.015);
    port.leftOut('prod', 'gender');
    port.lost('prod', 'brand', 'age', 2);
    port.lost('prod', 'brand', 'age', 3);
    port.lost('prod', 'other', 'storage', 1);
    port.withdrawn('prod', 'brand');
    port.served('/v1/submissions', 'POST', 200, 0.05);
    const found = await samples();
    for (const [sample, value] of Object.entries({
      'parley_submissions_total{environment="prod",outcome="success"}': 2,
      'parley_submissions_total{environment="sandbox",outcome="queued"}': 1,
      'parley_submissions_total{environment="prod",outcome="refused"}': 1,
      'parley_visitor_wait_seconds_count{environment="prod"}': 3,
      'parley_visitor_wait_seconds_bucket{le="2.5",environment="sandbox"}': 1,
      'parley_visitor_wait_seconds_bucket{le="2",environment="sandbox"}': 0,
      'parley_settled_total{environment="prod",outcome="success"}': 1,
      'parley_settled_total{environment="prod",outcome="error"}': 1,
      'parley_in_doubt_total{environment="prod"}': 1,
      'parley_braze_requests_total{environment="prod",status="201"}': 1,
      'parley_braze_requests_total{environment="prod",status="timeout"}': 1,
      'parley_braze_request_objects_sum{environment="prod"}': 117,
      'parley_braze_request_objects_bucket{le="50",environment="prod"}': 1,
      'parley_braze_request_seconds_count{environment="prod"}': 2,
      'parley_linger_seconds_sum{environment="prod"}': 0.015,
      'parley_left_out_total{environment="prod",attribute="gender"}': 1,
      'parley_browser_losses_total{site="brand",environment="prod",reason="age"}': 5,
      'parley_browser_losses_total{site="other",environment="prod",reason="storage"}': 1,
      'parley_withdrawals_total{site="brand",environment="prod"}': 1,
      'parley_http_request_seconds_count{route="/v1/submissions",method="POST",status="200"}': 1,
      [`parley_info{version="${VERSION}"}`]: 1,
    }))
      assert.equal(found.get(sample), value, sample);
  });

  it('from 0 on where an alert looks at it, so that the first burst is one', async () => {
    const { metrics, samples } = createWorld();
    const owners = (['prod', 'sandbox'] as const).map((name) => ({ site: 'brand', environment: { name } }));
    metrics.startAtZero(owners);
    metrics.port.settled('prod', 'success', true);
    metrics.startAtZero(owners);
    const found = await samples();
    for (const environment of ['prod', 'sandbox']) {
      for (const outcome of ['success', 'invalid', 'error', 'queued', 'refused'])
        assert.equal(
          found.get(`parley_submissions_total{environment="${environment}",outcome="${outcome}"}`),
          0,
        );
      for (const reason of ['age', 'refused', 'evicted', 'storage', 'other'])
        assert.equal(
          found.get(
            `parley_browser_losses_total{site="brand",environment="${environment}",reason="${reason}"}`,
          ),
          0,
        );
      assert.equal(found.get(`parley_withdrawals_total{site="brand",environment="${environment}"}`), 0);
      for (const outcome of ['invalid', 'error'])
        assert.equal(found.get(`parley_settled_total{environment="${environment}",outcome="${outcome}"}`), 0);
    }
    assert.equal(found.get('parley_settled_total{environment="prod",outcome="success"}'), 1);
    assert.equal(found.get('parley_in_doubt_total{environment="prod"}'), 1);
    assert.equal(found.get('parley_in_doubt_total{environment="sandbox"}'), 0);
  });

  it('for what the log had to drop', async () => {
    let dropped = 0;
    const { samples } = createWorld({ droppedEntries: () => dropped });
    assert.equal((await samples()).get('parley_log_dropped_total'), 0);
    dropped = 7;
    await samples();
    assert.equal((await samples()).get('parley_log_dropped_total'), 7);
  });

  it('for each relay of a process by itself', async () => {
    const [one, other] = [createWorld(), createWorld()];
    one.metrics.port.answered('prod', 'success', 0);
    const sample = 'parley_submissions_total{environment="prod",outcome="success"}';
    assert.equal((await one.samples()).get(sample), 1);
    assert.equal((await other.samples()).get(sample), undefined);
  });

  it('under no more names than a Prometheus can bear, whatever comes in', async () => {
    const { metrics, samples } = createWorld();
    for (let index = 0; index < 1_000; index += 1) {
      metrics.port.leftOut('prod', `attribute ${index}`);
      metrics.port.served(`/${index}`, `VERB${index}`, 404, 0);
      metrics.port.requested('prod', `${index}`, 1, 0);
    }
    const names = [...(await samples()).keys()];
    assert.equal(names.filter((name) => name.startsWith('parley_left_out_total')).length, 201);
    assert.equal(names.filter((name) => name.startsWith('parley_http_request_seconds_count')).length, 201);
    assert.equal(names.filter((name) => name.startsWith('parley_braze_requests_total')).length, 201);
    assert.ok(!names.some((name) => name.includes('VERB')));
  });
});

describe('what stands still is looked up with each scrape', () => {
  it('from the store and from the delivery', async () => {
    const found = await createWorld().samples();
    for (const [sample, value] of Object.entries({
      parley_store_up: 1,
      parley_unsettled_submissions: 9,
      parley_spool_submissions: 7,
      parley_spool_oldest_seconds: 90,
      parley_dead_letters: 3,
      parley_provisional_submissions: 5,
      parley_provisional_marks: 6,
      parley_store_in_doubt_submissions: 2,
      'parley_breaker_state{environment="prod",state="closed"}': 1,
      'parley_breaker_state{environment="prod",state="open"}': 0,
      'parley_key_refused{environment="prod"}': 0,
      'parley_braze_in_flight_requests{environment="prod"}': 4,
      'parley_waiting_submissions{environment="prod"}': 11,
      'parley_braze_budget_requests{environment="prod"}': 2_990,
      'parley_braze_object_limit{environment="prod"}': 50,
    }))
      assert.equal(found.get(sample), value, sample);
    assert.ok((found.get('process_resident_memory_bytes') ?? 0) > 0);
    assert.ok(found.has('nodejs_eventloop_lag_p99_seconds'));
  });

  it('with an age of 0 where the spool is empty', async () => {
    const { samples } = createWorld({ stats: async () => ({ ...STATS, spooled: 0, oldest: undefined }) });
    assert.equal((await samples()).get('parley_spool_oldest_seconds'), 0);
  });

  for (const [trouble, isRefused] of [
    ['operator', 1],
    ['unavailable', 0],
  ] as const) {
    it(`with a breaker that is open for ${trouble}: the key is ${isRefused === 1 ? '' : 'not '}to blame`, async () => {
      const breaker = { type: 'open', trouble, status: '401', since: NOW, until: NOW + 1 } as const;
      const found = await createWorld({ state: async () => stateWith({ ...LANE, breaker }) }).samples();
      assert.equal(found.get('parley_breaker_state{environment="prod",state="open"}'), 1);
      assert.equal(found.get('parley_breaker_state{environment="prod",state="closed"}'), 0);
      assert.equal(found.get('parley_key_refused{environment="prod"}'), isRefused);
    });
  }

  it('and left out where the store fails: no figure of before, and the scrape goes on', async () => {
    let isBroken = false;
    const fail = () => Promise.reject(new Error('disk'));
    const world = createWorld({ stats: () => (isBroken ? fail() : Promise.resolve(STATS)) });
    assert.equal((await world.samples()).get('parley_spool_submissions'), 7);
    isBroken = true;
    const found = await world.samples();
    assert.equal(found.get('parley_store_up'), 0);
    assert.equal(found.get('parley_spool_submissions'), undefined);
    assert.equal(found.get('parley_braze_object_limit{environment="prod"}'), 50);
  });

  for (const probe of ['failed', 'late'] as const) {
    it(`and the store is down where it can be read and a write ${probe === 'late' ? 'is' : 'has'} ${probe}`, async () => {
      const found = await createWorld({ probeStore: async () => probe }).samples();
      assert.equal(found.get('parley_store_up'), 0);
      assert.equal(found.get('parley_spool_submissions'), 7);
    });
  }

  it('and left out where the store does not answer', async () => {
    const world = createWorld({ stats: () => new Promise(() => undefined) });
    const scraped = world.samples();
    world.expire();
    assert.equal((await scraped).get('parley_store_up'), 0);
  });

  it('and an environment that is gone is no longer shown', async () => {
    let state = stateWith(LANE);
    const world = createWorld({ state: async () => state });
    await world.samples();
    state = { lanes: new Map() };
    const found = await world.samples();
    assert.deepEqual(
      [...found.keys()].filter((name) => name.startsWith('parley_') && name.includes('prod')),
      [],
    );
  });
});

it('docs/operations.md names each metric that there is, and no other', async () => {
  const keeper = { running: () => [], ends: () => new Map() };
  const several = createJointOperatorApp({ keeper, count: 2, droppedEntries: () => 0 });
  const text = `${await createWorld().metrics.text()}\n${await (await several.request('/metrics')).text()}`;
  const types = [...text.matchAll(/^# TYPE (parley_\w+)/gm)].map(([, name]) => name as string);
  const shown = [...new Set(types)];
  const manual = readFileSync('docs/operations.md', 'utf8');
  const named = [...manual.matchAll(/parley_\w+/g)].map(([name]) => name.replace(/_bucket$/, ''));
  assert.deepEqual([...new Set(named)].sort(), shown.filter((name) => name !== 'parley_info').sort());
});
