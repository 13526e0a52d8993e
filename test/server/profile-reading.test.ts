/** Who is asked for together, under which limit, and what is kept: with the hands of the clock, the emulator's too. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { paceOf } from '../../server/braze/export-pace.ts';
import type { BrazeEnvironment } from '../../server/config.ts';
import { createGate } from '../../server/delivery/gate.ts';
import { StoreError, type Store } from '../../server/store/store.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import {
  createProfileWorld,
  NOW,
  personOf,
  type ExportCall,
  type ProfileWorldOptions,
  type Told,
} from './profile-world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Of what the simulated crowds come in, milliseconds. */
const STEP = 20;

/** Most of them in any window, whenever it begins. */
function mostIn(calls: readonly ExportCall[], window: number): number {
  return Math.max(
    ...calls.map(({ at }) => calls.filter((call) => call.at >= at && call.at < at + window).length),
  );
}

/** @param comesAt milliseconds after the start at which each reads */
async function crowd(
  people: number,
  comesAt: (number: number) => number,
  options: ProfileWorldOptions & { readonly processes: number },
) {
  const world = createProfileWorld({ people, latency: () => 150, ...options });
  const told: Told[] = [];
  const order = Array.from({ length: people }, (_, number) => ({
    number,
    at: Math.round(comesAt(number) / STEP) * STEP,
  }));
  for (const { number, at } of order) {
    const until = NOW + at - world.clock();
    if (until > 0) await world.pass(until);
    void world.read(number, { process: number % options.processes }).then((each) => told.push(each));
  }
  await world.pass(2_500);
  const counts = new Map<string, number>();
  for (const { read } of told) {
    const result = read.type === 'not_now' ? read.reason : read.type;
    counts.set(result, (counts.get(result) ?? 0) + 1);
  }
  return { ...world, told, counts };
}

describe('10,000 people within a minute', () => {
  for (const { name, comesAt } of [
    { name: 'evenly', comesAt: (number: number) => number * 6 },
    { name: 'within five seconds', comesAt: (number: number) => number / 2 },
    { name: 'at once', comesAt: () => 0 },
    {
      name: 'in ten bursts',
      comesAt: (number: number) => Math.floor(number / 1_000) * 6_000 + (number % 1_000),
    },
    { name: 'ever more of them', comesAt: (number: number) => MINUTE * Math.sqrt(number / 10_000) },
  ]) {
    for (const processes of [1, 3]) {
      it(`${name}, at ${processes} ${processes === 1 ? 'process' : 'processes'}: all are told what Braze knows, in 250 requests`, async () => {
        const { calls, told, counts } = await crowd(10_000, comesAt, { processes });
        assert.deepEqual([...counts], [['found', 10_000]]);
        assert.ok(calls.length <= 250, `${calls.length} requests`);
        assert.ok(mostIn(calls, MINUTE) <= 240);
        assert.ok(calls.every(({ status, ids }) => status === 201 && ids.length <= 50));
        assert.ok(told.every(({ waited }) => waited <= 2_500));
      });
    }
  }
  it('and as many in the next: no window has more than the limit', async () => {
    const { calls, counts } = await crowd(20_000, (number) => number * 6, { processes: 3 });
    assert.deepEqual([...counts], [['found', 20_000]]);
    assert.ok(mostIn(calls, MINUTE) <= 240);
  });
  it('of more than Braze takes as many are told as there is room for, and nobody waits for the others', async () => {
    const { calls, told, counts } = await crowd(20_000, (number) => number * 3, { processes: 2 });
    assert.ok(mostIn(calls, MINUTE) <= 240);
    assert.ok((counts.get('found') ?? 0) >= 11_000, `${counts.get('found') ?? 0}`);
    assert.equal(counts.get('shut'), undefined);
    assert.ok(calls.every(({ status }) => status === 201));
    const refused = told.filter(({ read }) => read.type === 'not_now' && read.reason === 'budget');
    assert.ok(refused.length > 5_000);
    assert.ok(refused.every(({ waited }) => waited <= 2_500));
  });
});

