/** Two processes over one store, a store that fails, and waits that end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMemoryStore } from '../../server/store/memory.ts';
import { StoreError, type Store } from '../../server/store/store.ts';
import { createGate, createWork, createWorld, taken, type TrackedBody } from './world.ts';

const idsIn = ({ events = [] }: TrackedBody) =>
  events.map(({ properties }) => (properties as { submission_id: string }).submission_id);

const failing = () => new Response(null, { status: 503 });

/** A store whose operations fail or wait as the test says. */
function createFickle(clock: () => number) {
  const store = createMemoryStore({ clock, isDurable: true });
  const trouble: { fails: readonly (keyof Store)[]; slow: Promise<void> | undefined } = {
    fails: [],
    slow: undefined,
  };
  const guard = <Args extends unknown[], Answer>(
    name: keyof Store,
    operation: (...args: Args) => Promise<Answer>,
  ) => {
    return async (...args: Args): Promise<Answer> => {
      if (trouble.fails.includes(name)) throw new StoreError('The disk is full.');
      if (name === 'settle') await trouble.slow;
      return operation(...args);
    };
  };
  const fickle: Store = {
    ...store,
    begin: guard('begin', store.begin.bind(store)),
    send: guard('send', store.send.bind(store)),
    settle: guard('settle', store.settle.bind(store)),
    find: guard('find', store.find.bind(store)),
  };
  return { store: fickle, trouble };
}

function createFickleWorld() {
  let fickle: ReturnType<typeof createFickle> | undefined;
  const world = createWorld({ store: (clock) => (fickle = createFickle(clock)).store });
  return { ...world, trouble: (fickle as unknown as ReturnType<typeof createFickle>).trouble };
}

describe('two processes over one store', () => {
  it('write no event twice, where one corrects what the other has under way', async () => {
    const world = createWorld();
    const gate = createGate();
    world.answer(gate.answering);
    const first = world.deliver(createWork('v', { id: 'a' }));
    await world.settle();
    const other = world.start();
    const second = other.deliver([createWork('v', { id: 'b', corrects: 'v/a' })], 2_500);
    await world.settle();
    gate.open();
    await world.pass(200);
    gate.open();
    await world.pass(200);
    assert.equal((await first).type, 'settled');
    assert.deepEqual(
      (await second).map((told) => told.type === 'settled' && told.receipt.outcome),
      ['success'],
    );
    assert.deepEqual(world.requests.map(idsIn), [['a'], []]);
  });
  it('leave out nothing that the other may be changing', async () => {
    const world = createWorld({ config: { changesOnly: true } });
    const city = (id: string, value: string) => {
      const work = createWork('v', { id });
      const { email: _, ...identifier } = work.share.attributes as Record<string, never>;
      return { ...work, share: { events: [], attributes: { ...identifier, city: value } } };
    };
    await world.deliver(city('a', 'Paris'));
    const gate = createGate();
    world.answer(gate.answering);
    const rome = world.deliver(city('b', 'Rome'));
    await world.settle();
    const paris = world.start().deliver([city('c', 'Paris')], 2_500);
    await world.settle();
    gate.open();
    await world.pass(200);
    gate.open();
    await world.pass(200);
    await Promise.all([rome, paris]);
    assert.deepEqual(
      world.requests.map(({ attributes = [] }) => attributes.map((each) => each['city'])),
      [['Paris'], ['Rome'], ['Paris']],
    );
  });
  it('put into the spool what stands behind the other’s spooled work, and tell its visitor at once', async () => {
    const world = createWorld();
    const gate = createGate();
    world.answer(gate.answering);
    const first = world.deliver(createWork('v', { id: 'a' }));
    await world.settle();
    const second = world.start().deliver([createWork('v', { id: 'b' })], 2_500);
    await world.pass(60);
    gate.open(failing);
    await world.pass(1_100);
    assert.equal((await first).type, 'settled');
    assert.deepEqual(
      (await second).map((told) => told.type === 'settled' && told.receipt.outcome),
      ['queued'],
    );
    assert.equal((await world.store.stats()).spooled, 2);
    assert.equal(world.requests.length, 1);
  });
  it('send once what one took from the other for dead, and got back', async () => {
    const world = createWorld({ config: { concurrency: 1 } });
    const gate = createGate();
    world.answer(gate.answering);
    void world.deliver(createWork('a', { id: 'a' }));
    await world.settle();
    const work = createWork('b', { id: 'b' });
    const told = world.delivery.deliver([work], 60_000);
    await world.pass(16_000);
    // As another process does whose clock says that the claim is over, and which then cannot deliver it.
    const thief = { holder: 'thief', lease: 1_000 };
    assert.deepEqual((await world.store.claim(['prod'], 10, thief)).length > 0, true);
    const change = { key: work.key, type: 'spooled', dueAt: 0, attempts: 1, isInDoubt: false } as const;
    await world.store.settle([change], 'thief');
    world.delivery.startSpool();
    await world.pass(1_500);
    gate.open();
    world.answer(() => taken());
    await world.pass(3_000);
    gate.open();
    await world.pass(3_000);
    assert.equal((await told).length, 1);
    assert.deepEqual(
      world.requests.flatMap(idsIn).filter((id) => id === 'b'),
      ['b'],
    );
    await world.delivery.close();
  });
});

