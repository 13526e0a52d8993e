/** Exports for joins and erasures, and those that read profiles: how they share what Braze takes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BrazeAnswer } from '../../server/braze/client.ts';
import { judgeAnswer } from '../../server/braze/outcome.ts';
import { createUpkeepExports, readingLimitOf, reserveOf } from '../../server/braze/upkeep-exports.ts';
import { createPermissions } from '../../server/permissions.ts';
import { createProfileWorld, NOW } from './profile-world.ts';

const MINUTE = 60_000;

const TAKEN: BrazeAnswer = { type: 'response', status: 201, headers: new Headers(), body: { users: [] } };

function upkeepIn(world: ReturnType<typeof createProfileWorld>, exports = { limit: 250, window: MINUTE }) {
  let answer = TAKEN;
  const permissions = createPermissions();
  const exporting = createUpkeepExports({ name: 'prod', exports }, { ...world, permissions });
  const body = { external_ids: ['ada'], fields_to_export: ['braze_id'] };
  const once = () => exporting.ask({ exportIds: async () => answer }, body);
  return {
    once,
    permissions,
    answerWith: (given: BrazeAnswer) => {
      answer = given;
    },
    /** How many leave of far more than may: who is refused asks again. */
    async all() {
      let left = 0;
      for (let asked = 0; asked < 200; asked += 1) if ((await once()).type === 'response') left += 1;
      return left;
    },
  };
}

/** How many requests leave where as many people come as fill them all. */
async function readAll(world: ReturnType<typeof createProfileWorld>): Promise<number> {
  const answers = Array.from({ length: 15_000 }, (_, number) => world.read(number));
  await world.pass(2_500);
  await Promise.all(answers);
  return world.calls.length;
}

describe('of the exports that Braze takes in a minute', () => {
  it('upkeep has a fifth at most, and readers have all others', async () => {
    const world = createProfileWorld({ people: 0 });
    assert.equal(await upkeepIn(world).all(), 50);
    assert.equal(await readAll(world), 190);
    assert.equal(await upkeepIn(world).all(), 0);
  });
  it('readers leave a twenty-fifth to upkeep, whoever comes first', async () => {
    const world = createProfileWorld({ people: 0 });
    assert.equal(await readAll(world), 240);
    assert.equal(await upkeepIn(world).all(), 10);
    await world.pass(MINUTE + 5_000);
    assert.equal(await upkeepIn(world).all(), 50);
  });
  it('upkeep of several processes has no more', async () => {
    const world = createProfileWorld();
    const processes = [upkeepIn(world), upkeepIn(world)];
    assert.deepEqual([await processes[0]?.all(), await processes[1]?.all()], [50, 0]);
  });
  it('what does not leave has waited for nothing, and says when to come again', async () => {
    const world = createProfileWorld();
    const upkeep = upkeepIn(world, { limit: 5, window: MINUTE });
    assert.deepEqual(await upkeep.once(), TAKEN);
    const answer = await upkeep.once();
    assert.ok(answer.type === 'no_answer' && answer.reason === 'budget');
    assert.ok(answer.retryAfter > 50 && answer.retryAfter < 75, `${answer.retryAfter}`);
    assert.deepEqual(judgeAnswer(answer, NOW), { type: 'limited', retryAfter: answer.retryAfter });
  });
  it('nothing leaves, of either kind, before the time that Braze names', async () => {
    const world = createProfileWorld();
    const upkeep = upkeepIn(world);
    upkeep.answerWith({ ...TAKEN, status: 429, headers: new Headers({ 'x-ratelimit-retry-after': '40' }) });
    await upkeep.once();
    upkeep.answerWith(TAKEN);
    assert.equal((await upkeep.once()).type, 'no_answer');
    assert.deepEqual(await world.answerOf(1), { type: 'not_now', reason: 'budget' });
    await world.pass(41_000);
    assert.deepEqual(await upkeep.once(), TAKEN);
    assert.equal((await world.answerOf(1)).type, 'found');
  });
  it('what the key may not is heard until it may; any other answer says nothing of that', async () => {
    const { once, answerWith, permissions } = upkeepIn(createProfileWorld());
    const missing = { environment: 'prod', permission: 'users.export.ids' };
    for (const [status, seen] of [
      [503, []],
      [404, []],
      [403, [{ ...missing, status: 403 }]],
      [503, [{ ...missing, status: 403 }]],
      [201, []],
      [401, [{ ...missing, status: 401 }]],
    ] as const) {
      answerWith({ ...TAKEN, status });
      await once();
      assert.deepEqual(permissions.missing(), seen, String(status));
    }
  });
  for (const [limit, reserve] of [
    [1, 0],
    [2, 1],
    [5, 1],
    [250, 10],
    [2_500, 100],
  ] as const) {
    it(`of ${limit}, ${reserve} are left to upkeep`, async () => {
      assert.equal(reserveOf(limit), reserve);
      assert.equal(readingLimitOf({ limit, window: MINUTE }).limit, limit - reserve);
      const world = createProfileWorld({ exports: { limit, window: MINUTE } });
      assert.equal((await world.answerOf(1)).type, 'found');
    });
  }
});
