import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { News } from '../../widget/outbox/outbox.ts';
import { DAY, HOUR, idOf, LATER, MINUTE, NOW, snapshotAt, submissionOf, success } from './outbox-fixture.ts';
import { BROKEN, DOWN, OutboxWorld, settled, type Relay } from './outbox-world.ts';

/** Ids of steps of one conversation. */
const steps = (from: number, to = from) =>
  Array.from({ length: to - from + 1 }, (_, index) => idOf(from + index));
const [FIRST, SECOND, THIRD] = steps(1, 3) as [string, string, string];

/** With so many characters that it has about so many bytes. */
const large = (id: string, bytes: number, letter = 'a') =>
  submissionOf(id, { answers: { said: letter.repeat(bytes / Buffer.byteLength(letter)) } });

describe('the outbox', () => {
  it('sends what there is, oldest first, and keeps nothing that has its receipt', async () => {
    const world = new OutboxWorld();
    await world.put(FIRST, SECOND, idOf(10), idOf(1, LATER));
    await world.flush();
    assert.deepEqual(world.sent, [[FIRST, SECOND, idOf(10), idOf(1, LATER)]]);
    assert.deepEqual(world.tab.verdicts, world.sent[0]?.map(success));
    assert.deepEqual(await world.left(), []);
    assert.deepEqual(world.tab.waiting, [false]);
    assert.deepEqual(world.tab.timers(), []);
  });

  it('asks the relay for nothing where there is nothing', async () => {
    const world = new OutboxWorld();
    await world.flush();
    assert.deepEqual(world.requests, []);
    assert.deepEqual(world.tab.waiting, [false]);
  });

  it('sends at most 20 at once', async () => {
    const world = new OutboxWorld();
    await world.put(...steps(1, 45));
    await world.flush();
    assert.deepEqual(world.sent, [steps(1, 20), steps(21, 40), steps(41, 45)]);
  });

  const BATCHES: readonly [
    name: string,
    sizes: readonly number[],
    letter: string,
    counts: readonly number[],
  ][] = [
    ['as many as 60 kB hold', [25_000, 25_000, 25_000], 'a', [2, 1]],
    ['in bytes and not in letters', [25_000, 25_000, 25_000], 'あ', [2, 1]],
    ['one however large it is', [1_000, 70_000, 1_000, 1_000], 'a', [1, 1, 2]],
    ['none before one that is older', [50_000, 20_000, 1_000], 'a', [1, 2]],
  ];
  for (const [name, sizes, letter, counts] of BATCHES) {
    it(`sends at once ${name}`, async () => {
      const world = new OutboxWorld();
      for (const [index, size] of sizes.entries()) {
        await world.putSubmission(large(idOf(index), size, letter));
      }
      await world.flush();
      assert.deepEqual(
        world.sent.map(({ length }) => length),
        counts,
      );
      assert.deepEqual(world.sent.flat(), steps(0, sizes.length - 1));
    });
  }

  it('after a failure tries with one, and with more once that is through', async () => {
    const world = new OutboxWorld(() => DOWN);
    await world.put(...steps(1, 5));
    await world.flush();
    await world.advanceToNext();
    world.relay = settled;
    await world.advanceToNext();
    assert.deepEqual(world.sent, [steps(1, 5), [FIRST], [FIRST], steps(2, 5)]);
    assert.deepEqual(world.tab.waiting, [true, true, false]);
  });

  const PAUSES: readonly [random: number, milliseconds: readonly number[]][] = [
    [0, [0, 0, 0, 0, 0, 0, 0, 0, 0]],
    [0.5, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]],
    [0.999, [999, 1_998, 3_996, 7_992, 15_984, 31_968, 59_940, 59_940, 59_940]],
  ];
  for (const [random, milliseconds] of PAUSES) {
    it(`tries again later and later, by chance, and never later than a minute: ${random}`, async () => {
      const world = new OutboxWorld(() => DOWN);
      world.random = () => random;
      await world.put(FIRST);
      const pauses: number[] = [];
      for (const _ of milliseconds) {
        await world.flush();
        assert.equal(world.tab.timers().length, 1, 'one attempt is planned at a time');
        pauses.push(world.tab.timers()[0] ?? NaN);
      }
      assert.deepEqual(pauses, milliseconds);
    });
  }

  const WAITS: readonly [name: string, relay: Relay][] = [
    ['asks', () => ({ type: 'later', retryAfter: 30 })],
    ['asks with receipts for some', ([id = '']) => ({ ...settled([id]), retryAfter: 30 })],
    ['asks with receipts for none', () => ({ type: 'answered', verdicts: [], retryAfter: 30 })],
  ];
  for (const [name, relay] of WAITS) {
    it(`waits at least as long as the relay ${name}`, async () => {
      const world = new OutboxWorld(relay);
      await world.put(FIRST, SECOND);
      await world.flush();
      assert.deepEqual(world.tab.timers(), [30_500]);
    });
  }

  it('keeps what has no receipt, and what comes after it, in order', async () => {
    const world = new OutboxWorld(() => settled([FIRST]));
    await world.put(FIRST, SECOND, THIRD);
    await world.flush();
    assert.deepEqual(await world.left(), [SECOND, THIRD]);
    assert.deepEqual(world.tab.waiting, [true]);
    world.relay = settled;
    await world.advanceToNext();
    assert.deepEqual(world.sent, [[FIRST, SECOND, THIRD], [SECOND], [THIRD]]);
  });

  it('starts with short pauses again once something was delivered', async () => {
    const world = new OutboxWorld(() => DOWN);
    await world.put(FIRST);
    await world.flush();
    await world.advance(5_000);
    world.relay = settled;
    await world.advance(MINUTE);
    world.relay = () => DOWN;
    await world.put(SECOND);
    await world.flush();
    assert.deepEqual(world.tab.timers(), [500]);
  });

  it('sends in one go what is stored while it sends, and nothing twice', async () => {
    const world = new OutboxWorld(async (ids) => {
      if (ids.includes(FIRST)) {
        await world.put(SECOND);
        void world.tab.outbox.flush();
        void world.tab.outbox.flush();
      }
      return settled(ids);
    });
    await world.put(FIRST);
    await world.flush();
    assert.deepEqual(world.sent, [[FIRST], [SECOND]]);
    assert.deepEqual(await world.left(), []);
  });

  it('reads again what is to be sent where the transport wants it', async () => {
    const world = new OutboxWorld(async () => {
      await world.put(SECOND);
      world.relay = settled;
      return { type: 'again' };
    });
    await world.put(FIRST);
    await world.flush();
    assert.deepEqual(world.sent, [[FIRST], [FIRST, SECOND]]);
    assert.deepEqual(world.tab.waiting, [false]);
  });

  it('keeps a verdict that its conversation awaits, and does not send again', async () => {
    const world = new OutboxWorld();
    const next = snapshotAt(1, { awaiting: FIRST });
    const submission = submissionOf(FIRST);
    await world.store.commit({
      previous: undefined,
      next,
      submissions: [submission],
      isOver: false,
      now: world.now,
    });
    await world.flush();
    await world.flush();
    assert.deepEqual(world.sent, [[FIRST]]);
    assert.deepEqual(await world.store.readVerdict(FIRST), success(FIRST));
  });

  it('goes on when the browser’s storage does', async () => {
    const world = new OutboxWorld();
    await world.put(FIRST);
    world.isStorageBroken = true;
    await world.flush();
    assert.deepEqual(world.sent, []);
    world.isStorageBroken = false;
    await world.advance(5_000);
    assert.deepEqual(world.sent, [[FIRST]]);
  });
});

