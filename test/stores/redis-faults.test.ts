/** What befalls a store in Redis: others who write the same, a connection that is cut, an end of Redis, no memory, a wrong password. */
import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import fc from 'fast-check';
import { warningsOf } from '../../server/store/redis/opening.ts';
import { COMMIT } from '../../server/store/redis/scripts.ts';
import { createRedisStore, type RedisStore } from '../../server/store/redis.ts';
import { StoreError } from '../../server/store/store.ts';
import { ANN, BOB, DAY, LEASE, LIMIT, settled, spooled, START, workOf } from '../store/fixture.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { startRedisServer, type RedisServer } from './redis-server.ts';

const server = await startRedisServer();
const stores: RedisStore[] = [];
let prefixes = 0;
const nextPrefix = () => `test${(prefixes += 1)}:`;
const open = (url = server.url, prefix = nextPrefix(), partitions = 4): RedisStore => {
  const store = createRedisStore({ url, prefix, partitions, clock: () => START });
  stores.push(store);
  return store;
};
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});
after(() => server.stop());

const isStoreError = (words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StoreError, String(error));
  assert.match(error.message, words);
  return true;
};

describe('two processes with one store in Redis', () => {
  const openTwo = () => {
    const prefix = nextPrefix();
    return [open(server.url, prefix), open(server.url, prefix)] as const;
  };

  it('begin each piece of work once between them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(0, 1), fc.constantFrom('v/1', 'v/2', 'w/1', 'w/2')), {
          minLength: 10,
          maxLength: 40,
        }),
        async (asked) => {
          const both = openTwo();
          const begun = await Promise.all(
            asked.map(
              async ([by, key]) =>
                [key, (await both[by].begin(workOf(key), by === 0 ? ANN : BOB, LIMIT)).state] as const,
            ),
          );
          const keys = [...new Set(asked.map(([, key]) => key))];
          for (const key of keys)
            assert.equal(begun.filter(([of, state]) => of === key && state === 'new').length, 1, key);
          assert.equal((await both[0].stats()).unsettled, keys.length);
        },
      ),
      { numRuns: 20, endOnFailure: true },
    );
  });
  it('never take on more of an environment than they may', async () => {
    const both = openTwo();
    const begun = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        both[(index % 2) as 0 | 1].begin(workOf(`v${index}/1`), ANN, 20),
      ),
    );
    assert.equal(begun.filter(({ state }) => state === 'new').length, 20);
    assert.equal((await both[1].stats()).unsettled, 20);
  });
  it('claim each piece of work once between them', async () => {
    const both = openTwo();
    const keys = Array.from({ length: 40 }, (_, index) => `v${index}/1`);
    await Promise.all(keys.map((key) => both[0].begin(workOf(key), ANN, LIMIT)));
    await both[0].settle(
      keys.map((key) => spooled(key)),
      ANN.holder,
    );
    const claimed = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        both[(index % 2) as 0 | 1].claim(['prod'], 5, { ...BOB, holder: `b${index}` }),
      ),
    );
    assert.deepEqual(
      claimed
        .flat()
        .map(({ work }) => work.key)
        .sort(),
      [...keys].sort(),
    );
  });
  it('replace a value each on what the other has left', async () => {
    const both = openTwo();
    const addOne = async (store: RedisStore) => {
      for (;;) {
        const before = await store.get('sum');
        if (await store.replace('sum', before, Number(before ?? 0) + 1, DAY, 'v')) return;
      }
    };
    await Promise.all(Array.from({ length: 30 }, (_, index) => addOne(both[(index % 2) as 0 | 1])));
    assert.equal(await both[0].get('sum'), 30);
  });
  it('leave nothing of who is erased, whatever the other writes meanwhile', async () => {
    const prefix = nextPrefix();
    const both = [open(server.url, prefix), open(server.url, prefix)] as const;
    await both[0].begin(workOf('v/0'), ANN, LIMIT);
    await Promise.all([
      ...Array.from({ length: 20 }, (_, index) => both[1].begin(workOf(`v/${index}`), BOB, LIMIT)),
      ...Array.from({ length: 20 }, (_, index) => both[1].put(`note/${index}`, 'secret', DAY, 'v')),
      both[1].settle([{ ...settled('v/0'), dead: { reason: 'refused' } }], ANN.holder),
      both[0].erase('v', DAY),
    ]);
    const redis = new Redis(server.url);
    const names = await redis.keys(`${prefix}*`);
    const weights = names.filter(
      (name) => name.includes('weights') || name.includes('note') || name.includes('due'),
    );
    assert.deepEqual(weights, []);
    assert.deepEqual(Object.keys(await redis.hgetall(`${prefix}visitor:v`)), ['.version']);
    assert.equal(await redis.zcard(`${prefix}letters`), 0);
    assert.equal((await both[1].stats()).unsettled, 0);
    await redis.quit();
  });
  for (const [name, field, begin, ask, meanwhile, answer] of [
    [
      'a claim whose visitor is erased',
      'pv/1',
      (store) => store.settle([spooled('v/1')], ANN.holder),
      (store) => store.claim(['prod'], 5, BOB).then((claimed) => claimed.map(({ work }) => work.key)),
      (other) => other.erase('v', DAY),
      ['w/1'],
    ],
    [
      'a dead letter whose visitor is erased',
      'pv/1',
      (store) => store.settle([spooled('w/1')], ANN.holder),
      (store) => store.settle([{ ...settled('v/1'), dead: { reason: 'refused' } }], ANN.holder),
      (other) => other.erase('v', DAY),
      ['v/1'],
    ],
    [
      'what is deferred and let go',
      'fw/2',
      (store) => store.deferred.hold(workOf('w/2'), 0),
      (store) => store.deferred.claimDue(['prod'], 5, 1_000),
      (other) => other.deferred.release('w/2'),
      [],
    ],
  ] as readonly (readonly [
    name: string,
    field: string,
    begin: (store: RedisStore) => Promise<unknown>,
    ask: (store: RedisStore) => Promise<unknown>,
    meanwhile: (other: RedisStore) => Promise<unknown>,
    answer: unknown,
  ])[])
    it(`look again where something goes between two reads of one: ${name}`, async () => {
      const prefix = nextPrefix();
      const proxy = await startCuttingProxy(server.port);
      const store = open(`redis://127.0.0.1:${proxy.port}/0`, prefix);
      for (const key of ['v/1', 'w/1']) await store.begin(workOf(key), ANN, LIMIT);
      await store.settle([spooled('w/1')], ANN.holder);
      await begin(store);
      const other = open(server.url, prefix);
      let met = 0;
      proxy.before(`\r\n${field}\r\n`, async () => {
        met += 1;
        await meanwhile(other);
      });
      assert.deepEqual(await ask(store), answer);
      assert.equal(met, 1);
      await store.close();
      await proxy.close();
    });
  it('have to agree on the partitions', async () => {
    const prefix = nextPrefix();
    await open(server.url, prefix, 4).open();
    await assert.rejects(
      open(server.url, prefix, 8).open(),
      isStoreError(/has 4 partitions, and this relay is set to 8/),
    );
  });
});

