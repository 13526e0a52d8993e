import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Snapshot } from '../../widget/flow/snapshot.ts';
import { createBacking, type StorageGate } from '../../widget/outbox/backing.ts';
import { createMemoryRecords } from '../../widget/outbox/memory-records.ts';
import { createOutboxStore } from '../../widget/outbox/store.ts';
import { credentialIn, heldIn } from './held.ts';
import {
  CONVERSATION,
  DAY,
  HOUR,
  idOf,
  LATER,
  NOW,
  snapshotAt,
  submissionOf,
  success,
} from './outbox-fixture.ts';

type State = ReturnType<StorageGate['state']>;

const QUOTA = () => new DOMException('The quota has been exceeded.', 'QuotaExceededError');
const DEAD = () => new DOMException('The database connection is closing.', 'InvalidStateError');

/** A browser's storage of which the test says how it fails, and a page over it. */
function createWorld(first: State = 'allowed') {
  const records = createMemoryRecords();
  const world = {
    /** What each transaction meets. */
    trouble: (_handle: number, _mode: 'readonly' | 'readwrite'): unknown => undefined,
    /** Whether it lets anybody in. */
    isOpen: true,
    handles: 0,
    failures: [] as unknown[],
    state: first,
    change: (state: State) => {
      world.state = state;
      for (const hear of listeners) hear();
    },
    stored: async () => new Map((await heldIn(records)).map(([key, value]) => [String(key), value])),
  };
  const listeners = new Set<() => void>();
  const transact = createBacking({
    async open() {
      if (!world.isOpen) throw new DOMException('Not here.', 'SecurityError');
      const handle = (world.handles += 1);
      return async (mode, run) => {
        const error = world.trouble(handle, mode);
        if (error !== undefined) throw error as Error;
        return records(mode, run);
      };
    },
    discard: () => records('readwrite', async (kept) => kept.clear()),
    gate: {
      state: () => world.state,
      listen: (hear) => {
        listeners.add(hear);
        return () => listeners.delete(hear);
      },
    },
    failed: (error) => world.failures.push(error),
  });
  return Object.assign(world, { store: createOutboxStore(transact), transact });
}

type World = ReturnType<typeof createWorld>;

const say = ({ store }: World, step: number, isFirst = step === 1) =>
  store.commit({
    previous: isFirst ? undefined : snapshotAt(step - 1),
    next: snapshotAt(step),
    submissions: [submissionOf(idOf(step))],
    isOver: false,
    now: NOW,
  });

const claim = async ({ store }: World) =>
  (await store.claim({
    owner: 'o',
    now: NOW,
    limit: 100,
    bytes: Infinity,
    skip: new Set(),
    hasLock: true,
  })) ?? {
    submissions: [],
    losses: undefined,
    credential: undefined,
  };

const waiting = async (world: World) => (await claim(world)).submissions.map(({ id }) => id);

describe('what is kept while storage works', () => {
  it('is kept there, over one connection', async () => {
    const world = createWorld();
    await say(world, 1);
    await say(world, 2);
    assert.deepEqual(await waiting(world), [idOf(1), idOf(2)]);
    assert.ok((await world.stored()).has('conversation,welcome'));
    assert.equal(world.handles, 1);
    assert.deepEqual(world.failures, []);
  });

  it('is still there after a connection that died, once it is opened again', async () => {
    const world = createWorld();
    await say(world, 1);
    world.trouble = (handle) => (handle === 1 ? DEAD() : undefined);
    assert.equal(await say(world, 2), true);
    assert.deepEqual(await waiting(world), [idOf(1), idOf(2)]);
    assert.equal(world.handles, 2);
    assert.deepEqual(world.failures, []);
  });

  it('survives more than one dead connection', async () => {
    const world = createWorld();
    for (let step = 1; step <= 4; step += 1) {
      const broken = world.handles;
      world.trouble = (handle) => (handle <= broken ? DEAD() : undefined);
      assert.equal(await say(world, step), true);
    }
    assert.deepEqual(
      await waiting(world),
      [1, 2, 3, 4].map((step) => idOf(step)),
    );
    assert.deepEqual(world.failures, []);
  });
});

