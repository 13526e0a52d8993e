/** A Redis that is emptied or divided otherwise while relays run on it. */
import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { createRedisStore, type RedisStore } from '../../server/store/redis.ts';
import { StoreError } from '../../server/store/store.ts';
import { ANN, BOB, DAY, LIMIT, settled, spooled, START, workOf } from '../store/fixture.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { startRedisServer } from './redis-server.ts';

const server = await startRedisServer();
const redis = new Redis(server.url);
const stores: RedisStore[] = [];
const warned: string[] = [];
const open = (partitions = 4, url = server.url, owner?: string): RedisStore => {
  const store = createRedisStore({
    url,
    partitions,
    ...(owner !== undefined && { owner }),
    prefix: 'test:',
    clock: () => START,
    warn: (problem) => warned.push(problem),
  });
  stores.push(store);
  return store;
};
const metaIs = () => redis.hgetall('test:meta');
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  warned.splice(0);
  await redis.flushall();
});
after(async () => {
  await redis.quit();
  await server.stop();
});

const isStoreError = (words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StoreError, String(error));
  assert.match(error.message, words);
  return true;
};

/** All that writes, or looks for what is to be written. */
const ASKED: readonly (readonly [name: string, ask: (store: RedisStore) => Promise<unknown>])[] = [
  ['begin', (store) => store.begin(workOf('w/1'), ANN, LIMIT)],
  ['settle', (store) => store.settle([settled('v/1')], ANN.holder)],
  ['claim', (store) => store.claim(['prod'], 10, BOB)],
  ['count', (store) => store.count('name', 1_000)],
  ['put', (store) => store.put('name', 1, DAY, 'w')],
  ['erase', (store) => store.erase('w', DAY)],
  ['deferred', (store) => store.deferred.claimDue(['prod'], 10, 1_000)],
];

describe('a running relay on a Redis that was emptied', () => {
  for (const [name, ask] of ASKED)
    it(`makes its store anew, says so once, and goes on: ${name}`, async () => {
      const store = open();
      await store.begin(workOf('v/1'), ANN, LIMIT);
      await store.settle([spooled('v/1')], ANN.holder);
      await redis.flushall();
      await ask(store);
      await Promise.all([ask(store), store.begin(workOf('x/1'), ANN, LIMIT)]);
      assert.deepEqual(await metaIs(), { version: '1', partitions: '4' });
      assert.equal(warned.length, 1);
      assert.match(warned[0] ?? '', /was emptied, or its address leads to another one/);
      assert.equal(await store.find('v/1'), undefined);
    });
  it('brings nothing over that it had read before', async () => {
    const proxy = await startCuttingProxy(server.port);
    const store = open(4, `redis://127.0.0.1:${proxy.port}/0`);
    await store.begin(workOf('v/1'), ANN, LIMIT);
    proxy.before('HDEL', () => redis.flushall());
    assert.deepEqual(await store.settle([settled('v/1')], ANN.holder), ['v/1']);
    const { unsettled } = await store.stats();
    assert.equal(unsettled, 0);
    assert.deepEqual(
      (await redis.keys('test:*')).filter((key) => !/test:(commit|meta)/.test(key)),
      [],
    );
    await store.close();
    await proxy.close();
  });
  it('writes nothing to it before it is a store again', async () => {
    const proxy = await startCuttingProxy(server.port);
    const store = open(4, `redis://127.0.0.1:${proxy.port}/0`);
    await store.open();
    proxy.before('HSET', () => redis.flushall());
    assert.equal((await store.begin(workOf('v/1'), ANN, LIMIT)).state, 'new');
    assert.deepEqual(await metaIs(), { version: '1', partitions: '4' });
    assert.equal((await store.stats()).unsettled, 1);
    await store.close();
    await proxy.close();
  });
  it('is refused where another has made it with other partitions meanwhile, and goes on where that is put right', async () => {
    const store = open();
    await store.begin(workOf('v/1'), ANN, LIMIT);
    await redis.flushall();
    await open(8).begin(workOf('v/1'), BOB, LIMIT);
    const before = await redis.keys('test:*');
    for (const [, ask] of ASKED)
      await assert.rejects(ask(store), isStoreError(/has 8 partitions, and this relay is set to 4/));
    assert.deepEqual((await redis.keys('test:*')).sort(), before.sort());
    assert.deepEqual(warned, []);
    await redis.flushall();
    assert.equal((await store.begin(workOf('v/1'), ANN, LIMIT)).state, 'new');
    assert.equal(warned.length, 1);
  });
  it('and two with other partitions never write to the same one', async () => {
    const both = [open(4), open(4)] as const;
    await Promise.all(both.map((store) => store.open()));
    for (let round = 0; round < 10; round += 1) {
      await redis.flushall();
      const other = open(8);
      const asked = [...both, other, ...both].map((store, index) => ({
        partitions: store === other ? '8' : '4',
        begun: store.begin(workOf(`v${index}/1`), ANN, LIMIT),
      }));
      const answers = await Promise.allSettled(asked.map(({ begun }) => begun));
      const { partitions } = await metaIs();
      for (const [index, { status }] of answers.entries())
        assert.equal(status, asked[index]?.partitions === partitions ? 'fulfilled' : 'rejected');
    }
  });
});

