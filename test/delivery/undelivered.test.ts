/** What cannot be brought to Braze ends as a dead letter, and nothing that still may be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RelayConfig } from '../../server/config.ts';
import type { Work } from '../../server/delivery/work.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { StoreError, type Store } from '../../server/store/store.ts';
import { erasureOf, leaving, settled } from '../store/fixture.ts';
import { createGate, createWork, createWorld, taken, type WorldOptions } from './world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Of long times: its looks are a minute apart, and its probes five at most. */
const STEP = 10 * MINUTE;
/** As long as it is kept by default. */
const KEPT = 7 * DAY;

const refused = () => new Response(null, { status: 401 });
const down = () => new Response(null, { status: 503 });

/** A world that has the environment `prod`, and no `sandbox`. */
function createLongWorld(options: WorldOptions = {}) {
  const world = createWorld(options);
  const { store, log } = world;
  let running = world.delivery;
  const startAfter = async (milliseconds: number, change: Partial<RelayConfig> = {}) => {
    await running.close();
    await world.pass(milliseconds);
    running = world.start(change);
    running.startSpool();
    await world.pass(1_000);
  };
  return {
    ...world,
    /** In the spool, as a process left it that is gone. */
    leave: async (work: Work, attempts = 0) => {
      await store.begin(work, { holder: 'before', lease: 1_000 }, 1_000);
      const change = { type: 'spooled', dueAt: world.clock(), attempts, isInDoubt: false } as const;
      await store.settle([{ key: work.key, ...change }], 'before');
    },
    /** Nobody is there for so long. Then the next process starts, and has its first looks. */
    startAfter,
    /** Somebody was there, and is again: an environment that was missing is missing for a day. */
    startAfterADay: async () => {
      await startAfter(DAY - HOUR);
      await startAfter(HOUR);
    },
    replaceSettings: () => running.replaceSettings({ environments: new Map(), origins: new Map() }),
    end: () => running.close(),
    named: (event: string) => log.filter((each) => each.event === event),
    reasons: async () => (await store.deadLetters.list(100)).map(({ reason }) => reason),
  };
}

const ofSandbox = (visitor: string, change: Partial<Work> = {}) =>
  createWork(visitor, { environment: 'sandbox', ...change });