describe('what the relay refuses for good', () => {
  const refuse =
    (...culprits: readonly string[]): Relay =>
    (ids) =>
      ids.some((id) => culprits.includes(id)) ? { type: 'refused' } : settled(ids);

  it('alone, is given up, and the next goes on', async () => {
    const world = new OutboxWorld(refuse(FIRST));
    await world.put(FIRST);
    await world.flush();
    assert.deepEqual(world.tab.verdicts, [{ id: FIRST, outcome: 'error' }]);
    assert.deepEqual(world.tab.waiting, [false]);
    assert.deepEqual(await world.left(), []);
  });

  it('with others, is sent again alone, and only it is given up', async () => {
    const world = new OutboxWorld(refuse(SECOND));
    await world.put(FIRST, SECOND, THIRD);
    await world.flush();
    assert.deepEqual(world.sent.slice(0, 4), [[FIRST, SECOND, THIRD], [FIRST], [SECOND], [THIRD]]);
    assert.deepEqual(world.tab.verdicts, [success(FIRST), { id: SECOND, outcome: 'error' }, success(THIRD)]);
    assert.deepEqual(await world.left(), []);
    assert.deepEqual(world.tab.timers(), []);
  });

  it('is told to the relay, and more go together again after it', async () => {
    const world = new OutboxWorld(refuse(SECOND));
    await world.put(...steps(1, 20));
    await world.flush();
    await world.put(...steps(21, 22));
    await world.flush();
    assert.deepEqual(world.sent.at(-1), steps(21, 22));
    const told = world.requests.map(({ losses }) => losses).filter((losses) => losses);
    assert.deepEqual(told, [{ refused: 1 }]);
  });

  it('is told even where there is nothing else to send', async () => {
    const world = new OutboxWorld(refuse(FIRST));
    await world.put(FIRST);
    await world.flush();
    assert.deepEqual(world.requests.at(-1), { tab: 'first', ids: [], losses: { refused: 1 }, at: 0 });
  });

  it('costs none of the others where all are refused together for their number', async () => {
    const world = new OutboxWorld((ids) => (ids.length > 1 ? { type: 'refused' } : settled(ids)));
    await world.put(...steps(1, 4));
    await world.flush();
    assert.deepEqual(world.tab.verdicts, steps(1, 4).map(success));
  });

  it('waits alone for a relay that fails between', async () => {
    let count = 0;
    const world = new OutboxWorld((ids) => ((count += 1) === 2 ? DOWN : refuse(SECOND)(ids, {})));
    await world.put(FIRST, SECOND, THIRD);
    await world.flush();
    await world.advance(MINUTE);
    assert.deepEqual(world.sent.slice(0, 5), [[FIRST, SECOND, THIRD], [FIRST], [FIRST], [SECOND], [THIRD]]);
    assert.deepEqual(world.tab.verdicts, [success(FIRST), { id: SECOND, outcome: 'error' }, success(THIRD)]);
  });
});