describe('storage that fails', () => {
  const FAILURES: readonly [name: string, fail: (world: World) => void][] = [
    ['lets nobody in', (world) => (world.isOpen = false)],
    ['has died for good', (world) => (world.trouble = DEAD)],
    ['is full', (world) => (world.trouble = (_, mode) => (mode === 'readwrite' ? QUOTA() : undefined))],
    [
      'is full, as Firefox says it',
      (world) =>
        (world.trouble = (_, mode) =>
          mode === 'readwrite' ? new Error('QuotaExceededError: full') : undefined),
    ],
  ];
  for (const [name, fail] of FAILURES) {
    it(`and ${name}: the page goes on in memory, says so once, and tells the relay`, async () => {
      const world = createWorld();
      fail(world);
      assert.equal(await say(world, 1), true);
      assert.equal(await say(world, 2), true);
      const { submissions, losses } = await claim(world);
      assert.deepEqual(submissions, [submissionOf(idOf(1)), submissionOf(idOf(2))]);
      assert.deepEqual(losses, { storage: 1 });
      assert.equal(world.failures.length, 1);
      assert.deepEqual(await world.store.readSnapshot('welcome', NOW), snapshotAt(2));
    });
  }

  it('is not asked again by this page', async () => {
    const world = createWorld();
    world.trouble = DEAD;
    await say(world, 1);
    world.trouble = () => undefined;
    await say(world, 2);
    assert.deepEqual(await waiting(world), [idOf(1), idOf(2)]);
    assert.equal((await world.stored()).size, 0);
  });

  const full = (world: World) => {
    world.trouble = (_, mode) => (mode === 'readwrite' ? QUOTA() : undefined);
  };

  it('hands over who the visitor is and what is to be delivered', async () => {
    const world = createWorld();
    await world.store.swapCredential(undefined, 'credential');
    await world.store.keepSeed('seed');
    await say(world, 1);
    full(world);
    await say(world, 2, true);
    assert.equal(await credentialIn(world.transact), 'credential');
    assert.equal(await world.store.keepSeed('other'), 'seed');
    assert.deepEqual(await waiting(world), [idOf(1), idOf(2)]);
  });

  it('keeps conversations to itself: the same step is not taken twice', async () => {
    const world = createWorld();
    await say(world, 1);
    full(world);
    assert.equal(await say(world, 2), false, 'in memory it has not begun');
    assert.equal(await world.store.readSnapshot('welcome', NOW), undefined);
    const other = { conversation: CONVERSATION.replace('019a', '019c') };
    const next = snapshotAt(2, other);
    const commit = { previous: undefined, next, isOver: false, now: NOW };
    assert.equal(await world.store.commit(commit), true);
  });

  it('hands over nothing to deliver where nobody knows the visitor: the next page would be yet another one', async () => {
    const world = createWorld();
    await say(world, 1);
    full(world);
    await say(world, 2, true);
    assert.deepEqual(await waiting(world), [idOf(2)]);
    assert.ok((await world.stored()).has(`submission,${CONVERSATION},1`), 'it waits there');
  });

  it('loses nothing of what several steps say at the same time', async () => {
    const world = createWorld();
    await world.store.swapCredential(undefined, 'credential');
    world.trouble = DEAD;
    const steps = [1, 2, 3, 4, 5];
    await Promise.all(
      steps.map((step) =>
        world.store.commit({
          previous: undefined,
          next: snapshotAt(1, { flow: `flow ${step}` }),
          submissions: [submissionOf(idOf(step))],
          isOver: false,
          now: NOW,
        }),
      ),
    );
    assert.deepEqual(
      await waiting(world),
      steps.map((step) => idOf(step)),
    );
    assert.equal(world.failures.length, 1);
  });

  it('has room again once lifecycle events have gone, which are counted', async () => {
    const world = createWorld();
    await world.store.commit({
      previous: undefined,
      next: snapshotAt(1),
      submissions: [submissionOf(idOf(1)), submissionOf(idOf('1.page')), submissionOf(idOf('1.started'))],
      isOver: false,
      now: NOW,
    });
    let times = 0;
    world.trouble = (_, mode) => (mode === 'readwrite' && (times += 1) === 1 ? QUOTA() : undefined);
    assert.equal(await say(world, 2), true);
    const { submissions, losses } = await claim(world);
    assert.deepEqual(submissions, [submissionOf(idOf(1)), submissionOf(idOf(2))]);
    assert.deepEqual(losses, { evicted: 2 });
    assert.deepEqual(world.failures, []);
    assert.equal(world.handles, 1);
  });

  it('passes on what a transaction itself throws only after it has tried elsewhere', async () => {
    const world = createWorld();
    await assert.rejects(
      world.transact('readwrite', async () => Promise.reject(new Error('A mistake'))),
      /A mistake/,
    );
  });
});