describe('a read', () => {
  it('leaves at once where little is read', async () => {
    const { told, calls } = await crowd(60, (number) => number * SECOND, { processes: 2 });
    assert.deepEqual([...new Set(told.map(({ waited }) => waited))], [150]);
    assert.equal(calls.length, 60);
  });
  it('shows the fields that were asked for, as Braze has them, and asks for no more than these and the id', async () => {
    const world = createProfileWorld();
    assert.deepEqual(await world.answerOf(2, { fields: ['email', 'first_name', 'email', 'dob'] }), {
      type: 'found',
      profile: { email: '2@prod.example', first_name: 'Ada 2' },
    });
    assert.deepEqual(await world.answerOf(3, { fields: ['external_id'] }), {
      type: 'found',
      profile: { external_id: personOf(3) },
    });
    assert.deepEqual(
      world.calls.map(({ fields }) => fields),
      [['dob', 'email', 'first_name', 'external_id'], ['external_id']],
    );
  });
  it('says of whom Braze does not know that they are unknown, beside others whom it knows', async () => {
    const world = createProfileWorld({ latency: () => 40 });
    const answers = [1, 'nobody', 2].map((number) => world.read(number));
    await world.pass(3 * SECOND);
    assert.deepEqual(
      (await Promise.all(answers)).map(({ read }) => read.type),
      ['found', 'unknown', 'found'],
    );
    assert.deepEqual(
      world.calls.map(({ ids }) => ids),
      [[personOf(1), 'nobody', personOf(2)]],
    );
  });
  for (const [name, id] of [
    ['no id', ''],
    ['half of a surrogate pair', 'ada\ud83d'],
  ] as const) {
    it(`asks nobody for ${name}, for which Braze might refuse all who are asked for with it`, async () => {
      const world = createProfileWorld();
      assert.deepEqual(await world.answerOf(id), { type: 'unknown' });
      assert.equal(world.calls.length, 0);
    });
  }
  it('shares a request with whoever asks for the same person, while they wait and while they are under way', async () => {
    const world = createProfileWorld({ latency: () => 400 });
    const answers = [world.read(1), world.read(1)];
    await world.pass(200);
    answers.push(world.read(1), world.read(2), world.read(2));
    await world.pass(3 * SECOND);
    for (const { read } of await Promise.all(answers)) assert.equal(read.type, 'found');
    assert.deepEqual(
      world.calls.map(({ ids }) => ids),
      [[personOf(1)], [personOf(2)]],
    );
  });
  it('shares no request with who asks for other fields', async () => {
    const world = createProfileWorld();
    const answers = [['email'], ['first_name'], ['first_name', 'email'], ['email', 'first_name']].map(
      (fields) => world.read(1, { fields }),
    );
    await world.pass(3 * SECOND);
    const shown = (await Promise.all(answers)).map(({ read }) => read.type === 'found' && read.profile);
    assert.deepEqual(
      shown.map((profile) => Object.keys(profile || {})),
      [['email'], ['first_name'], ['email', 'first_name'], ['email', 'first_name']],
    );
    assert.equal(world.calls.length, 3);
  });
  it('of either environment goes to its own workspace', async () => {
    const world = createProfileWorld();
    const answers = (['prod', 'sandbox'] as const).map((environment) =>
      world.read(1, { environment, fields: ['email'] }),
    );
    await world.pass(3 * SECOND);
    assert.deepEqual(
      (await Promise.all(answers)).map(({ read }) => read.type === 'found' && read.profile['email']),
      ['1@prod.example', '1@sandbox.example'],
    );
  });
  it('is told no later than it waits, however slow Braze is, and what comes then is known to the next', async () => {
    const world = createProfileWorld({ latency: () => 2_000 });
    const impatient = world.read(1, { wait: 500 });
    const patient = world.read(1, { wait: 2_500 });
    await world.pass(3_000);
    assert.deepEqual(await impatient, { read: { type: 'not_now', reason: 'deadline' }, waited: 500 });
    assert.equal((await patient).waited, 2_000);
    const next = world.read(1, { wait: 1 });
    await world.settle();
    assert.deepEqual([(await next).read.type, (await next).waited], ['found', 0]);
  });
  it('without a moment to wait is answered, too', async () => {
    const world = createProfileWorld();
    assert.deepEqual(await world.answerOf(1, { wait: 0 }), { type: 'not_now', reason: 'deadline' });
  });
  it('does not ask for who has given up before it leaves', async () => {
    const world = createProfileWorld();
    world.setClock(NOW + 59 * SECOND);
    world.emulator.setFault({ kind: 'status', status: 429, style: 'retry-after', times: 1 });
    const patient = world.read(1);
    const impatient = world.read(2, { wait: 300 });
    await world.pass(2 * SECOND);
    assert.equal((await patient).read.type, 'found');
    assert.deepEqual(await impatient, { read: { type: 'not_now', reason: 'deadline' }, waited: 300 });
    assert.deepEqual(
      world.calls.map(({ ids }) => ids.length),
      [2, 1],
    );
  });
});

