import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMemoryStore } from '../../server/store/memory.ts';
import { createGate, createWork, createWorld, taken, type TrackedBody } from './world.ts';

/** Ids of the submissions whose events are in a request, in order. */
const idsIn = ({ events = [] }: TrackedBody) =>
  events.map(({ properties }) => (properties as { submission_id: string }).submission_id);

const outcomeOf = (delivered: Awaited<ReturnType<ReturnType<typeof createWorld>['deliver']>>) =>
  delivered.type === 'later' ? `later ${delivered.retryAfter}` : delivered.receipt.outcome;

const notDurable = (clock: () => number) => createMemoryStore({ clock });

describe('a submission', () => {
  it('leaves at once where nothing is under way, and its receipt names the next node', async () => {
    const world = createWorld();
    const work = createWork('v');
    assert.deepEqual(await world.deliver(work), {
      type: 'settled',
      receipt: { id: work.id, outcome: 'success', next: 'thanks' },
    });
    assert.equal(world.requests.length, 1);
  });
  it('that comes again is not sent again', async () => {
    const world = createWorld();
    const work = createWork('v');
    const first = await world.deliver(work);
    assert.deepEqual(await world.deliver(work), first);
    assert.equal(world.requests.length, 1);
  });
  it('that comes again while it is under way waits for the same receipt', async () => {
    const world = createWorld();
    const gate = createGate();
    world.answer(gate.answering);
    const work = createWork('v');
    const both = Promise.all([world.deliver(work), world.deliver(work)]);
    await world.settle();
    const third = world.deliver(work);
    gate.open();
    const [one, two] = await both;
    assert.deepEqual(one, two);
    assert.deepEqual(await third, one);
    assert.equal(world.requests.length, 1);
  });
  it('that is too old is not begun, and holds up nothing; a repeat of one has its receipt', async () => {
    const world = createWorld();
    const [known, old, fresh] = [createWork('v'), createWork('v'), createWork('v')];
    await world.deliver(known);
    const deliverOld = () =>
      world.delivery.deliver([known, old, fresh], 2_500, undefined, (work) => work !== fresh);
    const delivered = deliverOld();
    await world.pass(1_000);
    assert.deepEqual((await delivered).map(outcomeOf), ['success', 'error', 'success']);
    assert.deepEqual(
      (await delivered).map(({ type }) => type),
      ['settled', 'expired', 'settled'],
    );
    assert.deepEqual(world.requests.flatMap(idsIn), [known.id, fresh.id]);
    assert.equal((await world.store.stats()).deadLetters, 0);
  });
  it('with nothing to write is a success, and no request', async () => {
    const world = createWorld();
    assert.equal(outcomeOf(await world.deliver(createWork('v', { share: { events: [] } }))), 'success');
    assert.equal(world.requests.length, 0);
  });
  it('whose answer the relay refused is asked again, and no request', async () => {
    const world = createWorld();
    const refused = { field: 'email', next: 'ask_email' };
    const work = createWork('v', { share: { events: [] }, refused });
    assert.deepEqual(await world.deliver(work), {
      type: 'settled',
      receipt: { id: work.id, outcome: 'invalid', ...refused },
    });
    assert.equal(world.requests.length, 0);
  });
});

describe('submissions of many visitors', () => {
  it('share the next request while one is under way, up to 75 objects', async () => {
    const world = createWorld();
    const gate = createGate();
    world.answer(gate.answering);
    const all = [world.deliver(createWork('first'))];
    await world.settle();
    for (let index = 0; index < 80; index += 1) all.push(world.deliver(createWork(`v-${index}`)));
    await world.pass(15);
    assert.deepEqual(
      world.requests.map(({ attributes, events }) => [attributes?.length, events?.length]),
      // Two objects each: 37 submissions are 74 objects.
      [
        [1, 1],
        [37, 37],
        [37, 37],
        [6, 6],
      ],
    );
    gate.open();
    assert.deepEqual(new Set((await Promise.all(all)).map(outcomeOf)), new Set(['success']));
  });
  it('wait for company no longer than the linger', async () => {
    const world = createWorld();
    const gate = createGate();
    world.answer(gate.answering);
    const first = world.deliver(createWork('a'));
    await world.settle();
    const second = world.deliver(createWork('b'));
    await world.pass(14);
    assert.equal(world.requests.length, 1);
    await world.pass(1);
    assert.equal(world.requests.length, 2);
    gate.open();
    await Promise.all([first, second]);
  });
  it('have no more requests under way than the concurrency', async () => {
    const world = createWorld({ config: { concurrency: 2 } });
    const gate = createGate();
    world.answer(gate.answering);
    const all: Promise<unknown>[] = [];
    for (let index = 0; index < 5; index += 1) {
      all.push(world.deliver(createWork(`v-${index}`)));
      await world.pass(20);
    }
    assert.equal(world.requests.length, 2);
    gate.open();
    await world.settle();
    assert.equal(world.requests.length, 3);
    assert.equal(world.requests[2]?.events?.length, 3);
    gate.open();
    await Promise.all(all);
  });
  it('have a request each with batching off', async () => {
    const world = createWorld({ config: { batching: false } });
    await Promise.all(['a', 'b', 'c'].map((visitor) => world.deliver(createWork(visitor))));
    assert.deepEqual(
      world.requests.map(({ events }) => events?.length),
      [1, 1, 1],
    );
  });
});