describe('a store in Redis that is only read', () => {
  it('is opened on a replica, and by a user who may only read', async () => {
    await open().begin(workOf('v/1'), ANN, LIMIT);
    const words = ['reset', 'on', '>word', '~test:*', '+@read', '+eval', '+evalsha', '+info', '-@write'];
    await redis.call('ACL', 'SETUSER', 'reader', ...words);
    const options = { partitions: 4, prefix: 'test:', mustExist: true, isReading: true };
    const url = server.url.replace('//', '//reader:word@');
    const store = createRedisStore({ ...options, url });
    stores.push(store);
    await store.open();
    assert.equal((await store.stats()).unsettled, 1);
    await redis.replicaof('127.0.0.1', 1);
    await redis.config('SET', 'replica-serve-stale-data', 'yes');
    const replica = createRedisStore({ ...options, url: server.url });
    stores.push(replica);
    await replica.open();
    assert.equal((await replica.stats()).unsettled, 1);
    await redis.call('REPLICAOF', 'NO', 'ONE');
  });
});

describe('a running relay on a Redis whose settings are changed', () => {
  it('says once what they do not promise any more', async () => {
    const store = open();
    await store.begin(workOf('v/1'), ANN, LIMIT);
    await redis.config('SET', 'appendfsync', 'everysec');
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      while (warned.length < 1) await store.begin(workOf('v/1'), ANN, LIMIT);
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      while (warned.length < 2) await store.begin(workOf('v/1'), ANN, LIMIT);
      await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await store.begin(workOf('v/1'), ANN, LIMIT);
    } finally {
      await redis.config('SET', 'appendfsync', 'always');
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
    }
    await store.close();
    assert.equal(warned.length, 2);
    assert.match(warned[0] ?? '', /maxmemory-policy allkeys-lru/);
    assert.match(warned[1] ?? '', /appendfsync everysec/);
  });
});

describe('a running relay on a Redis in which somebody else has made another store', () => {
  for (const [field, value, words] of [
    ['version', '2', /has version 2, and this relay knows 1: run the newer relay/],
    ['partitions', '5', /has 5 partitions, and this relay is set to 4/],
  ] as const)
    it(`of another ${field} writes nothing to it`, async () => {
      const store = open();
      await store.begin(workOf('v/1'), ANN, LIMIT);
      await redis.hset('test:meta', field, value);
      const before = await redis.keys('test:*');
      for (const [, ask] of ASKED) await assert.rejects(ask(store), isStoreError(words));
      assert.deepEqual((await redis.keys('test:*')).sort(), before.sort());
    });
  it('of another brand writes nothing to it, nor reads', async () => {
    const store = open(4, server.url, 'BrandA');
    await store.begin(workOf('v/1'), ANN, LIMIT);
    assert.deepEqual(await metaIs(), { version: '1', partitions: '4', owner: 'BrandA' });
    const words = /is that of BrandA, and this relay is of BrandB: name another prefix \(REDIS_PREFIX\)/;
    await assert.rejects(open(4, server.url, 'BrandB').open(), isStoreError(words));
    await redis.hset('test:meta', 'owner', 'BrandB');
    const before = await redis.keys('test:*');
    for (const [, ask] of ASKED) await assert.rejects(ask(store), isStoreError(/is that of BrandB/));
    assert.deepEqual((await redis.keys('test:*')).sort(), before.sort());
    assert.equal((await open(4, server.url, 'BrandB').stats()).unsettled, 1);
  });
  it('of nobody makes it its own', async () => {
    await open().begin(workOf('v/1'), ANN, LIMIT);
    assert.deepEqual(await open(4, server.url, 'BrandA').open(), []);
    await assert.rejects(open(4, server.url, 'BrandB').open(), isStoreError(/is that of BrandA/));
    // Who only looks into it has no brand.
    assert.equal((await open().stats()).unsettled, 1);
  });
  it('that has lost what says how it is divided writes nothing to it', async () => {
    const store = open();
    await store.begin(workOf('v/1'), ANN, LIMIT);
    await redis.del('test:meta');
    await assert.rejects(
      store.begin(workOf('w/1'), ANN, LIMIT),
      isStoreError(/has lost its key test:meta.*HSET test:meta version 1 partitions N/),
    );
    await assert.rejects(open(8).open(), isStoreError(/has lost its key/));
    await redis.hset('test:meta', { version: '1', partitions: '4' });
    assert.equal((await store.begin(workOf('w/1'), ANN, LIMIT)).state, 'new');
  });
});