describe('a connection to Redis', () => {
  it('that is cut before the answer doubles nothing, and loses nothing', async () => {
    const proxy = await startCuttingProxy(server.port);
    const store = open(`redis://127.0.0.1:${proxy.port}/0`);
    await store.begin(workOf('v/1'), ANN, LIMIT);
    for (const [index, ask] of [
      async () => assert.equal((await store.begin(workOf('v/2'), ANN, LIMIT)).state, 'new'),
      async () => assert.deepEqual((await store.send(['v/1', 'v/2'], ANN)).sent, ['v/1', 'v/2']),
      async () =>
        assert.deepEqual(
          await store.settle(
            [{ ...settled('v/1', { isInDoubt: true }), dead: { reason: 'refused' } }],
            ANN.holder,
          ),
          [],
        ),
      async () => assert.equal(await store.replace('name', undefined, 1, DAY, 'v'), true),
      async () => assert.equal(await store.erase('w', DAY), true),
      async () => assert.equal(await store.count('often', DAY), 1),
      async () => assert.equal(await store.count('often', DAY, 2 ** 40), 1 + 2 ** 40),
    ].entries()) {
      proxy.cutAnswerTo(index < 5 ? 'HSET' : 'often');
      await ask();
      assert.equal(proxy.cuts(), index + 1);
    }
    const { unsettled, inDoubt, deadLetters } = await store.stats();
    assert.deepEqual({ unsettled, inDoubt, deadLetters }, { unsettled: 1, inDoubt: 1, deadLetters: 1 });
    await store.close();
    await proxy.close();
  });
  it('comes back when Redis does, which has all that was answered', async () => {
    const own = await startRedisServer();
    const store = open(own.url);
    await store.begin(workOf('v/1'), ANN, LIMIT);
    await store.settle([spooled('v/1')], ANN.holder);
    await own.kill();
    const begun = store.begin(workOf('w/1'), ANN, LIMIT);
    await own.restart();
    assert.equal((await begun).state, 'new');
    assert.deepEqual(
      (await store.claim(['prod'], 10, BOB)).map(({ work }) => work.key),
      ['v/1'],
    );
    await store.close();
    await own.stop();
  });
  it('that is away for long hides nothing that was done, and whoever comes meanwhile is told', async () => {
    const proxy = await startCuttingProxy(server.port);
    const store = open(`redis://127.0.0.1:${proxy.port}/0`);
    await store.begin(workOf('v/1'), ANN, LIMIT);
    await store.settle([spooled('v/1')], ANN.holder);
    const cut = proxy.cutForGood('ZADD');
    const claimed = store.claim(['prod'], 10, BOB);
    await cut;
    const others = Array.from({ length: 600 }, (_, index) => store.begin(workOf(`w${index}/1`), ANN, LIMIT));
    for (const other of await Promise.allSettled(others)) {
      assert.equal(other.status, 'rejected');
      isStoreError(/does not answer/)(other.reason);
    }
    proxy.mend();
    assert.deepEqual(
      (await claimed).map(({ work }) => work.key),
      ['v/1'],
    );
    assert.deepEqual(await store.settle([settled('v/1')], BOB.holder), []);
    await store.close();
    await proxy.close();
  });
  it('brings nothing to be written that was read too long ago, and what was done in time stands', async () => {
    const prefix = nextPrefix();
    await open(server.url, prefix).open();
    const layout = [`${prefix}meta`, '1', '4', ''] as const;
    const redis = new Redis(server.url);
    const [done, late, key] = ['done', 'late', 'key'].map((name) => `${nextPrefix()}${name}`);
    const commit = (name = '', deadline = '', value = '') =>
      redis.eval(COMMIT, 0, ...layout, name, 60_000, deadline, 1, 0, 1, 3, 'SET', key ?? '', value);
    assert.equal(await commit(done, `${(Date.now() + DAY) * 1000}`, 'in time'), 'y');
    assert.equal(await commit(late, `${(Date.now() - DAY) * 1000}`, 'too late'), 'late');
    assert.equal(await commit(done, `${(Date.now() - DAY) * 1000}`, 'again'), 'y');
    assert.equal(await redis.get(key ?? ''), 'in time');
    await redis.quit();
  });
  it('that goes while a partition is let go takes nothing of what was claimed', async () => {
    const proxy = await startCuttingProxy(server.port);
    const store = open(`redis://127.0.0.1:${proxy.port}/0`);
    await store.begin(workOf('v/1'), ANN, LIMIT);
    await store.settle([spooled('v/1')], ANN.holder);
    const cut = proxy.cutForGood('$3\r\nDEL\r\n');
    const claimed = store.claim(['prod'], 5, ANN);
    await cut;
    assert.deepEqual(
      (await claimed).map(({ work }) => work.key),
      ['v/1'],
    );
    proxy.mend();
    await store.close();
    await proxy.close();
  });
  it('that goes before a second look takes nothing of what the first has claimed', async () => {
    const proxy = await startCuttingProxy(server.port);
    const prefix = nextPrefix();
    const store = open(`redis://127.0.0.1:${proxy.port}/0`, prefix, 8);
    const keys = Array.from({ length: 32 }, (_, index) => `v${index}/1`);
    await Promise.all(keys.map((key) => store.begin(workOf(key), ANN, LIMIT)));
    await store.settle(
      keys.map((key) => spooled(key)),
      ANN.holder,
    );
    const redis = new Redis(server.url);
    await redis.set(`${prefix}lease:0`, 'another process');
    proxy.before('$3\r\nDEL\r\n', async () => void proxy.cutForGood(`${prefix}due`));
    const claimed = await store.claim(['prod'], 50, ANN);
    assert.equal(proxy.cuts(), 1);
    proxy.mend();
    const { length: left } = await open(server.url, prefix, 8).claim(['prod'], 50, BOB);
    await redis.del(`${prefix}lease:0`);
    const rest = await open(server.url, prefix, 8).claim(['prod'], 50, BOB);
    assert.ok(claimed.length > 0);
    assert.equal(claimed.length + left + rest.length, keys.length);
    await redis.quit();
    await store.close();
    await proxy.close();
  });
  it('has nothing for a holder who does not know it: after a failover that has lost the last writes', async () => {
    const [old, next] = [await startRedisServer(), await startRedisServer()];
    const proxy = await startCuttingProxy(old.port);
    const [redis, replica] = [new Redis(old.url), new Redis(next.url)];
    let now = START;
    const store = createRedisStore({ url: `redis://127.0.0.1:${proxy.port}/0`, clock: () => now });
    for (const key of ['v/1', 'w/1', 'x/1']) await store.begin(workOf(key), ANN, LIMIT);
    await store.send(['v/1'], ANN);
    await store.settle([spooled('x/1')], ANN.holder);
    await replica.replicaof('127.0.0.1', old.port);
    while (!(await replica.info('replication')).includes('master_link_status:up')) await pause(20);
    await redis.wait(1, 0);
    await replica.call('REPLICAOF', 'NO', 'ONE');
    // Only the old one hears of it.
    await store.settle([settled('v/1')], ANN.holder);
    assert.equal((await store.claim(['prod'], 5, ANN)).length, 1);
    await store.settle([settled('x/1')], ANN.holder);
    proxy.leadTo(next.port);
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    assert.equal((await store.begin(workOf('v/2'), ANN, LIMIT)).state, 'new');
    assert.deepEqual((await store.send(['v/2'], ANN)).behind, ['v/2']);
    now += LEASE + 1;
    const claimed = (await store.claim(['prod'], 5, ANN)).map(({ work, isInDoubt }) => [work.key, isInDoubt]);
    // What it has in its hands is not claimed by itself: w/1, and v/2 behind v/1.
    assert.deepEqual(claimed.sort(), [
      ['v/1', true],
      ['x/1', false],
    ]);
    assert.deepEqual((await store.send(['v/1', 'v/2'], ANN)).sent, ['v/1', 'v/2']);
    await store.close();
    await proxy.close();
    redis.disconnect();
    replica.disconnect();
    await old.stop();
    await next.stop();
  });
  it('is made anew where Redis has become a replica: the address leads to the primary', async () => {
    const [old, primary] = [await startRedisServer(), await startRedisServer()];
    const proxy = await startCuttingProxy(old.port);
    const store = open(`redis://127.0.0.1:${proxy.port}/0`);
    await store.begin(workOf('v/1'), ANN, LIMIT);
    const redis = new Redis(old.url);
    await redis.replicaof('127.0.0.1', primary.port);
    proxy.leadTo(primary.port);
    assert.equal((await store.begin(workOf('w/1'), ANN, LIMIT)).state, 'new');
    redis.disconnect();
    await store.close();
    await proxy.close();
    await old.stop();
    await primary.stop();
  });
  it('takes as many works at once as are asked', async () => {
    const store = open();
    const keys = Array.from({ length: 5_000 }, (_, index) => `v${index}/1`);
    await Promise.all(keys.map((key) => store.begin(workOf(key), ANN, keys.length)));
    const changes = keys.map((key) => settled(key));
    assert.deepEqual(await store.settle(changes, ANN.holder), []);
    assert.equal((await store.stats()).unsettled, 0);
  });
  for (const [name, address] of [
    ['of a path that is no number', 'redis://127.0.0.1/abc'],
    ['of a number below zero', 'redis://127.0.0.1/-1'],
    ['with a slash in its password', 'redis://default:12/s3cret-word@127.0.0.1:6379/0'],
    ['with a database in its query', 'redis://127.0.0.1/0?db=5'],
    ['of something else', 'http://127.0.0.1'],
  ] as const)
    it(`to an address ${name} is refused, and nothing of it is said`, () => {
      assert.throws(
        () => createRedisStore({ url: address }),
        (error) => {
          assert.doesNotMatch(String((error as Error).stack), /s3cret-word|default:12/);
          return isStoreError(/should be like redis:.*percent-encoded/)(error);
        },
      );
    });
  it('to a database that Redis has not is refused, and leaves nothing in another one', async () => {
    const redis = new Redis(server.url);
    const before = await redis.dbsize();
    const store = open(server.url.replace(/0$/, '99'));
    await assert.rejects(store.open(), isStoreError(/\/99 has no such database/));
    await assert.rejects(store.begin(workOf('v/1'), ANN, LIMIT), isStoreError(/has no such database/));
    assert.equal(await redis.dbsize(), before);
    await redis.quit();
  });
  it('of a user who may not name the database is refused', async () => {
    const redis = new Redis(server.url);
    await redis.call('ACL', 'SETUSER', 'bound', 'reset', 'on', '>word', '~*', '+@all', '-select');
    const store = open(server.url.replace('//', '//bound:word@').replace(/0$/, '3'));
    await assert.rejects(store.open(), isStoreError(/does not let this user do it/));
    await redis.quit();
  });
  it('to another database finds it again when it was cut', async () => {
    const redis = new Redis(server.url.replace(/0$/, '3'));
    const prefix = nextPrefix();
    const store = open(server.url.replace(/0$/, '3'), prefix);
    await store.begin(workOf('v/1'), ANN, LIMIT);
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await store.begin(workOf('w/1'), ANN, LIMIT);
    assert.equal(await redis.hget(`${prefix}shares`, 'prod'), '2');
    await redis.quit();
  });
  it('that speaks TLS to a Redis without says so', async () => {
    const store = open(server.url.replace('redis:', 'rediss:'));
    await assert.rejects(store.open(), isStoreError(/whether it speaks TLS \(rediss:\/\/\) or does not/));
  });
  it('to nobody is told in clear words, and without the password', async () => {
    const store = open('redis://me:s3cret-word@127.0.0.1:1/0');
    await assert.rejects(store.begin(workOf('v/1'), ANN, LIMIT), (error) => {
      assert.doesNotMatch(String((error as Error).stack), /s3cret-word/);
      return isStoreError(/^The store at redis:\/\/127\.0\.0\.1:1\/0 does not answer/)(error);
    });
  });
});