describe('losses', () => {
  it('are told once, and only an answer counts', async () => {
    const world = new OutboxWorld(() => DOWN);
    await world.store.settle([], { storage: 1, evicted: 3 });
    await world.put(FIRST);
    await world.flush();
    world.relay = settled;
    await world.advanceToNext();
    await world.put(SECOND);
    await world.flush();
    const lost = { storage: 1, evicted: 3 };
    assert.deepEqual(
      world.requests.map(({ losses }) => losses),
      [lost, lost, undefined],
    );
  });

  it('that come up while others are told are told afterwards', async () => {
    const world = new OutboxWorld(async (ids, losses) => {
      if (losses?.storage === 1) await world.store.settle([], { storage: 1, age: 1 });
      return settled(ids);
    });
    await world.store.settle([], { storage: 1 });
    await world.put(FIRST);
    await world.flush();
    await world.flush();
    assert.deepEqual(world.requests[0]?.losses, { storage: 1 });
    const told = world.requests.slice(1).map(({ losses }) => losses?.age ?? 0);
    assert.ok(told.includes(1), 'what came up meanwhile is told, too');
  });

  it('that the relay does not take do not keep it busy', async () => {
    const world = new OutboxWorld((ids) => (ids.length === 0 ? { type: 'refused' } : settled(ids)));
    await world.store.settle([], { storage: 1 });
    await world.flush();
    assert.equal(world.requests.length, 1);
    assert.deepEqual(world.tab.timers(), []);
    assert.deepEqual(world.tab.waiting, [false]);
  });
});

describe('a relay that asks for time', () => {
  it('is left alone, and whoever says something meanwhile hears at once that it waits', async () => {
    const world = new OutboxWorld(() => ({ type: 'later', retryAfter: 600 }));
    await world.put(FIRST);
    await world.flush();
    world.tab.waiting.length = 0;
    await world.put(SECOND);
    await world.flush();
    assert.deepEqual(world.tab.waiting, [true]);
    assert.deepEqual(world.sent, [[FIRST]]);
  });
});

describe('that nothing is left', () => {
  it('is not said where something was stored meanwhile', async () => {
    const world = new OutboxWorld();
    const told: boolean[] = [];
    world.relay = async (ids) => {
      if (ids.includes(FIRST)) {
        await world.put(SECOND);
        void world.tab.outbox.flush();
      }
      told.push(...world.tab.waiting);
      return settled(ids);
    };
    await world.put(FIRST);
    await world.flush();
    assert.deepEqual(told, [], 'nothing before all was sent');
    assert.deepEqual(world.tab.waiting, [false]);
    assert.deepEqual(world.tab.told.filter(({ type }) => type === 'done').length, 1);
  });

  it('is no news to a tab that has something to send since', async () => {
    let answer: (() => void) | undefined;
    const world = new OutboxWorld(async (ids) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return settled(ids);
    });
    await world.put(FIRST);
    await world.flush();
    world.tab.outbox.hear({ type: 'done' });
    assert.deepEqual(world.tab.waiting, []);
    answer?.();
    await world.still();
    assert.deepEqual(world.tab.waiting, [false]);
    world.tab.outbox.hear({ type: 'done' });
    assert.deepEqual(world.tab.waiting, [false, false]);
  });
});

