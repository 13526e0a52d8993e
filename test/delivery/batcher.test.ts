import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createBatcher, type Batchable, type BatchLimits } from '../../server/braze/batcher.ts';

interface Item extends Batchable {
  readonly order: number;
}

const LIMITS: BatchLimits = { objects: 75, per: 'request', bytes: 1_000_000, submissions: Infinity };

let items = 0;
const createItem = (visitor: string, change: Partial<Item> = {}): Item => {
  items += 1;
  return {
    key: `${visitor}/${items}`,
    visitor,
    size: { attributes: 1, events: 1, bytes: 100 },
    goesAlone: false,
    isAwaited: true,
    order: items,
    ...change,
  };
};

/** A batcher whose requests end when the test says so. */
function start(limits: Partial<BatchLimits> = {}, concurrency = 1) {
  const batches: Item[][] = [];
  const ends: (() => void)[] = [];
  const batcher = createBatcher<Item, 'pass'>({
    limits: () => ({ ...LIMITS, ...limits }),
    linger: 0,
    concurrency,
    permit: async () => ({ type: 'go', isProbe: false, pass: 'pass' }),
    leave: (batch) => {
      batches.push([...batch]);
      return new Promise((resolve) => ends.push(resolve));
    },
    shut: () => undefined,
    ports: { clock: () => 0, setTimer: () => () => undefined },
  });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    batcher,
    batches,
    settle,
    /** All requests that are under way end, until there is none. */
    drain: async () => {
      await settle();
      while (ends.length > 0) {
        for (const end of ends.splice(0)) end();
        await settle();
      }
    },
  };
}

const visitorsIn = (batches: readonly Item[][]) =>
  batches.map((batch) => batch.map(({ visitor }) => visitor));

describe('a request carries', () => {
  const cases: {
    name: string;
    limits: Partial<BatchLimits>;
    sizes: readonly Partial<Item['size']>[];
    batches: readonly number[];
  }[] = [
    {
      name: 'as many objects as it may, over all arrays',
      limits: { objects: 6 },
      sizes: [{}, {}, {}, {}],
      batches: [3, 1],
    },
    {
      name: 'as many objects as it may in each array, where that is the rule',
      limits: { objects: 3, per: 'array' },
      sizes: [{}, {}, {}, {}],
      batches: [3, 1],
    },
    {
      name: 'what still fits in place of what does not, of other visitors',
      limits: { objects: 6 },
      sizes: [{}, { events: 5 }, {}, {}],
      batches: [3, 1],
    },
    { name: 'no more bytes than it may', limits: { bytes: 250 }, sizes: [{}, {}, {}], batches: [2, 1] },
    {
      name: 'one that is larger than a request alone, and whole',
      limits: { objects: 6 },
      sizes: [{ events: 20 }, {}],
      batches: [1, 1],
    },
    { name: 'no more submissions than it may', limits: { submissions: 1 }, sizes: [{}, {}], batches: [1, 1] },
  ];
  for (const { name, limits, sizes, batches } of cases) {
    it(name, async () => {
      const world = start(limits);
      sizes.forEach((size, index) => {
        world.batcher.add(
          createItem(`v-${index}`, { size: { attributes: 1, events: 1, bytes: 100, ...size } }),
        );
      });
      await world.drain();
      assert.deepEqual(
        world.batches.map(({ length }) => length),
        batches,
      );
    });
  }

  it('those that somebody waits for before the others', async () => {
    const world = start({ submissions: 1 });
    world.batcher.add(createItem('spooled', { isAwaited: false }));
    await world.settle();
    world.batcher.add(createItem('spooled too', { isAwaited: false }));
    world.batcher.add(createItem('awaited'));
    await world.drain();
    assert.deepEqual(visitorsIn(world.batches), [['spooled'], ['awaited'], ['spooled too']]);
  });
  it('one that goes alone without company, neither before nor behind it', async () => {
    const world = start();
    world.batcher.add(createItem('a'));
    world.batcher.add(createItem('b', { goesAlone: true }));
    world.batcher.add(createItem('c'));
    world.batcher.add(createItem('c'));
    await world.drain();
    assert.deepEqual(visitorsIn(world.batches), [['a', 'c', 'c'], ['b']]);
  });
  it('no correction with what it corrects, nor what stands behind it', async () => {
    const world = start();
    const first = createItem('a');
    world.batcher.add(first);
    world.batcher.add(createItem('a', { corrects: first.key }));
    world.batcher.add(createItem('a'));
    await world.drain();
    assert.deepEqual(
      world.batches.map(({ length }) => length),
      [1, 2],
    );
  });
});

describe('what is taken out', () => {
  it('is gone, with what its visitor has waiting behind it', async () => {
    const world = start();
    world.batcher.add(createItem('under way'));
    await world.settle();
    const [one, two, three] = [createItem('a'), createItem('a'), createItem('a')];
    for (const item of [one, two, three]) world.batcher.add(item);
    assert.deepEqual(world.batcher.takeOut(two), [two, three]);
    assert.deepEqual(world.batcher.takeOut(two), []);
    await world.drain();
    assert.deepEqual(world.batches.slice(1), [[one]]);
  });
  it('is not what is under way', async () => {
    const world = start();
    const item = createItem('a');
    world.batcher.add(item);
    await world.settle();
    assert.deepEqual(world.batcher.takeOut(item), []);
    await world.drain();
  });
});

