/** What becomes of processes that hang, and what the operator's port shows of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createJointOperatorApp } from '../../server/adapters/joint-operator.ts';
import { createRunning, type World } from './process-world.ts';

/** Seconds until it is so, or `undefined` where it is not within two minutes. */
async function secondsUntil({ move }: World, isSo: () => boolean): Promise<number | undefined> {
  for (let second = 0; second <= 120; second += 1) {
    if (isSo()) return second;
    await move(1_000);
  }
  return undefined;
}

describe('a process that hangs', () => {
  it('is killed after half a minute, of which the log tells, and is started again', async () => {
    const world = await createRunning(2);
    await world.move(60_000);
    const hung = world.last(2);
    hung.hang(true);
    const seconds = await secondsUntil(world, hung.isKilled);
    assert.ok(seconds !== undefined && seconds >= 30 && seconds <= 35, `after ${seconds} s`);
    await world.move(0);
    assert.equal(world.started.filter(({ number }) => number === 2).length, 2);
    world.last(2).listen();
    await world.move(0);
    assert.deepEqual(silentOf(world), [], 'the new one has not been asked yet');
    assert.deepEqual(
      world.log.slice(-3).map(({ event, process, status }) => [event, process, status]),
      [
        ['process_hung', 2, undefined],
        ['process_ended', 2, 'SIGKILL'],
        ['process_started', 2, undefined],
      ],
    );
  });

  it('and answers again is not killed', async () => {
    const world = await createRunning(2);
    const { hang, isKilled } = world.last(2);
    hang(true);
    assert.equal(await secondsUntil(world, () => silentOf(world).length > 0), 4);
    for (let second = 0; second < 20; second += 1) await world.move(1_000);
    assert.deepEqual(silentOf(world), [2]);
    hang(false);
    assert.equal(await secondsUntil(world, isKilled), undefined);
    assert.deepEqual(silentOf(world), []);
  });

  it('at its start is killed after a minute, and not where it is the first: that may have much to do', async () => {
    const world = await createRunning(2);
    world.last(2).end({ code: 1, cause: null });
    await world.move(0);
    await world.move(250);
    const { number, isKilled } = world.last(2);
    assert.deepEqual([number, world.started.length], [2, 3]);
    assert.equal(await secondsUntil(world, isKilled), 60);
    assert.equal(world.log.filter(({ event }) => event === 'process_hung').length, 1);
  });
});

const silentOf = ({ keeper }: World) =>
  keeper.running().flatMap(({ number, isSilent }) => (isSilent ? [number] : []));

describe('the operator’s port, where a process hangs', () => {
  const createSilent = async (silent: readonly number[]) => {
    const world = await createRunning(2);
    for (const number of silent) world.last(number).hang(true);
    await secondsUntil(world, () => silentOf(world).length === silent.length);
    world.asked.length = 0;
    const app = createJointOperatorApp({ keeper: world.keeper, count: 2, droppedEntries: () => 0 });
    return { world, app };
  };

  for (const path of ['/flows', '/metrics', '/readyz']) {
    it(`asks the others for ${path}`, async () => {
      const { world, app } = await createSilent([1]);
      await app.request(path);
      assert.deepEqual(
        world.asked.map(({ number }) => number),
        [2],
      );
    });
  }

  it('shows a page of the next where one has begun to hang a moment ago', async () => {
    const { world, app } = await createSilent([]);
    world.last(1).hang(true);
    const page = app.request('/flows');
    const askedForIt = () => world.asked.filter(({ question }) => question.about === 'page');
    assert.equal(await secondsUntil(world, () => askedForIt().length > 1), 3);
    assert.equal((await page).status, 200);
  });

  it('has what the store holds of one that answers', async () => {
    const { world, app } = await createSilent([1]);
    await app.request('/metrics');
    assert.deepEqual(
      world.asked.map(({ question }) => question),
      [{ about: 'families', isOfStore: true }],
    );
  });

  for (const { silent, health, processes } of [
    { silent: [], health: 200, processes: 2 },
    { silent: [1], health: 200, processes: 1 },
    { silent: [1, 2], health: 503, processes: 0 },
  ]) {
    it(`answers /healthz with ${health} where of two processes hang ${silent.length}`, async () => {
      const { app } = await createSilent(silent);
      assert.equal((await app.request('/healthz')).status, health);
      assert.match(
        await (await app.request('/metrics')).text(),
        new RegExp(`^parley_processes ${processes}$`, 'm'),
      );
      assert.equal((await app.request('/readyz')).status, silent.length === 0 ? 200 : 503);
    });
  }
});