describe('a Redis that is set otherwise', () => {
  const withServer = async (settings: readonly string[], run: (own: RedisServer) => Promise<void>) => {
    const own = await startRedisServer(settings);
    try {
      await run(own);
    } finally {
      for (const store of stores.splice(0)) await store.close();
      await own.stop();
    }
  };

  it('with another password says so, and not what was given', () =>
    withServer(['--requirepass', 'right-word'], async ({ port, url }) => {
      const wrong = open(`redis://:wrong-word@127.0.0.1:${port}/0`);
      await assert.rejects(wrong.open(), isStoreError(/does not take the password/));
      await assert.rejects(
        open(`redis://127.0.0.1:${port}/0`).open(),
        isStoreError(/does not take the password/),
      );
      assert.deepEqual(await open(url).open(), []);
    }));
  it('that still reads its files says so', () =>
    withServer(['--enable-debug-command', 'yes'], async (own) => {
      const store = open(own.url);
      await Promise.all(
        Array.from({ length: 200 }, (_, index) => store.begin(workOf(`v${index}/1`), ANN, LIMIT)),
      );
      const redis = new Redis(own.url);
      // Microseconds for each of some 600 keys.
      await redis.config('SET', 'key-load-delay', '10000');
      await redis.config('SET', 'loading-process-events-interval-bytes', '1024');
      const reading = redis.call('DEBUG', 'RELOAD');
      for (const asked of [store, open(own.url)])
        await assert.rejects(
          asked.begin(workOf('w/1'), ANN, LIMIT),
          isStoreError(/still reads its files.*is there when it has/),
        );
      await reading;
      redis.disconnect();
    }));
  it('that is a replica says so at the start, where its primary is away', () =>
    withServer(['--replicaof', '127.0.0.1 1'], async ({ url }) => {
      await assert.rejects(
        open(url).open(),
        isStoreError(/is a replica that takes no writes: name the primary/),
      );
    }));
  it('that has no memory left takes nothing on', () =>
    withServer([], async ({ url }) => {
      const store = open(url);
      const redis = new Redis(url);
      await store.begin(workOf('v/1'), ANN, LIMIT);
      // Less than an empty one takes.
      await redis.config('SET', 'maxmemory', '1');
      for (const ask of [
        () => store.begin(workOf('w/1'), ANN, LIMIT),
        () => store.put('name', 1, DAY, 'v'),
        () => store.deferred.hold(workOf('v/2'), 1_000),
        () => store.count('name', DAY),
      ])
        await assert.rejects(ask(), isStoreError(/has no memory left.*maxmemory/));
      // The pace at which what is held goes to Braze.
      assert.deepEqual([await store.count('name', 60_000), await store.count('name', 60_000)], [1, 2]);
      assert.equal((await store.stats()).unsettled, 1);
      await redis.config('SET', 'maxmemory', '100mb');
      assert.equal((await store.begin(workOf('w/1'), ANN, LIMIT)).state, 'new');
      await redis.quit();
    }));
  it('that has no memory left still gives what it holds to be delivered and erased, and so has room again', () =>
    withServer([], async ({ url }) => {
      const prefix = nextPrefix();
      const store = open(url, prefix);
      const redis = new Redis(url);
      const long = (key: string) => workOf(key, { node: key.repeat(1_000) });
      const keys = Array.from({ length: 300 }, (_, index) => `v${index}/1`);
      await Promise.all(keys.map((key) => store.begin(long(key), ANN, LIMIT)));
      await store.settle(
        keys.map((key) => spooled(key)),
        ANN.holder,
      );
      for (const key of ['dead/1', 'dropped/1', 'erased/1', 'held/1', 'taken/1'])
        await store.begin(long(key), ANN, LIMIT);
      await store.settle([{ ...settled('dropped/1'), dead: { reason: 'refused' } }], ANN.holder);
      await store.deferred.hold(workOf('later/1'), 0);
      const [, used = ''] = /used_memory:(\d+)/.exec(await redis.info('memory')) ?? [];
      await redis.config('SET', 'maxmemory', String(Number(used) - 100_000));

      // One group: who needs room does not hold up who makes some.
      const asked = await Promise.allSettled([
        store.begin(workOf('w/1'), ANN, LIMIT),
        store.settle([settled('taken/1')], ANN.holder),
        store.begin(workOf('w/2'), ANN, LIMIT),
      ]);
      assert.deepEqual(
        asked.map(({ status }) => status),
        ['rejected', 'fulfilled', 'rejected'],
      );
      assert.equal(await store.erase('erased', DAY), true);
      assert.equal(await store.deadLetters.drop('dropped/1'), true);
      assert.deepEqual(
        (await store.deferred.claimDue(['prod'], 10, 1_000)).map(({ key }) => key),
        ['later/1'],
      );
      await store.deferred.release('later/1');
      await store.settle([{ ...settled('dead/1'), dead: { reason: 'refused' } }], ANN.holder);
      await store.settle([{ key: 'held/1', type: 'released' }], ANN.holder);

      // One that starts now, too.
      const other = open(url, prefix);
      const claimed = await other.claim(['prod'], 500, BOB);
      const taken = claimed.map(({ work }) => work.key);
      assert.deepEqual(taken.sort(), [...keys].sort());
      assert.equal((await other.send(taken, BOB)).sent.length, 300);
      assert.deepEqual(
        await other.settle(
          taken.map((key) => settled(key)),
          BOB.holder,
        ),
        [],
      );
      const { unsettled, deadLetters } = await other.stats();
      assert.deepEqual({ unsettled, deadLetters }, { unsettled: 0, deadLetters: 1 });
      assert.equal((await store.begin(workOf('w/1'), ANN, LIMIT)).state, 'new');
      await redis.quit();
    }));
  it('that has no memory left erases whom it knows, and of nobody else does it write that they are erased', () =>
    withServer([], async ({ url }) => {
      const prefix = nextPrefix();
      const store = open(url, prefix);
      const redis = new Redis(url);
      for (const key of ['held/1', 'settled/1', 'gone/1']) await store.begin(workOf(key), ANN, LIMIT);
      await store.settle([settled('settled/1')], ANN.holder);
      await store.put('note', 'secret', DAY, 'noted');
      await redis.config('SET', 'maxmemory', '1');
      const asked = [
        store.erase('held', DAY),
        store.erase('nobody', DAY),
        store.erase('settled', DAY),
        store.provisional.dropAll('gone', DAY),
        store.provisional.dropAll('none', DAY),
        store.erase('noted', DAY),
      ];
      assert.deepEqual(
        (await Promise.allSettled(asked)).map(({ status }) => status === 'fulfilled'),
        [true, false, true, true, false, true],
      );
      for (const ask of [() => store.erase('nobody', DAY), () => store.provisional.dropAll('none', DAY)])
        await assert.rejects(ask(), isStoreError(/has no memory left/));
      const names = await redis.keys(`${prefix}*`);
      assert.equal(names.filter((name) => name.includes('tombstone:')).length, 3);
      assert.equal((await store.stats()).marks, 1);
      await redis.config('SET', 'maxmemory', '0');
      assert.equal(await store.erase('nobody', DAY), true);
      await redis.quit();
    }));
  it('throws nothing away of what it was given to keep', () =>
    withServer(['--maxmemory-policy', 'allkeys-lru'], async ({ url }) => {
      await assert.rejects(open(url).open(), isStoreError(/maxmemory-policy allkeys-lru.*noeviction/));
    }));
  it('says which promise it does not keep', async () => {
    assert.deepEqual(await open().open(), []);
    const settings = { 'maxmemory-policy': 'noeviction', appendonly: 'yes', appendfsync: 'always' };
    const warned = (changed: Record<string, string>) =>
      warningsOf(
        'redis://host',
        'redis_version:7.0.15',
        new Map(Object.entries({ ...settings, ...changed })),
      ).join();
    assert.equal(warned({}), '');
    assert.match(warned({ appendonly: 'no' }), /appendonly no.*snapshot/);
    assert.match(warned({ appendfsync: 'everysec' }), /appendfsync everysec.*power cut/);
    assert.match(warningsOf('redis://host', undefined, undefined).join(), /does not tell its settings/);
    assert.throws(
      () => warningsOf('redis://host', 'redis_version:6.2.1', undefined),
      isStoreError(/is Redis 6\.2\.1.*7 or newer/),
    );
  });
});