describe('submissions of one visitor', () => {
  it('keep their order: one request is under way, and those that wait share the next', async () => {
    const world = createWorld();
    const gate = createGate();
    world.answer(gate.answering);
    const works = ['a', 'b', 'c'].map((id) => createWork('v', { id }));
    const all = works.map((work) => world.deliver(work));
    await world.settle();
    const late = world.deliver(createWork('v', { id: 'd' }));
    await world.pass(100);
    assert.deepEqual(world.requests.map(idsIn), [['a', 'b', 'c']]);
    gate.open();
    await Promise.all(all);
    await world.settle();
    assert.deepEqual(world.requests.map(idsIn), [['a', 'b', 'c'], ['d']]);
    gate.open();
    await late;
  });
  it('are all in the spool behind one that is', async () => {
    const world = createWorld();
    world.answer(() => new Response(null, { status: 503 }));
    assert.equal(outcomeOf(await world.deliver(createWork('v', { id: 'a' }))), 'queued');
    world.answer(() => taken());
    assert.equal(outcomeOf(await world.deliver(createWork('v', { id: 'b' }))), 'queued');
    assert.equal(world.requests.length, 1);
    world.delivery.startSpool();
    await world.pass(5_000);
    assert.deepEqual(world.requests.map(idsIn), [['a'], ['a', 'b']]);
    assert.equal((await world.store.stats()).unsettled, 0);
    await world.delivery.close();
  });
  it('that wait behind one that fails go into the spool with it', async () => {
    const world = createWorld();
    const gate = createGate();
    world.answer(gate.answering);
    const first = world.deliver(createWork('v', { id: 'a' }));
    await world.settle();
    const second = world.deliver(createWork('v', { id: 'b' }));
    await world.settle();
    gate.open(() => new Response(null, { status: 503 }));
    assert.deepEqual([outcomeOf(await first), outcomeOf(await second)], ['queued', 'queued']);
    assert.equal((await world.store.stats()).spooled, 2);
  });
});

describe('a visitor waits for Braze', () => {
  it('no longer than the deadline where a request is under way: it is queued, and its last word is kept', async () => {
    const world = createWorld();
    const gate = createGate();
    world.answer(gate.answering);
    const work = createWork('v');
    const told = world.deliver(work);
    await world.pass(2_500);
    assert.deepEqual(await told, {
      type: 'settled',
      receipt: { id: work.id, outcome: 'queued', next: 'thanks' },
    });
    gate.open();
    await world.settle();
    assert.equal((await world.store.find(work.key))?.receipt.outcome, 'success');
    assert.equal(world.requests.length, 1);
  });
  it('no longer than the deadline where none could leave', async () => {
    const world = createWorld({ config: { concurrency: 1 } });
    const gate = createGate();
    world.answer(gate.answering);
    const first = world.deliver(createWork('a'));
    await world.settle();
    const second = world.deliver(createWork('b'));
    await world.pass(2_500);
    assert.deepEqual([outcomeOf(await first), outcomeOf(await second)], ['queued', 'queued']);
    assert.deepEqual([(await world.store.stats()).unsettled, (await world.store.stats()).spooled], [2, 2]);
  });
  it('and a last word that nobody hears becomes a dead letter', async () => {
    const world = createWorld();
    const gate = createGate();
    world.answer(gate.answering);
    const work = createWork('v');
    const told = world.deliver(work);
    await world.pass(2_500);
    assert.equal(outcomeOf(await told), 'queued');
    gate.open(() => taken([{ type: 'EMAIL_BAD_FORMAT', input_array: 'attributes', index: 0 }]));
    await world.settle();
    const [dead] = await world.store.deadLetters.list(10);
    assert.match(dead?.reason ?? '', /"email"/);
    assert.deepEqual(dead?.work.share.events, []);
  });
  it('not at all while the breaker is open', async () => {
    const world = createWorld();
    world.answer(() => new Response(null, { status: 401 }));
    assert.equal(outcomeOf(await world.deliver(createWork('a'))), 'queued');
    assert.equal(outcomeOf(await world.deliver(createWork('b'))), 'queued');
    assert.equal(world.requests.length, 1);
    const { lanes } = await world.delivery.state();
    assert.equal(lanes.get('prod')?.breaker.type, 'open');
  });
});

