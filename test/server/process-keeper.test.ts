/** Which process is started when, and when there is no hope; and what several of them say of their readiness together. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { joinReadiness } from '../../server/adapters/joint-operator.ts';
import { CLOSED, createRunning, createWorld, FAULT, KILLED, type World } from './process-world.ts';

describe('the processes of a relay', () => {
  it('are started when the first one listens, and not before', async () => {
    const { keeper, started } = createWorld(3);
    const starting = keeper.start();
    await turn();
    assert.deepEqual(
      started.map(({ number }) => number),
      [1],
    );
    started[0]?.listen();
    await turn();
    assert.deepEqual(
      started.map(({ number }) => number),
      [1, 2, 3],
    );
    for (const { listen } of started) listen();
    assert.equal(await starting, 'http://localhost:1');
    assert.equal(keeper.running().length, 3);
  });

  it('are not started where the first one ends instead, of which nothing is logged: it has said why', async () => {
    const { keeper, started, log } = createWorld(3);
    const starting = keeper.start();
    started[0]?.end(FAULT);
    assert.equal(await starting, undefined);
    assert.deepEqual([started.length, log], [1, []]);
  });

  it('come back at once where they have run for a second, and after longer and longer pauses where they end at once', async () => {
    const { keeper, last, move, log, started } = await createRunning(2);
    await move(1_000);
    last(2).end(KILLED);
    await turn();
    assert.equal(keeper.running().length, 1);
    await move(0);
    assert.equal(started.length, 3);
    for (const pause of [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
      const before: number = started.length;
      last(2).end(FAULT);
      await turn();
      await move(pause - 1);
      assert.equal(started.length, before, `sooner than ${pause}`);
      await move(1);
      assert.equal(started.length, before + 1, `later than ${pause}`);
    }
    const ended = log.filter(({ event }) => event === 'process_ended');
    assert.deepEqual([ended[0]?.status, ended[0]?.milliseconds, ended[1]?.status], ['SIGKILL', 0, '1']);
    assert.equal(keeper.ends().get(2), ended.length);
  });

  it('come back after pauses that are no longer than they have run, where they end again and again', async () => {
    const { last, move, log } = await createRunning(2);
    for (const life of [1_500, 1_500, 1_500, 1_500, 1_500, 1_500, 29_999, 30_000, 1_500]) {
      await move(life);
      last(2).end(FAULT);
      await turn();
      await move(log.at(-1)?.milliseconds ?? 0);
      last(2).listen();
      await turn();
    }
    assert.deepEqual(
      log.filter(({ event }) => event === 'process_ended').map(({ milliseconds }) => milliseconds),
      [0, 250, 500, 1_000, 1_500, 1_500, 8_000, 0, 0],
    );
  });

  it('that cannot be started are ends too, and it is tried again', async () => {
    const { keeper, last, move, log, fill, started } = await createRunning(2);
    fill(true);
    last(2).end(KILLED);
    await turn();
    await move(250);
    await move(500);
    assert.equal(started.length, 2);
    fill(false);
    await move(1_000);
    assert.equal(started.length, 3);
    const ended = log.filter(({ event }) => event === 'process_ended');
    assert.deepEqual(
      ended.map(({ process, status, milliseconds }) => [process, status, milliseconds]),
      [
        [2, 'SIGKILL', 250],
        [2, 'ENOMEM', 500],
        [2, 'ENOMEM', 1_000],
      ],
    );
    assert.equal(keeper.running().length, 1);
  });

  for (const { name, happens, status } of [
    {
      name: 'is killed at its start',
      happens: ({ started }: World) => started[0]?.end(KILLED),
      status: 'SIGKILL',
    },
    {
      name: 'cannot be started',
      happens: ({ started }: World) => started[0]?.end({ code: null, cause: 'ENOENT' }),
      status: 'ENOENT',
    },
  ]) {
    it(`are not started where the first one ${name}, of which the log tells: it could not`, async () => {
      const world = createWorld(2);
      const starting = world.keeper.start();
      happens(world);
      assert.equal(await starting, undefined);
      await world.move(60_000);
      assert.equal(world.started.length, 1);
      assert.deepEqual(
        world.log.map(({ event, process, milliseconds, ...entry }) => [
          event,
          process,
          entry.status,
          milliseconds,
        ]),
        [['process_ended', 1, status, undefined]],
      );
    });
  }

  describe('are given up where none is left and each has ended at once five times in a row', () => {
    /** Each process that starts ends at once, until so many of that number have. */
    const endAtOnce = async ({ last, move, log }: World, number: number, times: number) => {
      for (let count = 1; count <= times; count += 1) {
        last(number).end(FAULT);
        await turn();
        await move(log.at(-1)?.milliseconds ?? 0);
      }
    };

    const watch = ({ keeper }: World) => {
      const seen = { isGivenUp: false };
      void keeper.givenUp.then(() => (seen.isGivenUp = true));
      return seen;
    };

    it('and not while another one takes connections', async () => {
      const world = await createRunning(2);
      const seen = watch(world);
      await endAtOnce(world, 2, 10);
      assert.ok(!seen.isGivenUp);
      // It has run for long when it ends first.
      await endAtOnce(world, 1, 5);
      assert.ok(!seen.isGivenUp);
      await endAtOnce(world, 1, 1);
      assert.ok(seen.isGivenUp);
      const before = world.started.length;
      await world.move(60_000);
      assert.equal(world.started.length, before, 'none is started any more');
    });

    it('and not where they were killed together, however many', async () => {
      const world = await createRunning(6);
      const seen = watch(world);
      for (let round = 1; round <= 2; round += 1) {
        for (const number of [1, 2, 3, 4, 5, 6]) world.last(number).end(FAULT);
        await turn();
        await world.move(10_000);
      }
      assert.ok(!seen.isGivenUp);
      await world.listenAll();
      assert.equal(world.keeper.running().length, 6);
    });

    it('and not where one is slow to start while the others end', async () => {
      const world = await createRunning(3);
      const seen = watch(world);
      await endAtOnce(world, 3, 1);
      for (const number of [1, 2]) await endAtOnce(world, number, 6);
      assert.ok(!seen.isGivenUp);
      world.last(3).listen();
      await turn();
      assert.deepEqual(
        world.keeper.running().map(({ number }) => number),
        [3],
      );
    });

    it('and who is starting then is ended first', async () => {
      const world = await createRunning(2);
      const seen = watch(world);
      await endAtOnce(world, 2, 5);
      const starting = world.last(2);
      await endAtOnce(world, 1, 6);
      assert.ok(seen.isGivenUp);
      assert.ok(starting.isKilled());
    });
  });

  for (const [name, end, isInOrder] of [
    ['in good order where each does', CLOSED, true],
    ['not in good order where one is killed meanwhile', KILLED, false],
  ] as const) {
    it(`close ${name}`, async () => {
      const { keeper, last, move, started, pending } = await createRunning(2);
      const closed = keeper.close();
      assert.deepEqual(
        started.map(({ orders }) => orders.at(-1)?.type),
        ['close', 'close'],
      );
      last(1).end(CLOSED);
      last(2).end(end);
      assert.equal(await closed, isInOrder);
      assert.equal(pending(), 0, 'nothing keeps the command alive');
      await move(60_000);
      assert.equal(started.length, 2);
    });
  }

  it('close without one that hangs: it is killed when its time is over, which is not in good order', async () => {
    const { keeper, last, move, log } = await createRunning(2);
    const closed = keeper.close();
    last(1).end(CLOSED);
    await move(19_999);
    assert.ok(!last(2).isKilled());
    await move(1);
    assert.ok(last(2).isKilled());
    assert.equal(await closed, false);
    assert.deepEqual(
      log.slice(-2).map(({ event, process, status }) => [event, process, status]),
      [
        ['process_hung', 2, undefined],
        ['process_ended', 2, 'SIGKILL'],
      ],
    );
  });

  for (const end of [KILLED, { code: null, cause: 'SIGINT' }, FAULT]) {
    it(`close at once, and in good order, where one is starting (which ends with ${end.cause ?? end.code})`, async () => {
      const { keeper, last, move, log } = await createRunning(2);
      last(2).end(KILLED);
      await turn();
      await move(250);
      const before = log.length;
      const closed = keeper.close();
      assert.ok(last(2).isKilled());
      last(2).end(end);
      last(1).end(CLOSED);
      assert.equal(await closed, true);
      assert.equal(log.length, before);
    });
  }

  it('that are to be started again are not, when they close', async () => {
    const { keeper, last, move, started } = await createRunning(2);
    last(2).end(FAULT);
    await turn();
    const closed = keeper.close();
    last(1).end(CLOSED);
    assert.equal(await closed, true);
    await move(60_000);
    assert.equal(started.length, 2);
  });
});