describe('work of an environment that is out of the settings', () => {
  it('is told of at the start, and is a dead letter when it is too old', async () => {
    const { store, log, leave, startAfter, named, end } = createLongWorld();
    const work = ofSandbox('v');
    await leave(work);
    await leave(createWork('w'));
    await startAfter(KEPT - DAY);
    assert.deepEqual(named('environment_missing'), [
      {
        level: 'warn',
        event: 'environment_missing',
        environment: 'sandbox',
        submissions: 1,
        erasures: 0,
        seconds: (KEPT - DAY) / 1_000,
        advice:
          'Nothing goes to sandbox: no site of the settings has an origin for it. Name one again, with its key, and this is delivered. Else submissions are dead letters when they are 7 days old (retention.undelivered), and erasures are left then; neither before it has been missing for a day.',
      },
    ]);
    const { unsettled, deadLetters } = await store.stats();
    assert.deepEqual({ unsettled, deadLetters }, { unsettled: 1, deadLetters: 0 });
    log.length = 0;
    await startAfter(DAY - HOUR);
    assert.deepEqual([named('undelivered_expired'), (await store.stats()).deadLetters], [[], 0]);
    log.length = 0;
    await startAfter(HOUR);
    const reason =
      'It could not be delivered in 7 days: no site of the settings has an origin for sandbox. Name one again; then retry it, or drop it.';
    const [letter, ...others] = await store.deadLetters.list(10);
    assert.deepEqual([letter?.work, letter?.reason, others], [work, reason, []]);
    assert.deepEqual(await store.find(work.key), {
      receipt: { id: work.id, outcome: 'error', next: 'sorry' },
      node: 'save',
      acceptedEvents: [],
      isInDoubt: false,
    });
    assert.deepEqual(named('submission_settled'), [
      {
        level: 'warn',
        event: 'submission_settled',
        submission: work.id,
        environment: 'sandbox',
        outcome: 'error',
        dead_letter: reason,
      },
    ]);
    assert.deepEqual(named('undelivered_expired'), [
      { level: 'error', event: 'undelivered_expired', environment: 'sandbox', submissions: 1 },
    ]);
    // Whoever looks at the log finds it before the loss.
    const news = ['environment_missing', 'submission_settled', 'undelivered_expired'];
    assert.deepEqual(
      log.map(({ event }) => event).filter((event) => news.includes(event)),
      news,
    );
    await end();
  });
  it('waits for a day in which the relay ran, however old it is', async () => {
    const { store, leave, startAfter, startAfterADay, named, end } = createLongWorld();
    await leave(ofSandbox('v'));
    const deadLetters = async () => (await store.stats()).deadLetters;
    await startAfter(2 * KEPT);
    assert.equal(await deadLetters(), 0);
    assert.equal(named('environment_missing').length, 1);
    // Nobody was there to see it.
    await startAfter(KEPT);
    assert.equal(await deadLetters(), 0);
    await startAfterADay();
    assert.equal(await deadLetters(), 1);
    await end();
  });
  it('waits for none while another process on the store has its environment in the settings', async () => {
    const { store, leave, start, pass, end } = createLongWorld();
    // More than a lane takes up at a time.
    for (let index = 0; index < 700; index += 1) await leave(createWork(`v${index}`));
    await end();
    await pass(2 * KEPT);
    const both = [start(), start({ environments: new Map() })];
    for (const each of both) each.startSpool();
    await pass(2 * MINUTE);
    const { unsettled, deadLetters } = await store.stats();
    assert.deepEqual({ unsettled, deadLetters }, { unsettled: 0, deadLetters: 0 });
    await Promise.all(both.map((each) => each.close()));
  });
  it('waits a day anew when a process was there that had it', async () => {
    const { store, answer, leave, startAfter, end } = createLongWorld();
    answer(refused);
    await leave(createWork('v'));
    const without = { environments: new Map() };
    const deadLetters = async () => (await store.stats()).deadLetters;
    await startAfter(KEPT, without);
    await startAfter(DAY - HOUR, without);
    await startAfter(MINUTE);
    await startAfter(HOUR, without);
    assert.equal(await deadLetters(), 0);
    await startAfter(DAY - HOUR, without);
    assert.equal(await deadLetters(), 0);
    await startAfter(HOUR, without);
    assert.equal(await deadLetters(), 1);
    await end();
  });
  it('is one where its process was killed over it, and may have arrived', async () => {
    const { store, startAfter, startAfterADay, end } = createLongWorld();
    const [begun, sent] = [ofSandbox('v'), ofSandbox('w')];
    const before = { holder: 'before', lease: 1_000 };
    for (const work of [begun, sent]) await store.begin(work, before, 100);
    await store.send([sent.key], before);
    await startAfter(KEPT);
    await startAfterADay();
    assert.equal((await store.stats()).deadLetters, 2);
    const doubts = await Promise.all(
      [begun, sent].map(async ({ key }) => (await store.find(key))?.isInDoubt),
    );
    assert.deepEqual(doubts, [false, true]);
    await end();
  });
  it('is another’s, where another has it under way', async () => {
    const { store, leave, startAfter, end } = createLongWorld();
    const [work, other] = [ofSandbox('v'), ofSandbox('w')];
    await leave(work);
    await leave(other);
    await startAfter(KEPT);
    await startAfter(DAY - HOUR);
    await startAfter(HOUR - MINUTE);
    const claimed = await store.claim(['sandbox'], 1, { holder: 'other', lease: HOUR });
    assert.deepEqual(
      claimed.map(({ work: { key } }) => key),
      [work.key],
    );
    await startAfter(MINUTE);
    assert.deepEqual(
      (await store.deadLetters.list(10)).map(({ work: { key } }) => key),
      [other.key],
    );
    assert.deepEqual(await store.settle([settled(work.key)], 'other'), []);
    assert.equal((await store.find(work.key))?.receipt.outcome, 'success');
    await end();
  });
  it('is none where its visitor is erased meanwhile', async () => {
    const { store, leave, startAfter, startAfterADay, named, end } = createLongWorld({
      store: (clock) => {
        const memory = createMemoryStore({ clock, isDurable: true });
        const claimOld: Store['claimOld'] = async (...asked) => {
          const claimed = await memory.claimOld(...asked);
          await memory.erase('v', Infinity);
          return claimed;
        };
        return { ...memory, claimOld };
      },
    });
    await leave(ofSandbox('v'));
    await startAfter(KEPT);
    await startAfterADay();
    const { unsettled, deadLetters } = await store.stats();
    assert.deepEqual({ unsettled, deadLetters }, { unsettled: 0, deadLetters: 0 });
    assert.deepEqual([named('undelivered_expired'), named('submission_settled')], [[], []]);
    await end();
  });
  it('is one after the other, however much there is', async () => {
    const { store, leave, startAfter, startAfterADay, end } = createLongWorld();
    for (let index = 0; index < 450; index += 1) await leave(ofSandbox(`v${index % 150}`));
    await startAfter(KEPT);
    await startAfterADay();
    const { unsettled, deadLetters } = await store.stats();
    assert.deepEqual({ unsettled, deadLetters }, { unsettled: 0, deadLetters: 450 });
    await end();
  });
  it('is told of again after a reload, and where the store failed at the start', async () => {
    let fails = true;
    const { leave, startAfter, replaceSettings, pass, named, end } = createLongWorld({
      store: (clock) => {
        const memory = createMemoryStore({ clock, isDurable: true });
        const backlogs: Store['backlogs'] = async () => {
          if (fails) throw new StoreError('The disk is full.');
          return memory.backlogs();
        };
        return { ...memory, backlogs };
      },
    });
    await leave(ofSandbox('v'));
    await startAfter(0);
    assert.deepEqual(
      named('undelivered_failed').map(({ advice }) => advice),
      ['The disk is full.'],
    );
    fails = false;
    await pass(2 * MINUTE);
    assert.equal(named('environment_missing').length, 1);
    replaceSettings();
    await pass(0);
    assert.equal(named('environment_missing').length, 2);
    await end();
  });
  it('is also what was deferred: in the spool it waits, and no longer than all else', async () => {
    const { store, startAfter, startAfterADay, reasons, end } = createLongWorld();
    const join = { external_id: 'person-1' };
    await store.deferred.hold(ofSandbox('v', { join, share: { events: [] } }), 0);
    await store.deferred.hold(createWork('w'), 0);
    await startAfter(DAY);
    const { deferred, spooled, deadLetters } = await store.stats();
    assert.deepEqual({ deferred, spooled, deadLetters }, { deferred: 0, spooled: 1, deadLetters: 0 });
    await startAfter(KEPT);
    await startAfterADay();
    assert.equal((await reasons()).length, 1);
    assert.deepEqual((await store.deadLetters.list(1))[0]?.work.join, join);
    await end();
  });
  it('is also what is left to do about who is erased, which is said and not done', async () => {
    const { store, startAfter, startAfterADay, named, end } = createLongWorld();
    for (const environment of ['sandbox', 'prod'] as const)
      await store.erase(environment, Infinity, leaving(erasureOf(environment, { environment })));
    await startAfter(KEPT - MINUTE);
    assert.equal(named('environment_missing')[0]?.erasures, 1);
    // That of `prod` is done, as its site wants it: it wants nothing.
    const ends = () => named('erasure_settled').map(({ environment, level }) => [environment, level]);
    assert.deepEqual(ends(), [['prod', 'info']]);
    await startAfter(MINUTE);
    // It cannot be asked for again: nobody knows any more who it was.
    await startAfter(KEPT);
    assert.deepEqual(ends(), [['prod', 'info']]);
    assert.equal((await store.stats()).erasures, 1);
    await startAfterADay();
    assert.deepEqual(ends(), [
      ['prod', 'info'],
      ['sandbox', 'error'],
    ]);
    assert.equal((await store.stats()).erasures, 0);
    await end();
  });
});