describe('without a durable store', () => {
  for (const [name, answer, outcome] of [
    ['a failing Braze', () => new Response(null, { status: 503 }), /^later \d+$/],
    [
      'a limiting Braze',
      () => new Response(null, { status: 429, headers: { 'x-ratelimit-retry-after': '7' } }),
      /^later 7$/,
    ],
  ] as const) {
    it(`${name} leaves the submission with the browser, and it may come again`, async () => {
      const world = createWorld({ store: notDurable });
      world.answer(answer);
      const work = createWork('v');
      assert.match(outcomeOf(await world.deliver(work)), outcome);
      world.answer(() => taken());
      await world.pass(60_000);
      assert.equal(outcomeOf(await world.deliver(work)), 'success');
    });
  }
  it('a slow Braze leaves the submission with the browser, which finds its receipt later', async () => {
    const world = createWorld({ store: notDurable });
    const gate = createGate();
    world.answer(gate.answering);
    const work = createWork('v');
    const told = world.deliver(work);
    await world.pass(2_500);
    assert.equal(outcomeOf(await told), 'later 1');
    gate.open();
    await world.settle();
    assert.equal(outcomeOf(await world.deliver(work)), 'success');
    assert.equal(world.requests.length, 1);
  });
  it('what stands behind another relay’s request goes when its browser comes again, and not before', async () => {
    const world = createWorld({ store: notDurable });
    const gate = createGate();
    world.answer(gate.answering);
    void world.deliver(createWork('v'));
    await world.settle();
    const other = world.start();
    const work = createWork('v');
    const told = other.deliver([work], 2_500);
    await world.pass(5_000);
    assert.deepEqual((await told).map(outcomeOf), ['later 1']);
    gate.open();
    world.answer(() => taken());
    await world.pass(60_000);
    assert.deepEqual(world.requests.length, 1);
    assert.equal((await world.store.stats()).unsettled, 0);
    assert.deepEqual((await other.deliver([work], 2_500)).map(outcomeOf), ['success']);
    await other.close();
  });
});

describe('one that Braze refuses', () => {
  const isBad = ({ attributes = [] }: TrackedBody) => attributes.some(({ email }) => email === 'bad');
  const bad = (visitor: string) => {
    const work = createWork(visitor);
    return { ...work, share: { ...work.share, attributes: { ...work.share.attributes, email: 'bad' } } };
  };

  it('among others is told apart by index, and the others are accepted', async () => {
    const world = createWorld();
    world.answer(({ attributes = [] }) => {
      const index = attributes.findIndex(({ email }) => email === 'bad');
      return taken(index < 0 ? undefined : [{ type: 'EMAIL_BAD_FORMAT', input_array: 'attributes', index }]);
    });
    const all = await Promise.all(
      [createWork('a'), bad('b'), createWork('c')].map((work) => world.deliver(work)),
    );
    assert.deepEqual(all.map(outcomeOf), ['success', 'invalid', 'success']);
    assert.equal((await world.store.stats()).deadLetters, 0);
  });
  it('with the whole request is found by sending each alone, once', async () => {
    const world = createWorld();
    world.answer((body) =>
      isBad(body)
        ? Response.json(
            { message: "The value provided for the 'email' field is not a valid email." },
            { status: 400 },
          )
        : taken(),
    );
    const works = [createWork('a'), bad('b'), createWork('c')];
    const all = await Promise.all(works.map((work) => world.deliver(work)));
    assert.deepEqual(all.map(outcomeOf), ['success', 'invalid', 'success']);
    assert.deepEqual(
      world.requests.map((body) => body.events?.length),
      [3, 1, 1, 1],
    );
  });
  it('for what no answer fills is an error, and a dead letter', async () => {
    const world = createWorld();
    world.answer(() => Response.json({ message: 'No.' }, { status: 400 }));
    assert.equal(outcomeOf(await world.deliver(createWork('a'))), 'error');
    const [dead] = await world.store.deadLetters.list(10);
    assert.match(dead?.reason ?? '', /node "save" in flow "welcome"/);
    assert.equal(dead?.words, 'No.');
  });
});