describe('what was read', () => {
  interface Case {
    readonly name: string;
    /** Milliseconds from one read to the next. */
    readonly later?: number;
    readonly first?: Parameters<ReturnType<typeof createProfileWorld>['read']>[1];
    readonly second?: Case['first'];
    readonly person?: number | string;
    readonly isKept: boolean;
  }
  const CASES: readonly Case[] = [
    { name: 'is kept for as long as the site says', later: 59_000, isKept: true },
    { name: 'is not kept for longer', later: MINUTE, isKept: false },
    { name: 'is kept where Braze knows nobody by that id', person: 'nobody', later: 59_000, isKept: true },
    {
      name: 'is not kept at a site that says so',
      first: { site: 'hasty' },
      second: { site: 'hasty' },
      isKept: false,
    },
    {
      name: 'is not shown to a site that keeps nothing, though another keeps it',
      second: { site: 'hasty' },
      isKept: false,
    },
    {
      name: 'is shown to another site for as long as that site says',
      second: { site: 'brief' },
      later: 9_000,
      isKept: true,
    },
    {
      name: 'is not shown to another site for longer than that site says',
      second: { site: 'brief' },
      later: 10_000,
      isKept: false,
    },
    {
      name: 'is kept no longer than the site says that has read it',
      first: { site: 'brief' },
      later: 10_000,
      isKept: false,
    },
    {
      name: 'is not kept at a site that there is not',
      first: { site: 'gone' },
      second: { site: 'gone' },
      isKept: false,
    },
    { name: 'is not shown to who asks for other fields', second: { fields: ['email'] }, isKept: false },
    {
      name: 'is not shown in another environment',
      second: { environment: 'sandbox' },
      isKept: false,
    },
    { name: 'is not shown by another process', second: { process: 1 }, isKept: false },
  ];
  for (const { name, later = SECOND, first, second, person = 1, isKept } of CASES) {
    it(name, async () => {
      const world = createProfileWorld({
        processes: 2,
        maxAges: { brand: MINUTE, hasty: 0, brief: 10 * SECOND },
        latency: () => 0,
      });
      const before = await world.answerOf(person, { ...first, wait: 1 });
      assert.equal(before.type, person === 'nobody' ? 'unknown' : 'found');
      await world.pass(later - 2);
      assert.equal((await world.answerOf(person, { ...second, wait: 1_500 })).type, before.type);
      assert.equal(world.calls.length, isKept ? 1 : 2);
    });
  }

  it('is dropped when something of theirs was written, or they were erased, with whatever fields', async () => {
    const world = createProfileWorld();
    const sets = [['email'], ['first_name']];
    for (const fields of [...sets, ...sets]) await world.answerOf(1, { fields });
    await world.answerOf(2, { fields: ['email'] });
    assert.equal(world.calls.length, 3);
    world.readings[0]?.forget('prod', personOf(1));
    for (const fields of sets) await world.answerOf(1, { fields });
    await world.answerOf(2, { fields: ['email'] });
    assert.equal(world.calls.length, 5);
  });
  it('of one workspace is not dropped for what was written in the other', async () => {
    const world = createProfileWorld();
    await world.answerOf(1);
    world.readings[0]?.forget('sandbox', personOf(1));
    await world.answerOf(1);
    assert.equal(world.calls.length, 1);
  });
  it('is not kept where something was written while it was on its way', async () => {
    const world = createProfileWorld({ latency: () => 500 });
    const underWay = world.read(1);
    await world.pass(400);
    world.readings[0]?.forget('prod', personOf(1));
    await world.pass(200);
    assert.equal((await underWay).read.type, 'found');
    await world.answerOf(1);
    assert.equal(world.calls.length, 2);
  });
  it('is not what who asks then is told: they are asked for anew, which is kept', async () => {
    const world = createProfileWorld({ latency: () => 500 });
    const before = world.read(1);
    await world.pass(400);
    world.readings[0]?.forget('prod', personOf(1));
    const after = world.read(1);
    await world.pass(3 * SECOND);
    assert.equal((await before).waited, 500);
    assert.ok((await after).waited > 500);
    await world.answerOf(1);
    assert.equal(world.calls.length, 2);
  });
  it('with another key is forgotten: it may be that of another workspace', async () => {
    const world = createProfileWorld({ latency: () => 500 });
    for (const environment of ['prod', 'sandbox'] as const) await world.answerOf(1, { environment });
    const underWay = world.read(2);
    await world.pass(100);
    world.emulator.addKey({ key: 'another-key-of-prod', permissions: ['users.export.ids'] }, 'prod');
    world.readings[0]?.replaceSettings(world.settingsWith({ prod: 'another-key-of-prod' }));
    await world.pass(3 * SECOND);
    assert.equal((await underWay).read.type, 'found');
    for (const environment of ['prod', 'sandbox'] as const) await world.answerOf(1, { environment });
    await world.answerOf(2);
    assert.deepEqual(
      world.calls.map(({ ids }) => ids.join()),
      [1, 1, 2, 1, 2].map(personOf),
    );
  });
  it('is kept by the new settings of a site', async () => {
    const world = createProfileWorld();
    await world.answerOf(1);
    world.readings[0]?.replaceSettings(world.settingsWith({}, { brand: 0 }));
    await world.answerOf(1);
    assert.equal(world.calls.length, 2);
  });
  it('of an environment that is out of the settings is not shown, and nobody is asked', async () => {
    const world = createProfileWorld();
    await world.answerOf(1);
    const { environments, origins } = world.settingsWith();
    world.readings[0]?.replaceSettings({
      environments: new Map([...environments].filter(([name]) => name !== 'prod')),
      origins,
    });
    assert.deepEqual(await world.answerOf(1), { type: 'not_now', reason: 'shut' });
    world.readings[0]?.replaceSettings({ environments, origins });
    assert.equal((await world.answerOf(1)).type, 'found');
    assert.equal(world.calls.length, 2);
  });
  it('of an environment that was out of the settings meanwhile is not kept', async () => {
    const world = createProfileWorld({ latency: () => 500 });
    const { environments, origins } = world.settingsWith();
    const underWay = world.read(1);
    await world.pass(100);
    world.readings[0]?.replaceSettings({ environments: new Map(), origins: new Map() });
    await world.settle();
    assert.deepEqual((await underWay).read, { type: 'not_now', reason: 'shut' });
    world.readings[0]?.replaceSettings({ environments, origins });
    await world.pass(SECOND);
    assert.equal((await world.answerOf(1)).type, 'found');
    assert.equal(world.calls.length, 2);
  });
  it('is out of the memory when it is over, though nobody asks again', async () => {
    const world = createProfileWorld({ maxAges: { brand: MINUTE, brief: 5 * SECOND } });
    await world.answerOf(1);
    await world.answerOf(2, { site: 'brief' });
    assert.equal(world.waitingTimers, 1);
    await world.pass(MINUTE + SECOND);
    assert.equal(world.waitingTimers, 0);
  });
  it('is out of the memory when the process ends: nothing waits', async () => {
    const world = createProfileWorld();
    await world.answerOf(1);
    world.readings[0]?.close();
    assert.equal(world.waitingTimers, 0);
    assert.deepEqual(await world.answerOf(1), { type: 'not_now', reason: 'shut' });
  });
  it('is not kept for longer because the clock was set back', async () => {
    const world = createProfileWorld();
    await world.answerOf(1);
    world.setClock(NOW - MINUTE);
    await world.answerOf(1);
    assert.equal(world.calls.length, 2);
  });

  const sizeOf = (number: number) =>
    `prod/${personOf(number)}`.length +
    JSON.stringify({ custom_attributes: { tier: 'gold', points: 0 } }).length;
  for (const { name, room } of [
    { name: 'people', room: { entries: 3, characters: 1_000_000 } },
    { name: 'characters', room: { entries: 1_000, characters: 3 * sizeOf(0) + 10 } },
  ]) {
    it(`gives way to what is read later, where there are too many ${name}`, async () => {
      const world = createProfileWorld({ room });
      for (const number of [0, 2, 4, 6, 6, 4, 2]) await world.answerOf(number);
      assert.equal(world.calls.length, 4);
      await world.answerOf(0);
      assert.equal(world.calls.length, 5);
    });
  }
  it('is not kept at all where it alone takes more than there is room for', async () => {
    const world = createProfileWorld({ room: { entries: 10, characters: 20 } });
    await world.answerOf(0);
    await world.answerOf(0);
    assert.equal(world.calls.length, 2);
  });
});