describe('a browser that is offline', () => {
  it('sends nothing, says that it waits, and sends when it is back', async () => {
    const world = new OutboxWorld();
    world.isOnline = false;
    await world.put(FIRST, SECOND);
    await world.flush();
    assert.deepEqual(world.sent, []);
    assert.deepEqual(world.tab.waiting, [true]);
    world.isOnline = true;
    await world.flush();
    assert.deepEqual(world.sent[0], [FIRST], 'a probe');
    assert.deepEqual(await world.left(), []);
    assert.equal(world.tab.waiting.at(-1), false);
  });

  it('looks now and then, and at the latest after a minute: some never say that they are back', async () => {
    const world = new OutboxWorld();
    world.isOnline = false;
    await world.put(FIRST);
    await world.flush();
    await world.advance(DAY);
    assert.deepEqual(world.sent, []);
    assert.ok((world.tab.timers()[0] ?? Infinity) <= MINUTE);
    world.isOnline = true;
    await world.advance(MINUTE);
    assert.deepEqual(world.sent, [[FIRST]]);
  });

  it('lets nothing die of age: nobody was asked', async () => {
    const world = new OutboxWorld();
    world.isOnline = false;
    await world.put(FIRST);
    await world.flush();
    world.offset += 8 * DAY;
    await world.advance(HOUR);
    assert.deepEqual(await world.left(), [FIRST]);
  });
});

describe('a page that does not allow it', () => {
  it('sends nothing until it does', async () => {
    const world = new OutboxWorld();
    world.isAllowed = false;
    await world.put(FIRST);
    await world.flush();
    assert.deepEqual(world.sent, []);
    assert.deepEqual(world.tab.timers(), []);
    world.isAllowed = true;
    await world.flush();
    assert.deepEqual(world.sent, [[FIRST]]);
  });
});

describe('an outbox that is disconnected', () => {
  it('plans nothing any more', async () => {
    const world = new OutboxWorld(() => DOWN);
    await world.put(FIRST);
    await world.flush();
    assert.equal(world.tab.timers().length, 1);
    world.tab.outbox.disconnect();
    assert.deepEqual(world.tab.timers(), []);
  });

  it('plans nothing after a request that was under way either', async () => {
    const world = new OutboxWorld(() => {
      world.tab.outbox.disconnect();
      return DOWN;
    });
    await world.put(FIRST);
    await world.flush();
    assert.deepEqual(world.tab.timers(), []);
    world.relay = settled;
    world.tab.outbox.connect();
    await world.flush();
    assert.deepEqual(await world.left(), []);
  });

  it('takes back what was put aside', async () => {
    const world = new OutboxWorld((ids) => (ids.includes(FIRST) ? BROKEN : settled(ids)));
    await world.put(FIRST, SECOND);
    await world.flush();
    while ((await world.left()).includes(SECOND)) await world.advanceToNext();
    world.tab.outbox.disconnect();
    assert.deepEqual(world.tab.timers(), []);
    world.relay = settled;
    await world.flush();
    assert.deepEqual(await world.left(), []);
  });
});