describe('work of an environment that takes nothing', () => {
  it('is tried before it is given up, also after a start that comes late', async () => {
    const { store, requests, answer, leave, startAfter, pass, passIn, reasons, end } = createLongWorld();
    answer(refused);
    for (const visitor of ['v', 'w', 'x']) await leave(createWork(visitor));
    await startAfter(KEPT);
    assert.ok(requests.length > 0);
    await passIn(50 * MINUTE, STEP);
    assert.deepEqual(await reasons(), []);
    // While none runs nobody tries.
    await startAfter(2 * HOUR);
    await passIn(50 * MINUTE, STEP);
    assert.deepEqual(await reasons(), []);
    await passIn(2 * STEP, STEP);
    // What was under way, to see, is given up as well.
    await pass(5 * MINUTE);
    assert.deepEqual(
      await reasons(),
      Array.from(
        { length: 3 },
        () =>
          'It could not be delivered in 7 days: Braze refuses the key or the endpoint of prod (401). Mend that; then retry it, or drop it.',
      ),
    );
    assert.equal((await store.stats()).unsettled, 0);
    await end();
  });
  it('stays as long as it is young', async () => {
    const { store, answer, leave, startAfter, passIn, end } = createLongWorld();
    answer(refused);
    for (const visitor of ['v', 'w', 'x']) await leave(createWork(visitor));
    await startAfter(KEPT - 3 * HOUR);
    await passIn(2 * HOUR, STEP);
    const { unsettled, deadLetters } = await store.stats();
    assert.deepEqual({ unsettled, deadLetters }, { unsettled: 3, deadLetters: 0 });
    await end();
  });
  it('is given up where Braze cannot be reached, too', async () => {
    const { answer, leave, startAfter, pass, passIn, reasons, end } = createLongWorld();
    answer(down);
    for (const visitor of ['v', 'w', 'x', 'y', 'z', 'u']) await leave(createWork(visitor));
    await startAfter(KEPT);
    await pass(MINUTE);
    await passIn(HOUR, STEP);
    assert.deepEqual(
      [...new Set(await reasons())],
      [
        'It could not be delivered in 7 days: Braze could not be reached for prod (503). See that it can; then retry it, or drop it.',
      ],
    );
    await end();
  });
});

