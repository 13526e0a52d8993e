/** What a store in Redis keeps, for how long, and what it does where it may not write: looked at in Redis itself. */
import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { createRedisStore, type RedisStore } from '../../server/store/redis.ts';
import { StoreError } from '../../server/store/store.ts';
import { ANN, settled, START, workOf } from '../store/fixture.ts';
import { startRedisServer } from './redis-server.ts';

const server = await startRedisServer();
const redis = new Redis(server.url);
const stores: RedisStore[] = [];
let prefixes = 0;
const nextPrefix = () => `test${(prefixes += 1)}:`;
let now = START;
const open = (prefix = nextPrefix(), url = server.url): RedisStore => {
  const store = createRedisStore({ url, prefix, clock: () => now });
  stores.push(store);
  return store;
};
afterEach(async () => {
  now = START;
  for (const store of stores.splice(0)) await store.close();
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

describe('a commit that Redis does not take', () => {
  for (const command of ['hset', 'hdel', 'hincrby', 'zadd', 'zrem', 'xadd', 'xdel', 'sadd', 'persist'])
    it(`since its user may not ${command} is found before there is anything to lose`, async () => {
      await redis.call('ACL', 'SETUSER', 'half', 'reset', 'on', '>word', '~*', '+@all', `-${command}`);
      const prefix = nextPrefix();
      const store = open(prefix, server.url.replace('//', '//half:word@'));
      await assert.rejects(store.open(), isStoreError(/does not let this user do it/));
      await assert.rejects(store.begin(workOf('v/1'), ANN, 10), isStoreError(/does not let this user do it/));
      assert.deepEqual(await redis.keys(`${prefix}visitor*`), []);
    });
  it('leaves no trace where it is only tried', async () => {
    const prefix = nextPrefix();
    await open(prefix).open();
    assert.deepEqual(await redis.keys(`${prefix}probe*`), []);
  });
  it('is none for all that 4,500 submissions of one visitor are', async () => {
    const store = open();
    const keys = Array.from({ length: 4_500 }, (_, index) => `v/${index}`);
    await Promise.all(keys.map((key) => store.begin(workOf(key), ANN, 10_000)));
    assert.deepEqual(
      await store.settle(
        keys.map((key) => settled(key)),
        ANN.holder,
      ),
      [],
    );
    assert.equal((await store.stats()).unsettled, 0);
    assert.equal((await store.find('v/4499'))?.receipt.id, '4499');
  });
});