describe('whatever comes in whatever order', () => {
  it('leaves once, in the order of its visitor, within the limits, and one request of a visitor at a time', async () => {
    const size = fc.record({
      attributes: fc.integer({ min: 0, max: 2 }),
      events: fc.integer({ min: 0, max: 4 }),
      bytes: fc.integer({ min: 1, max: 400 }),
    });
    const arrival = fc.record({
      visitor: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      size,
      goesAlone: fc.boolean(),
      isAwaited: fc.boolean(),
      turns: fc.integer({ min: 0, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrival, { maxLength: 40 }),
        fc.constantFrom('request', 'array'),
        async (arrivals, per) => {
          const limits = { objects: 10, per, bytes: 300 } as const;
          const underWay = new Set<string>();
          const left: Item[] = [];
          const ends: (() => void)[] = [];
          const batcher = createBatcher<Item, 'pass'>({
            limits: () => ({ ...LIMITS, ...limits }),
            linger: 0,
            concurrency: 3,
            permit: async () => ({ type: 'go', isProbe: false, pass: 'pass' }),
            leave: async (batch, pass) => {
              const visitors = new Set(batch.map(({ visitor }) => visitor));
              for (const visitor of visitors) {
                assert.ok(!underWay.has(visitor), 'two requests of one visitor');
                underWay.add(visitor);
              }
              const sum = (key: keyof Item['size']) =>
                batch.reduce((total, item) => total + item.size[key], 0);
              const counts = [sum('attributes'), sum('events')] as const;
              const objects = per === 'array' ? Math.max(...counts) : counts[0] + counts[1];
              assert.ok(
                pass === undefined ||
                  batch.length <= 1 ||
                  (objects <= limits.objects && sum('bytes') <= limits.bytes),
                'too large',
              );
              left.push(...batch);
              await new Promise<void>((resolve) => ends.push(resolve));
              for (const visitor of visitors) underWay.delete(visitor);
            },
            shut: () => undefined,
            ports: { clock: () => 0, setTimer: () => () => undefined },
          });
          const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
          const added: Item[] = [];
          for (const { turns, ...change } of arrivals) {
            const item = createItem(change.visitor, change);
            added.push(item);
            batcher.add(item);
            for (let count = 0; count < turns; count += 1) await turn();
            if (turns === 2) ends.shift()?.();
          }
          await turn();
          while (ends.length > 0) {
            for (const end of ends.splice(0)) end();
            await turn();
          }
          assert.equal(batcher.waiting, 0);
          assert.equal(left.length, added.length);
          for (const visitor of ['a', 'b', 'c', 'd', 'e']) {
            const orders = left.filter((item) => item.visitor === visitor).map(({ order }) => order);
            assert.deepEqual(
              orders,
              [...orders].sort((one, other) => one - other),
            );
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a busy relay', () => {
  it('gets to those that nobody waits for too, also where they go alone', async () => {
    let now = 0;
    const ends: (() => void)[] = [];
    const left: string[] = [];
    const batcher = createBatcher<Item, 'pass'>({
      limits: () => LIMITS,
      linger: 0,
      concurrency: 1,
      permit: async () => ({ type: 'go', isProbe: false, pass: 'pass' }),
      leave: (batch) => {
        left.push(...batch.map(({ visitor }) => visitor));
        return new Promise((resolve) => ends.push(resolve));
      },
      shut: () => undefined,
      ports: { clock: () => now, setTimer: () => () => undefined },
    });
    batcher.add(createItem('first'));
    batcher.add(createItem('lone', { isAwaited: false, goesAlone: true }));
    for (let request = 0; request < 20; request += 1) {
      batcher.add(createItem(`live-${request}`));
      now += 100;
      await new Promise<void>((resolve) => setImmediate(resolve));
      ends.shift()?.();
    }
    assert.ok(left.includes('lone'));
    assert.ok(left.indexOf('lone') > 5);
  });
  it('asks for no permit for what needs no request', async () => {
    let asked = 0;
    const left: Item[] = [];
    const batcher = createBatcher<Item, 'pass'>({
      limits: () => LIMITS,
      linger: 0,
      concurrency: 1,
      permit: async () => {
        asked += 1;
        return { type: 'wait', milliseconds: 1_000 };
      },
      leave: async (batch) => void left.push(...batch),
      shut: () => undefined,
      ports: { clock: () => 0, setTimer: () => () => undefined },
    });
    const none = { attributes: 0, events: 0, bytes: 0 };
    const [heavy, behind, free] = [
      createItem('a'),
      createItem('a', { size: none }),
      createItem('b', { size: none }),
    ];
    for (const item of [heavy, behind, free]) batcher.add(item);
    await new Promise<void>((resolve) => setImmediate(resolve));
    assert.deepEqual(left, [free]);
    assert.equal(asked, 1);
  });
});