describe('the limit of exports', () => {
  it('is told in no time where nothing is left of it, and comes back', async () => {
    const world = createProfileWorld({
      exports: { limit: 5, window: MINUTE },
      people: 500,
      latency: () => 0,
    });
    const answers = Array.from({ length: 500 }, (_, number) => world.read(number));
    await world.pass(3 * SECOND);
    const told = await Promise.all(answers);
    assert.equal(told.filter(({ read }) => read.type === 'found').length, 200);
    for (const { read, waited } of told.filter(({ read }) => read.type !== 'found'))
      assert.deepEqual([read, waited], [{ type: 'not_now', reason: 'budget' }, 0]);
    await world.pass(70 * SECOND);
    assert.equal((await world.answerOf(300)).type, 'found');
  });
  it('is that of each environment by itself', async () => {
    const world = createProfileWorld({ exports: { limit: 2, window: MINUTE } });
    for (const environment of ['prod', 'sandbox'] as const)
      assert.equal((await world.answerOf(1, { environment })).type, 'found');
  });
  for (const { name, rateHeaders } of [
    { name: 'until when', rateHeaders: 'epoch' },
    { name: 'for how long', rateHeaders: 'delta' },
  ] as const) {
    it(`is heeded as Braze says it (${name}): nothing leaves before, at any process`, async () => {
      const world = createProfileWorld({ processes: 2, rateHeaders });
      world.emulator.setFault({ kind: 'throttle', limit: 0, window: MINUTE, times: 1 });
      assert.deepEqual(await world.answerOf(1), { type: 'not_now', reason: 'budget' });
      assert.deepEqual(await world.answerOf(2, { process: 1 }), { type: 'not_now', reason: 'budget' });
      assert.deepEqual(
        world.calls.map(({ status }) => status),
        [429],
      );
      await world.pass(MINUTE);
      assert.equal((await world.answerOf(1)).type, 'found');
      assert.equal((await world.answerOf(2, { process: 1 })).type, 'found');
    });
  }
  it('that ends in time is waited for', async () => {
    const world = createProfileWorld({ latency: () => 40 });
    world.setClock(NOW + 59_000);
    world.emulator.setFault({ kind: 'status', status: 429, style: 'retry-after', times: 1 });
    const { read, waited } = await (async () => {
      const answer = world.read(1);
      await world.pass(2_400);
      return answer;
    })();
    assert.equal(read.type, 'found');
    assert.ok(waited >= 1_000 && waited < 2_500, `${waited}`);
  });
  it('is counted by the process alone while the store fails, and nobody waits for the store', async () => {
    const memory = createMemoryStore({ clock: () => NOW, isDurable: true });
    const fail = () => Promise.reject(new StoreError('the disk is full'));
    const store: Store = { ...memory, count: fail, get: fail, put: fail };
    const world = createProfileWorld({ store, exports: { limit: 5, window: MINUTE }, people: 500 });
    const answers = Array.from({ length: 500 }, (_, number) => world.read(number));
    await world.pass(3 * SECOND);
    const found = (await Promise.all(answers)).filter(({ read }) => read.type === 'found');
    assert.equal(found.length, 200);
  });
  it('of a store that does not answer holds nobody past the time that they wait', async () => {
    const memory = createMemoryStore({ clock: () => NOW, isDurable: true });
    const never = () => new Promise<never>(() => undefined);
    const world = createProfileWorld({ store: { ...memory, count: never, get: never, put: never } });
    const answer = world.read(1);
    await world.pass(2_500);
    assert.deepEqual(await answer, { read: { type: 'not_now', reason: 'deadline' }, waited: 2_500 });
  });
});