describe('the readiness of several processes', () => {
  const well = { name: 'store', ok: true, detail: 'Takes writes.' };
  const ill = { name: 'store', ok: false, detail: 'Takes no writes.' };
  const ready = (number: number) => ({ number, found: { status: 'ready', checks: [well] } as const });
  const notReady = (number: number) => ({ number, found: { status: 'not ready', checks: [ill] } as const });
  const silent = (number: number) => ({ number, found: undefined });
  for (const { name, all, status, processes, shown } of [
    { name: 'all are ready', all: [ready(1), ready(2)], status: 'ready', processes: true, shown: well },
    { name: 'one is away', all: [ready(2)], status: 'ready', processes: false, shown: well },
    {
      name: 'one is not ready',
      all: [ready(1), notReady(2)],
      status: 'not ready',
      processes: true,
      shown: ill,
    },
    {
      name: 'one does not answer',
      all: [ready(1), silent(2)],
      status: 'not ready',
      processes: false,
      shown: well,
    },
    { name: 'all are away', all: [], status: 'not ready', processes: false, shown: undefined },
  ]) {
    it(`is "${status}" where ${name}`, () => {
      const { checks, ...found } = joinReadiness(all, 2);
      const [first, ...others] = checks;
      assert.deepEqual([found.status, first?.ok], [status, processes]);
      assert.deepEqual(others, shown ? [shown] : []);
    });
  }
});