describe('looking for what is over age or too much', () => {
  it('happens at the first flush, and not more often than every 10 minutes', async () => {
    const world = new OutboxWorld();
    for (let minute = 0; minute <= 21; minute += 1) {
      await world.flush();
      await world.advance(MINUTE);
    }
    assert.deepEqual(
      world.sweeps.map(({ at }) => at),
      [0, 10 * MINUTE, 20 * MINUTE],
    );
    assert.ok(world.sweeps.every(({ isTried }) => !isTried));
  });

  it('happens after failures, too, and not more often', async () => {
    const world = new OutboxWorld(() => DOWN);
    await world.put(FIRST);
    await world.flush();
    await world.advance(25 * MINUTE);
    const gaps = world.sweeps.slice(1).map(({ at }, index) => at - (world.sweeps[index]?.at ?? NaN));
    assert.ok(gaps.length >= 2 && gaps.every((gap) => gap >= 10 * MINUTE), String(gaps));
    assert.equal(world.sweeps.at(-1)?.isTried, true);
  });

  it('holds up nothing while what it takes is being loaded', async () => {
    const world = new OutboxWorld();
    world.loaded = new Promise(() => undefined);
    await world.flush();
    await world.put(FIRST);
    await world.flush();
    assert.deepEqual(world.tab.verdicts, [success(FIRST)]);
    assert.equal(world.lockedBy, undefined);
  });

  it('is tried again after one that failed', async () => {
    const world = new OutboxWorld();
    world.loaded = Promise.reject(new TypeError('Failed to fetch'));
    world.loaded.catch(() => undefined);
    await world.put(FIRST);
    await world.flush();
    assert.deepEqual(world.tab.verdicts, [success(FIRST)]);
    await world.advance(10 * MINUTE);
    await world.flush();
    assert.equal(world.sweeps.length, 2);
  });

  it('happens in a browser without locks, too', async () => {
    const world = new OutboxWorld(() => DOWN);
    world.isLockless = true;
    await world.put(FIRST);
    await world.flush();
    world.offset += 8 * DAY;
    await world.advance(HOUR);
    assert.deepEqual(await world.left(), []);
    assert.deepEqual(world.tab.verdicts, [{ id: FIRST, outcome: 'error' }]);
  });

  it('gives up nothing that somebody is sending', async () => {
    const world = new OutboxWorld();
    await world.put(FIRST);
    const claim = { now: NOW + 8 * DAY, limit: 20, bytes: Infinity, skip: new Set<string>() };
    await world.store.claim({ ...claim, owner: 'another', hasLock: false });
    assert.deepEqual(await world.store.sweep(NOW + 8 * DAY, true), []);
    await world.store.release('another');
    assert.deepEqual(await world.store.sweep(NOW + 8 * DAY, true), [{ id: FIRST, outcome: 'error' }]);
  });

  it('is not put off for long by a clock that was set back', async () => {
    const world = new OutboxWorld();
    await world.flush();
    world.offset = -DAY;
    await world.flush();
    assert.equal(world.sweeps.length, 2);
  });

  it('gives up what could not be delivered for a week, says so, and tells the relay when it is back', async () => {
    const world = new OutboxWorld(() => DOWN);
    await world.put(FIRST);
    await world.flush();
    world.offset += 7 * DAY - HOUR;
    await world.advance(30 * MINUTE);
    assert.deepEqual(await world.left(), [FIRST]);
    await world.put(SECOND);
    await world.advance(HOUR);
    assert.deepEqual(await world.left(), [SECOND]);
    assert.deepEqual(world.tab.verdicts, [{ id: FIRST, outcome: 'error' }]);
    world.relay = settled;
    await world.advance(MINUTE);
    assert.deepEqual(world.requests.at(-1)?.losses, { age: 1 });
  });

  it('delivers what is older than a week where the relay takes it', async () => {
    const world = new OutboxWorld();
    await world.put(FIRST);
    await world.advance(8 * DAY);
    await world.flush();
    assert.deepEqual(world.tab.verdicts, [success(FIRST)]);
  });
});

describe('news of another tab', () => {
  const NEWS: readonly [
    news: News,
    heard: {
      readonly sent?: readonly string[];
      readonly verdicts?: readonly string[];
      readonly waiting: readonly boolean[];
    },
  ][] = [
    [{ type: 'stored' }, { sent: [FIRST], verdicts: [FIRST], waiting: [false] }],
    [{ type: 'moved', snapshot: snapshotAt(1) }, { waiting: [] }],
    [
      { type: 'settled', verdicts: [success(SECOND)] },
      { verdicts: [SECOND], waiting: [] },
    ],
    [{ type: 'done' }, { waiting: [false] }],
  ];
  for (const [news, { sent = [], verdicts = [], waiting }] of NEWS) {
    it(`is heard: ${JSON.stringify(news)}`, async () => {
      const world = new OutboxWorld();
      await world.put(FIRST);
      world.tab.outbox.hear(news);
      await world.still();
      assert.deepEqual(world.sent.flat(), sent);
      assert.deepEqual(world.tab.verdicts, verdicts.map(success));
      assert.deepEqual(world.tab.waiting, waiting);
    });
  }
});