describe('trouble', () => {
  it('that one process has is known to all, and is none of what is written', async () => {
    const world = createProfileWorld({ processes: 2 });
    world.emulator.setFault({ kind: 'status', status: 403 });
    assert.deepEqual(await world.answerOf(1), { type: 'not_now', reason: 'shut' });
    assert.deepEqual(await world.answerOf(1, { process: 1 }), { type: 'not_now', reason: 'shut' });
    assert.equal(world.calls.length, 1);
    const { environments } = world.settingsWith();
    const ofTracking = createGate(environments.get('prod') as BrazeEnvironment, { deadline: 2_500 }, world);
    assert.deepEqual((await ofTracking.state()).breaker, { type: 'closed' });
  });
  it('of one workspace is none of the other', async () => {
    const world = createProfileWorld();
    world.emulator.setFault({ kind: 'status', status: 403, times: 1 });
    await world.answerOf(1);
    assert.equal((await world.answerOf(1, { environment: 'sandbox' })).type, 'found');
    assert.deepEqual(world.permissions, ['prod users.export.ids 403', 'sandbox users.export.ids granted']);
  });
  it('is looked at again by one request at a time', async () => {
    const world = createProfileWorld();
    world.emulator.setFault({ kind: 'status', status: 403, times: 1 });
    await world.answerOf(1);
    await world.pass(MINUTE);
    const answers = [2, 3, 4].map((number, index) =>
      world.read(number, { fields: [`email`, 'dob'].slice(index % 2) }),
    );
    await world.pass(3 * SECOND);
    const told = (await Promise.all(answers)).map(({ read }) => read.type);
    assert.equal(world.calls[1]?.ids.length, told.filter((type) => type === 'found').length);
    assert.ok(told.includes('found'));
    assert.equal((await world.answerOf(5)).type, 'found');
  });
});

describe('the pace of exports', () => {
  const limit = { limit: 240, window: MINUTE };
  const quiet = { left: 239, own: 1, interval: 10 };
  for (const { name, given, pace } of [
    { name: 'spreads half of the limit over its window', given: quiet, pace: 500 },
    { name: 'holds for all processes together', given: { left: 209, own: 9, interval: 10 }, pace: 1_600 },
    { name: 'is slower where little is left', given: { left: 60, own: 180, interval: 10 }, pace: 2_000 },
    {
      name: 'is very slow where nothing is left',
      given: { left: 0, own: 240, interval: 10 },
      pace: 7_200_000,
    },
    { name: 'is none for people who come one by one', given: { ...quiet, interval: 251 }, pace: 0 },
    { name: 'is one where two come within it', given: { ...quiet, interval: 250 }, pace: 500 },
    {
      name: 'is that of one process before anything has left',
      given: { left: 240, own: 0, interval: 1 },
      pace: 500,
    },
  ]) {
    it(name, () => assert.equal(Math.round(paceOf(limit, given)), pace));
  }
});