describe('a store that fails', () => {
  it('keeps no visitor waiting, and what Braze has taken is settled once it can be', async () => {
    const world = createFickleWorld();
    const gate = createGate();
    world.answer(gate.answering);
    const work = createWork('v');
    const told = world.deliver(work);
    await world.settle();
    world.trouble.fails = ['settle'];
    gate.open();
    await world.settle();
    assert.equal((await told).type, 'later');
    world.trouble.fails = [];
    await world.pass(1_100);
    assert.equal((await world.store.find(work.key))?.receipt.outcome, 'success');
    assert.equal(world.requests.length, 1);
  });
  it('at the intent lets nothing leave, and it leaves once it can', async () => {
    const world = createFickleWorld();
    world.trouble.fails = ['send'];
    const work = createWork('v');
    assert.equal((await world.deliver(work)).type, 'later');
    assert.equal(world.requests.length, 0);
    world.trouble.fails = [];
    await world.pass(1_100);
    assert.equal((await world.store.find(work.key))?.receipt.outcome, 'success');
    assert.equal(world.requests.length, 1);
  });
  it('while one of a request waits for another process doubles neither', async () => {
    const world = createFickleWorld();
    const gate = createGate();
    world.answer(gate.answering);
    void world.deliver(createWork('v', { id: 'a' }));
    await world.settle();
    const other = world.start();
    world.trouble.fails = ['find'];
    const both = [createWork('v', { id: 'b' }), createWork('w', { id: 'c', corrects: 'w/earlier' })].map(
      (work) => other.deliver([work], 2_500),
    );
    await world.settle();
    world.trouble.fails = [];
    gate.open();
    world.answer(() => taken());
    await world.pass(5_000);
    await Promise.all(both);
    assert.deepEqual(world.requests.flatMap(idsIn).sort(), ['a', 'b', 'c']);
    assert.equal((await world.store.stats()).unsettled, 0);
  });
  it('does not keep the relay from closing', async () => {
    const world = createFickleWorld();
    const gate = createGate();
    world.answer(gate.answering);
    const told = [world.deliver(createWork('a'))];
    await world.settle();
    told.push(world.deliver(createWork('b')));
    await world.settle();
    world.trouble.fails = ['settle', 'send', 'begin'];
    const closed = world.delivery.close();
    gate.open();
    await world.pass(20_000);
    await closed;
    assert.deepEqual(
      (await Promise.all(told)).map(({ type }) => type),
      ['later', 'later'],
    );
  });
});

describe('submissions that come together', () => {
  it('are none of them taken on behind one that is not', async () => {
    const world = createWorld({ config: { spoolLimit: 1 } });
    const gate = createGate();
    world.answer(gate.answering);
    void world.deliver(createWork('other'));
    await world.settle();
    const works = [createWork('v', { id: 'a' }), createWork('v', { id: 'b' })];
    const told = await world.delivery.deliver(works, 2_500);
    gate.open();
    await world.settle();
    assert.deepEqual(
      told.map(({ type }) => type),
      ['later', 'later'],
    );
    assert.equal((await world.store.stats()).unsettled, 0);
  });
  it('are told of as new once', async () => {
    const world = createWorld();
    const work = createWork('v');
    const heard: string[] = [];
    for (let times = 0; times < 3; times += 1) {
      await world.delivery.deliver([work], 2_500, ({ id }) => heard.push(id));
    }
    assert.deepEqual(heard, [work.id]);
  });
});

describe('a deadline', () => {
  it('that falls into the writing of what is to be sent again is kept all the same', async () => {
    const world = createFickleWorld();
    const gate = createGate();
    world.answer(gate.answering);
    const others = world.deliver(createWork('other'));
    await world.settle();
    const told = world.deliver(createWork('v'));
    const more = world.deliver(createWork('w'));
    await world.pass(15);
    let write = (): void => undefined;
    const writing = new Promise<void>((resolve) => (write = resolve));
    world.trouble.slow = writing;
    gate.open(() => taken(['something is wrong somewhere']));
    await world.pass(2_600);
    world.trouble.slow = undefined;
    write();
    await world.pass(50);
    assert.equal((await told).type, 'settled');
    assert.equal((await more).type, 'settled');
    gate.open();
    await others;
  });
});

describe('without a durable store', () => {
  it('what is in doubt stays so when the browser comes again with it', async () => {
    const world = createWorld({
      config: { inDoubtEvents: 'drop' },
      store: (clock) => createMemoryStore({ clock }),
    });
    world.answer(() => new TypeError('fetch failed'));
    const work = createWork('v');
    const counted = {
      ...work,
      share: { ...work.share, attributes: { ...work.share.attributes, visits: { inc: 1 } } },
    };
    assert.equal((await world.deliver(counted)).type, 'later');
    world.answer(() => taken());
    await world.pass(2_000);
    assert.equal((await world.deliver(counted)).type, 'settled');
    const { attributes: [again] = [], events } = world.requests[1] ?? {};
    assert.equal(events, undefined);
    assert.ok(again && !('visits' in again));
    assert.equal((await world.store.stats()).inDoubt, 1);
  });
});

describe('one that may be what makes Braze fail', () => {
  it('goes alone after some attempts', async () => {
    const world = createWorld();
    const works = ['a', 'b', 'c'].map((visitor) => createWork(visitor));
    const claim = { holder: 'before', lease: 1 };
    for (const work of works) await world.store.begin(work, claim, 100);
    await world.store.settle(
      works.map(({ key }, index) => ({
        key,
        type: 'spooled',
        dueAt: 0,
        attempts: index === 1 ? 5 : 1,
        isInDoubt: false,
      })),
      'before',
    );
    world.delivery.startSpool();
    await world.pass(3_000);
    assert.deepEqual(
      world.requests
        .map(idsIn)
        .map((ids) => ids.length)
        .sort(),
      [1, 2],
    );
    await world.delivery.close();
  });
});