describe('a page that has yet to ask the visitor', () => {
  it('stores nothing and opens nothing', async () => {
    const world = createWorld('pending');
    await say(world, 1);
    await world.store.keepSeed('seed');
    assert.deepEqual(await waiting(world), [idOf(1)]);
    assert.equal(world.handles, 0);
    assert.equal((await world.stored()).size, 0);
  });

  it('stores all of it when the visitor allows it, and goes on', async () => {
    const world = createWorld('pending');
    await say(world, 1);
    world.change('allowed');
    assert.equal(await say(world, 2), true);
    assert.deepEqual(await waiting(world), [idOf(1), idOf(2)]);
    assert.ok((await world.stored()).has(`submission,${CONVERSATION},1`));
    assert.ok((await world.stored()).has(`submission,${CONVERSATION},2`));
  });

  it('goes on with who the visitor is from an earlier visit', async () => {
    const world = createWorld('allowed');
    await world.store.swapCredential(undefined, 'earlier');
    await world.store.keepSeed('earlier seed');
    world.change('pending');
    await world.transact('readonly', async () => undefined);
    assert.equal(await credentialIn(world.transact), undefined, 'not before they allow it');
    await world.store.keepSeed('new seed');
    world.change('allowed');
    assert.equal(await credentialIn(world.transact), 'earlier');
    assert.equal(await world.store.keepSeed('another'), 'earlier seed');
  });

  it('loses nothing that is said while it moves', async () => {
    const world = createWorld('pending');
    await say(world, 1);
    const before = say(world, 2);
    world.change('allowed');
    const after = say(world, 3);
    assert.deepEqual(await Promise.all([before, after]), [true, true]);
    assert.deepEqual(
      await waiting(world),
      [1, 2, 3].map((step) => idOf(step)),
    );
  });

  interface Meeting {
    readonly name: string;
    /** What was begun while the visitor had yet to be asked. */
    readonly begun: Partial<Snapshot>;
    /** Milliseconds since the last step of the one that is stored. */
    readonly age?: number;
    readonly isOver?: boolean;
    readonly flow?: string;
    readonly stays: boolean;
  }

  const question = { answers: {}, path: [{ node: 'name' }] };
  const greeted = [{ node: 'hello' }, { node: 'name' }];
  const answered = { node: 'name', answer: 'Eve' };
  const MEETINGS: readonly Meeting[] = [
    { name: 'nothing was said', begun: question, stays: true },
    { name: 'nothing was said, a day later', begun: question, age: DAY, stays: true },
    { name: 'nothing was said, more than a day later', begun: question, age: DAY + 1, stays: false },
    {
      name: 'an answer was not taken',
      begun: { ...question, step: 2, path: [{ node: 'name', refusals: 1 }] },
      stays: true,
    },
    {
      name: 'an answer was not taken, after words of the brand',
      begun: { ...question, step: 2, path: [{ node: 'hello' }, { node: 'name', refusals: 1 }] },
      stays: true,
    },
    {
      name: 'something was written, and nothing asked',
      begun: { answers: {}, path: [{ node: 'save', submission: idOf(1, LATER) }], awaiting: idOf(1, LATER) },
      stays: true,
    },
    { name: 'it was over at once', begun: question, isOver: true, stays: true },
    {
      name: 'a question was answered',
      begun: { step: 2, path: [answered, { node: 'email' }] },
      stays: false,
    },
    {
      name: 'a question was passed over',
      begun: { step: 2, answers: {}, path: [{ node: 'name', answer: null }, { node: 'email' }] },
      stays: false,
    },
    {
      name: 'the answer is being corrected',
      begun: { ...question, step: 3, path: greeted, rewalk: { previous: [answered], entries: [] } },
      stays: false,
    },
    {
      name: 'an earlier answer is being corrected',
      begun: {
        ...question,
        step: 3,
        path: [{ node: 'name', refusals: 1 }],
        rewalk: { previous: [], entries: [answered] },
      },
      stays: false,
    },
    { name: 'it has come to its end', begun: { step: 2 }, isOver: true, stays: false },
    { name: 'it is of another flow', begun: question, flow: 'other', stays: true },
  ];
  for (const { name, begun, age = HOUR, isOver = false, flow = 'welcome', stays } of MEETINGS) {
    it(`${stays ? 'keeps' : 'replaces'} the conversation of an earlier visit where ${name}`, async () => {
      const world = createWorld('allowed');
      await say(world, 1);
      world.change('pending');
      const next = snapshotAt(1, { conversation: LATER, flow, ...begun });
      const submission = submissionOf(idOf(next.step, LATER));
      const lifecycle = [submissionOf(idOf(`${next.step}.started`, LATER))];
      const now = NOW + age;
      await world.store.commit({
        previous: undefined,
        next,
        submissions: [submission, ...lifecycle],
        isOver,
        now,
      });
      world.change('allowed');
      const { conversation } = (await world.store.readSnapshot('welcome', now)) ?? {};
      assert.equal(conversation, stays ? CONVERSATION : LATER);
      assert.deepEqual(await waiting(world), [idOf(1), submission.id, lifecycle[0]?.id], 'all is delivered');
      if (flow !== 'welcome') assert.deepEqual(await world.store.readSnapshot(flow, now), next);
    });
  }

  const REFUSALS: readonly [name: string, refuse: (world: World) => void][] = [
    ['lets nobody in', (world) => (world.isOpen = false)],
    ['is full', (world) => (world.trouble = (_, mode) => (mode === 'readwrite' ? QUOTA() : undefined))],
  ];
  for (const [name, refuse] of REFUSALS) {
    it(`loses nothing where storage then ${name}`, async () => {
      const world = createWorld('pending');
      await say(world, 1);
      refuse(world);
      world.change('allowed');
      assert.equal(await say(world, 2), true);
      assert.deepEqual(await waiting(world), [idOf(1), idOf(2)]);
      assert.equal(world.failures.length, 1);
    });
  }

  it('forgets all of it when the visitor refuses', async () => {
    const world = createWorld('pending');
    await say(world, 1);
    world.change('denied');
    assert.deepEqual(await waiting(world), []);
    assert.equal((await world.stored()).size, 0);
  });
});

