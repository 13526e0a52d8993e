/** Requests of their own over a store that fails: what is known of them is not forgotten, and nothing is taken for more than it was. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMemoryStore } from '../../server/store/memory.ts';
import { StoreError, type Store } from '../../server/store/store.ts';
import { createWork, createWorld, taken } from './world.ts';

const SEND = {
  share: { events: [] },
  call: {
    name: 'canvas/trigger/send',
    body: { canvas_id: 'book' },
    queuedFor: 3_600_000,
    keep: { word: 'response.message' },
  },
};

const answer = (status: number) => () => new Response(null, { status });

/** A send after whose first answer the store takes nothing for a while. */
async function sendWhile(fails: 'settle' | 'replace', answering: () => Response | Error) {
  let isFailing = false;
  const world = createWorld({
    store: (clock): Store => {
      const store = createMemoryStore({ clock, isDurable: true });
      const guard =
        <Args extends unknown[], Answer>(name: typeof fails, operation: (...args: Args) => Promise<Answer>) =>
        async (...args: Args) => {
          if (isFailing && name === fails) throw new StoreError('The disk is full.');
          return operation(...args);
        };
      return {
        ...store,
        settle: guard('settle', store.settle.bind(store)),
        replace: guard('replace', store.replace.bind(store)),
      };
    },
  });
  world.answer(() => {
    isFailing = true;
    return answering();
  });
  const work = createWork('v', SEND);
  void world.deliver(work);
  await world.pass(100);
  assert.equal(world.requests.length, 1);
  isFailing = false;
  world.answer(() => taken());
  world.delivery.startSpool();
  // Longer than the refusal of a key shuts it out.
  await world.pass(60_000);
  const [letter] = await world.store.deadLetters.list(10);
  const settled = world.log.filter(({ event }) => event === 'submission_settled');
  const kept = await world.store.get(`conversation/prod/v/${work.id.split('.')[0] ?? ''}`);
  await world.delivery.close();
  return {
    requests: world.requests.length,
    outcomes: settled.map(({ outcome }) => outcome),
    reason: letter?.reason,
    kept,
  };
}

describe('a send whose answer comes while the store takes nothing', () => {
  for (const { name, answering } of [
    { name: 'limits us', answering: answer(429) },
    { name: 'cannot take it now', answering: answer(503) },
    { name: 'refuses the key', answering: answer(401) },
    { name: 'is not there', answering: () => Object.assign(new Error(), { code: 'ECONNREFUSED' }) },
  ]) {
    it(`goes later where Braze ${name}`, async () => {
      const { requests, outcomes, reason } = await sendWhile('settle', answering);
      assert.deepEqual([requests, outcomes, reason], [2, ['success'], undefined]);
    });
  }
  for (const fails of ['settle', 'replace'] as const) {
    it(`is done where Braze takes it, and what is kept of the answer is kept (${fails})`, async () => {
      const { requests, outcomes, reason, kept } = await sendWhile(fails, () => taken());
      assert.deepEqual([requests, outcomes, reason], [1, ['success'], undefined]);
      assert.deepEqual(kept, { kept: { word: 'success' } });
    });
  }
  it('is refused where Braze refuses it', async () => {
    const { requests, outcomes, reason = '' } = await sendWhile('settle', answer(400));
    assert.deepEqual([requests, outcomes], [1, ['error']]);
    assert.match(reason, /^Braze refused canvas\/trigger\/send/);
  });
  for (const { name, answering } of [
    { name: 'its answer is lost', answering: () => new Error('reset') },
    { name: 'a gateway gives up on Braze', answering: answer(504) },
  ]) {
    it(`does not go twice where ${name}`, async () => {
      const { requests, outcomes, reason = '' } = await sendWhile('settle', answering);
      assert.deepEqual([requests, outcomes], [1, ['error']]);
      assert.match(reason, /may have been sent already/);
    });
  }
});

describe('a relay that is one of several', () => {
  it('sends its part of the requests that an endpoint takes', async () => {
    const world = createWorld({ config: { partOf: (requests) => Math.floor(requests / 625) } });
    const set = { name: 'subscription/status/set', body: {}, queuedFor: 3_600_000 };
    for (let visitor = 0; visitor < 12; visitor += 1)
      void world.deliver(createWork(`v${visitor}`, { share: { events: [] }, call: set }));
    await world.pass(30_000);
    // Of 5,000 in a minute.
    assert.ok(world.requests.length > 0 && world.requests.length <= 8, `${world.requests.length} requests`);
    await world.delivery.close();
  });
});