describe('a request that is too large', () => {
  it('is halved and sent again, and the lower limit is remembered, also by the next process', async () => {
    const world = createWorld();
    const gate = createGate();
    world.answer(gate.answering);
    const all = [world.deliver(createWork('first'))];
    await world.settle();
    for (let index = 0; index < 37; index += 1) all.push(world.deliver(createWork(`v-${index}`)));
    await world.settle();
    world.answer(({ attributes = [], events = [] }) =>
      attributes.length + events.length > 50
        ? Response.json({ message: 'Max Input Length Exceeded' }, { status: 400 })
        : taken(),
    );
    gate.open();
    await world.pass(20);
    gate.open(() => Response.json({ message: 'Max Input Length Exceeded' }, { status: 400 }));
    await world.pass(100);
    assert.deepEqual(new Set((await Promise.all(all)).map(outcomeOf)), new Set(['success']));
    const other = world.start();
    await other.deliver([createWork('w')], 2_500);
    assert.equal((await other.state()).lanes.get('prod')?.objectLimit, 37);
  });
  it('with one submission alone is an error', async () => {
    const world = createWorld();
    world.answer(() => new Response(null, { status: 413 }));
    assert.equal(outcomeOf(await world.deliver(createWork('a'))), 'error');
    assert.equal((await world.store.stats()).deadLetters, 1);
  });
});

describe('an answer that is lost', () => {
  const lost = () => new TypeError('fetch failed');
  const counted = (visitor: string) => {
    const work = createWork(visitor);
    return {
      ...work,
      share: {
        ...work.share,
        attributes: { ...work.share.attributes, visits: { inc: 1 }, seen: { add: ['a'] } },
      },
    };
  };

  for (const [choice, events] of [
    ['resend', 1],
    ['drop', 0],
  ] as const) {
    it(`leaves it in doubt: attributes go again but for counts, events by the choice "${choice}"`, async () => {
      const world = createWorld({ config: { inDoubtEvents: choice } });
      world.answer(lost);
      const work = counted('v');
      assert.equal(outcomeOf(await world.deliver(work)), 'queued');
      world.answer(() => taken());
      world.delivery.startSpool();
      await world.pass(10_000);
      const { events: resent = [], attributes: [again] = [] } = world.requests[1] ?? {};
      assert.equal(resent.length, events);
      assert.deepEqual(again?.['seen'], { add: ['a'] });
      assert.equal('visits' in again, false);
      assert.equal((await world.store.stats()).inDoubt, 1);
      assert.deepEqual((await world.store.find(work.key))?.acceptedEvents, ['met#0']);
      await world.delivery.close();
    });
  }
  it('of a relay that died leaves it in doubt, when its claim is over', async () => {
    const world = createWorld();
    world.answer(createGate().answering);
    const work = counted('v');
    void world.deliver(work);
    await world.settle();
    world.answer(() => taken());
    const other = world.start();
    other.startSpool();
    await world.pass(14_000);
    assert.equal(world.requests.length, 1);
    await world.pass(3_000);
    assert.equal(world.requests.length, 2);
    assert.equal(world.requests[1]?.attributes?.[0]?.['visits'], undefined);
    assert.equal((await world.store.stats()).inDoubt, 1);
    await other.close();
  });
});