describe('a visitor who withdraws', () => {
  it('leaves nothing behind, in storage or in memory', async () => {
    const world = createWorld();
    await world.store.swapCredential(undefined, 'credential');
    await say(world, 1);
    await world.store.settle([success(idOf(1))], { refused: 1 });
    world.change('denied');
    assert.deepEqual(await heldIn(world.transact), []);
    assert.equal((await world.stored()).size, 0);
  });

  it('has nothing stored from then on', async () => {
    const world = createWorld();
    world.change('denied');
    await say(world, 1);
    assert.equal((await world.stored()).size, 0);
    assert.deepEqual(await waiting(world), [idOf(1)], 'the conversation goes on');
  });

  it('leaves nothing behind of an earlier visit either', async () => {
    const world = createWorld();
    await say(world, 1);
    world.change('pending');
    world.change('denied');
    await world.transact('readonly', async () => undefined);
    assert.equal((await world.stored()).size, 0);
  });

  it('may allow it again', async () => {
    const world = createWorld();
    world.change('denied');
    world.change('allowed');
    await say(world, 1);
    assert.ok((await world.stored()).has(`submission,${CONVERSATION},1`));
  });

  it('has not what they take back and grant again in one breath', async () => {
    const world = createWorld();
    await say(world, 1);
    world.change('denied');
    world.change('allowed');
    await say(world, 2, true);
    assert.deepEqual(await waiting(world), [idOf(2)]);
    assert.equal(world.handles, 2);
  });

  it('has storage opened by nothing that was under way', async () => {
    const world = createWorld();
    await say(world, 1);
    world.trouble = () => DEAD();
    const saying = say(world, 2, true);
    world.change('denied');
    await saying;
    world.trouble = () => undefined;
    await say(world, 3, true);
    assert.equal((await world.stored()).size, 0);
    assert.deepEqual(world.failures, []);
  });

  it('has storage neither opened nor made where they were asked first', async () => {
    const world = createWorld('pending');
    world.change('denied');
    await say(world, 1);
    assert.equal(world.handles, 0);
  });
});