describe('old work of an environment that takes what it gets', () => {
  it('is delivered', async () => {
    const { store, leave, startAfter, end } = createLongWorld();
    const work = createWork('v');
    await leave(work);
    await startAfter(2 * KEPT);
    assert.equal((await store.find(work.key))?.receipt.outcome, 'success');
    assert.equal((await store.stats()).deadLetters, 0);
    await end();
  });
  it('is delivered, however much of it has to wait for the rest', async () => {
    const { store, answer, leave, startAfter, pass, end } = createLongWorld();
    const gate = createGate();
    answer(gate.answering);
    // More than the lane takes up at a time.
    for (let index = 0; index < 700; index += 1) await leave(createWork(`v${index}`));
    await startAfter(2 * KEPT);
    await pass(2 * MINUTE);
    assert.ok(gate.waiting > 0);
    assert.equal((await store.stats()).unsettled, 700);
    answer(() => taken());
    gate.open();
    await pass(MINUTE);
    const { unsettled, deadLetters } = await store.stats();
    assert.deepEqual({ unsettled, deadLetters }, { unsettled: 0, deadLetters: 0 });
    await end();
  });
  it('is delivered after a hiccup of Braze’s', async () => {
    const { store, answer, leave, startAfter, pass, named, end } = createLongWorld();
    const works = Array.from({ length: 8 }, (_, index) => createWork(`v${index}`));
    for (const work of works) await leave(work);
    answer(down);
    await startAfter(2 * KEPT);
    await pass(2 * MINUTE);
    assert.ok(named('breaker_opened').length > 0);
    answer(() => taken());
    await pass(15 * MINUTE);
    const { unsettled, deadLetters } = await store.stats();
    assert.deepEqual({ unsettled, deadLetters }, { unsettled: 0, deadLetters: 0 });
    await end();
  });
  for (const [name, failing] of [
    ['could not be reached', down],
    ['refused the key', refused],
  ] as const)
    it(`is delivered where Braze ${name} before hours in which no relay ran`, async () => {
      const { store, answer, leave, startAfter, passIn, named, end } = createLongWorld();
      for (let index = 0; index < 50; index += 1) await leave(createWork(`v${index}`));
      answer(failing);
      await startAfter(2 * KEPT);
      await passIn(MINUTE, MINUTE);
      assert.ok(named('breaker_opened').length > 0);
      answer(() => taken());
      await startAfter(2 * HOUR);
      await passIn(HOUR, STEP);
      const { unsettled, deadLetters } = await store.stats();
      assert.deepEqual({ unsettled, deadLetters }, { unsettled: 0, deadLetters: 0 });
      await end();
    });
  for (const { name, tries, age, isDead } of [
    { name: 'is given up after many tries of its own', tries: 23, age: KEPT, isDead: true },
    { name: 'is not after a few', tries: 22, age: KEPT, isDead: false },
    { name: 'is not as long as it is young', tries: 100, age: KEPT - MINUTE, isDead: false },
  ])
    it(name, async () => {
      const { store, answer, leave, startAfter, reasons, end } = createLongWorld();
      answer(down);
      await leave(createWork('v'), tries);
      await startAfter(age);
      assert.deepEqual(
        await reasons(),
        isDead
          ? [
              'It could not be delivered in 7 days: Braze did not take it in 24 tries (unavailable). See what the log says of its answers; then retry it, or drop it.',
            ]
          : [],
      );
      assert.equal((await store.stats()).unsettled, isDead ? 0 : 1);
      await end();
    });
});