describe('a correction', () => {
  const correcting = (id: string, corrects: string) => createWork('v', { id, corrects: `v/${corrects}` });

  it('writes attributes again, and no event that was accepted', async () => {
    const world = createWorld();
    await world.deliver(createWork('v', { id: 'a' }));
    await world.deliver(correcting('b', 'a'));
    assert.deepEqual(world.requests.map(idsIn), [['a'], []]);
    assert.equal(world.requests[1]?.attributes?.length, 1);
  });
  it('writes an event that was not accepted', async () => {
    const world = createWorld();
    world.answer(() => taken([{ type: 'no', input_array: 'events', index: 0 }]));
    await world.deliver(createWork('v', { id: 'a' }));
    world.answer(() => taken());
    await world.deliver(correcting('b', 'a'));
    await world.deliver(correcting('c', 'b'));
    assert.deepEqual(world.requests.map(idsIn), [['a'], ['b'], []]);
  });
  it('never shares a request with what it corrects', async () => {
    const world = createWorld();
    const all = [world.deliver(createWork('v', { id: 'a' })), world.deliver(correcting('b', 'a'))];
    await Promise.all(all);
    assert.deepEqual(world.requests.map(idsIn), [['a'], []]);
  });
  it('of what the relay refused knows what was accepted before it', async () => {
    const world = createWorld();
    await world.deliver(createWork('v', { id: 'a' }));
    await world.deliver({
      ...correcting('b', 'a'),
      share: { events: [] },
      refused: { field: 'email', next: 'ask_email' },
    });
    await world.deliver(correcting('c', 'b'));
    assert.deepEqual(world.requests.map(idsIn), [['a'], []]);
  });
  it('of another action is none', async () => {
    const world = createWorld();
    await world.deliver(createWork('v', { id: 'a', node: 'other' }));
    await world.deliver(correcting('b', 'a'));
    assert.deepEqual(world.requests.map(idsIn), [['a'], ['b']]);
  });
});

describe('with changes only', () => {
  const workOf = (id: string, attributes: Readonly<Record<string, string | { inc: number }>>) => {
    const work = createWork('v', { id });
    const { email: _, ...identifier } = work.share.attributes as Record<string, never>;
    return { ...work, share: { events: [], attributes: { ...identifier, ...attributes } } };
  };
  const written = (bodies: readonly TrackedBody[]) =>
    bodies.map(({ attributes = [] }) =>
      attributes.map(({ user_alias: _, _update_existing_only: __, ...rest }) => rest),
    );

  it('what Braze has acknowledged is left out, and counts never are', async () => {
    const world = createWorld({ config: { changesOnly: true } });
    await world.deliver(workOf('a', { city: 'Porto', name: 'Ada', visits: { inc: 1 } }));
    await world.deliver(workOf('b', { city: 'Porto', name: 'Eve', visits: { inc: 1 } }));
    await world.deliver(workOf('c', { city: 'Porto' }));
    assert.deepEqual(written(world.requests), [
      [{ city: 'Porto', name: 'Ada', visits: { inc: 1 } }],
      [{ name: 'Eve', visits: { inc: 1 } }],
    ]);
  });
  it('all is sent again after an error of the visitor’s', async () => {
    const world = createWorld({ config: { changesOnly: true } });
    await world.deliver(workOf('a', { city: 'Porto' }));
    world.answer(() => taken([{ type: 'no', input_array: 'attributes', index: 0 }]));
    await world.deliver(workOf('b', { name: 'Ada' }));
    world.answer(() => taken());
    await world.deliver(workOf('c', { city: 'Porto' }));
    assert.deepEqual(written(world.requests).at(-1), [{ city: 'Porto' }]);
  });
});

describe('a relay that closes', () => {
  it('lets requests end and puts what waits into the spool', async () => {
    const world = createWorld({ config: { concurrency: 1 } });
    const gate = createGate();
    world.answer(gate.answering);
    const first = world.deliver(createWork('a'));
    await world.settle();
    const second = world.deliver(createWork('b'));
    await world.settle();
    const closed = world.delivery.close();
    assert.equal(outcomeOf(await second), 'queued');
    gate.open();
    await closed;
    assert.equal(outcomeOf(await first), 'success');
    assert.deepEqual([(await world.store.stats()).unsettled, (await world.store.stats()).spooled], [1, 1]);
    assert.match(outcomeOf(await world.deliver(createWork('c'))), /^later/);
  });
});

describe('a relay that holds as much as it may', () => {
  it('takes nothing more on', async () => {
    const world = createWorld({ config: { spoolLimit: 2 } });
    world.answer(() => new Response(null, { status: 503 }));
    const all = await Promise.all(['a', 'b', 'c'].map((visitor) => world.deliver(createWork(visitor))));
    assert.deepEqual(all.map(outcomeOf).sort(), ['later 5', 'queued', 'queued']);
  });
});
