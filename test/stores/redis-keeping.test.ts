/** What a store in Redis keeps, for how long, and what it does where it may not write: looked at in Redis itself. */
import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { REWRITE_AFTER } from '../../server/store/redis/rewriting.ts';
import { createRedisStore, type RedisStore } from '../../server/store/redis.ts';
import { StoreError, type Counting, type Held } from '../../server/store/store.ts';
import { ANN, BOB, DAY, settled, spooled, START, workOf } from '../store/fixture.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { startRedisServer } from './redis-server.ts';

// What is on its disk is to be read.
const server = await startRedisServer(['--rdbcompression', 'no']);
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

/** Of a node that was shown, kept for a day. */
const countingOf = (visitor: string): Counting => ({
  visitor,
  conversation: 'c1',
  environment: 'prod',
  flow: 'welcome',
  since: 0,
  until: 1,
  passings: [{ number: 0, revision: 'r1', type: 'shown', node: 'name' }],
  life: DAY,
});

describe('a commit that Redis does not take', () => {
  for (const command of ['hset', 'hdel', 'hincrby', 'zadd', 'zrem', 'sadd', 'persist', 'incrby'])
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

describe('a long line of one visitor', () => {
  it('moves in its sorted sets by a command for each, and not by one for each submission', async () => {
    const store = open();
    const keys = Array.from({ length: 900 }, (_, index) => `v/${index}`);
    await Promise.all(keys.map((key) => store.begin(workOf(key), ANN, 10_000)));
    const callsOf = async (command: string) =>
      Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await redis.info('commandstats'))?.[1] ?? 0);
    await redis.config('RESETSTAT');
    await store.settle(
      keys.map((key) => spooled(key)),
      ANN.holder,
    );
    assert.equal(await callsOf('zadd'), 2, 'when it is due, and what is promised');
    assert.equal((await store.stats()).spooled, 900);
    const claimed = await store.claim(['prod'], 900, BOB);
    await redis.config('RESETSTAT');
    await store.settle(
      claimed.map(({ work }) => settled(work.key)),
      BOB.holder,
    );
    assert.equal(await callsOf('zrem'), 3, 'when it is due, since when it waits, and what is promised');
    assert.deepEqual(await store.stats(), { ...(await open().stats()), unsettled: 0, spooled: 0 });
  });
});

describe('what is over', () => {
  it('of values is erased with the visitor, though nobody reads it any more', async () => {
    const prefix = nextPrefix();
    const store = open(prefix);
    for (const name of ['v/a', 'v/b', 'v/c']) await store.put(name, 'somebody@example.com', 5, 'v');
    await store.put('v/d', 'new', DAY, 'v');
    now += 1_000;
    assert.equal(await store.get('v/a'), undefined);
    assert.equal(await store.erase('v', DAY), true);
    assert.deepEqual(await redis.keys(`${prefix}value*`), []);
  });
  it('of values leaves its name, too, when Redis has forgotten it', async () => {
    const prefix = nextPrefix();
    const store = open(prefix);
    for (const day of [1, 2, 3]) {
      await store.put(`v/${day}`, day, 1_000, 'v');
      now += DAY;
    }
    const names = (await redis.hkeys(`${prefix}visitor:v`)).filter((field) => field.startsWith('n'));
    assert.deepEqual(names, ['nv/3']);
  });
  it('of days on which something was counted leaves the index', async () => {
    const prefix = nextPrefix();
    const store = open(prefix);
    for (const visitor of ['u', 'v', 'w']) {
      await store.tallies.add([countingOf(visitor)]);
      now += 10 * DAY;
    }
    assert.equal(await redis.zcard(`${prefix}days`), 1);
  });
  it('of counts is gone a minute after its window', async () => {
    const prefix = nextPrefix();
    await open(prefix).count('name', 1_000);
    const [key = ''] = await redis.keys(`${prefix}count*`);
    assert.ok((await redis.pttl(key)) <= 61_000, `${await redis.pttl(key)}`);
  });
});

describe('what is kept provisionally', () => {
  const held = (visitor: string): Held => {
    const work = workOf(`${visitor}/c.abandoned`);
    return { name: `${visitor}/c`, work, at: now, offset: 0, dueAt: now + 60_000 };
  };

  it('is never more than may be, whoever keeps it', async () => {
    const prefix = nextPrefix();
    const both = [open(prefix), open(prefix)] as const;
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        both[(index % 2) as 0 | 1].provisional.hold(held(`v${index}`), 20),
      ),
    );
    assert.equal(answers.filter((answer) => answer === 'held').length, 20);
    assert.equal((await both[0].stats()).provisional, 20);
  });
  it('is given up where there is no room, and what stands among the marks and is none is taken out', async () => {
    const prefix = nextPrefix();
    const store = open(prefix);
    assert.equal(await store.provisional.hold(held('v'), 1), 'held');
    await redis.zadd(`${prefix}marks`, 1, 'ghost/c');
    assert.equal(await store.provisional.hold(held('w'), 1), 'full');
    assert.equal(await redis.zcard(`${prefix}marks`), 0);
  });
});

describe('a Redis that can be no store', () => {
  it('is a cluster, also one of a single node', async () => {
    const own = await startRedisServer(['--cluster-enabled', 'yes']);
    const store = open(nextPrefix(), own.url);
    await assert.rejects(store.open(), isStoreError(/is a cluster: name a single primary/));
    await store.close();
    await own.stop();
  });
  for (const [version, words] of [
    ['0', /an older relay made it/],
    ['2', /run the newer relay/],
  ] as const)
    it(`has version ${version}`, async () => {
      const prefix = nextPrefix();
      await redis.hset(`${prefix}meta`, { version, partitions: '16' });
      await assert.rejects(open(prefix).open(), isStoreError(words));
    });
});

describe('a dead letter', () => {
  /** All that Redis has on its disk when it has written it anew. */
  const rewritten = async (): Promise<string> => {
    await redis.bgrewriteaof();
    return onDisk();
  };
  const onDisk = async (): Promise<string> => {
    while (/aof_rewrite_(in_progress|scheduled):1/.test(await redis.info('persistence'))) await pause(20);
    const [, folder = ''] = await redis.config('GET', 'dir');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    return files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1')).join('');
  };
  const die = async (store: RedisStore, key: string, node: string) => {
    await store.begin(workOf(key, { node }), ANN, 10);
    await store.settle([{ ...settled(key), dead: { reason: 'refused', words: `said-${node}` } }], ANN.holder);
  };

  it('leaves nothing on the disk when it is erased or dropped, and Redis has written its file anew', async () => {
    const store = open();
    for (const name of ['one', 'two', 'three']) await die(store, `${name}/1`, `secret-${name}`);
    assert.equal(await store.erase('one', DAY), true);
    assert.equal(await store.deadLetters.drop('two/1'), true);
    const all = await rewritten();
    for (const name of ['one', 'two']) assert.ok(!all.includes(`secret-${name}`), name);
    assert.ok(all.includes('secret-three'));
  });
  const rewrites = async () => Number(/aof_rewrites:(\d+)/.exec(await redis.info('persistence'))?.[1] ?? NaN);

  it('of who is erased leaves the disk, too, when the relay ends', async () => {
    const store = open();
    await die(store, 'v/1', 'secret-word');
    assert.ok((await onDisk()).includes('secret-word'));
    await store.erase('v', DAY);
    await store.close();
    assert.ok(!(await onDisk()).includes('secret-word'));
  });
  it('of who is erased leaves the disk, too, after ten minutes, once for all who were and by one of the processes', async (t) => {
    const prefix = nextPrefix();
    const both = [open(prefix), open(prefix)] as const;
    for (const visitor of ['v', 'w', 'x']) await die(both[0], `${visitor}/1`, `secret-of-${visitor}`);
    const before = await rewrites();
    t.mock.timers.enable({ apis: ['setTimeout'] });
    try {
      for (const visitor of ['v', 'w']) assert.equal(await both[0].erase(visitor, DAY), true);
      assert.equal(await both[1].erase('x', DAY), true);
      t.mock.timers.tick(REWRITE_AFTER);
    } finally {
      t.mock.timers.reset();
    }
    while ((await rewrites()) === before) await pause(20);
    assert.doesNotMatch(await onDisk(), /secret-of-/);
    for (const store of both) await store.close();
    assert.equal(await rewrites(), before + 1);
  });
  it('of who is erased leaves the disk, too, where that was done and not heard', async () => {
    const prefix = nextPrefix();
    const proxy = await startCuttingProxy(server.port);
    const store = open(prefix, `redis://127.0.0.1:${proxy.port}/0`);
    await die(store, 'v/1', 'secret-word');
    const cut = proxy.cutForGood('PEXPIRE');
    const erased = store.erase('v', DAY);
    erased.catch(() => undefined);
    await cut;
    const closed = store.close();
    await assert.rejects(erased, StoreError);
    proxy.mend();
    await closed;
    const again = open(prefix);
    assert.equal(await again.isErased('v'), true);
    assert.ok(!(await onDisk()).includes('secret-word'));
    await proxy.close();
  });
  it('of who is erased by one that ends while the file is written anew for another leaves the disk, too', async () => {
    const prefix = nextPrefix();
    const both = [open(prefix), open(prefix)] as const;
    for (const visitor of ['v', 'w']) await die(both[0], `${visitor}/1`, `secret-of-${visitor}`);
    // Microseconds for each key: it takes a while.
    await redis.config('SET', 'rdb-key-save-delay', '20000');
    await both[0].erase('v', DAY);
    await both[0].close();
    assert.equal(await both[1].erase('w', DAY), true);
    assert.match(await redis.info('persistence'), /aof_rewrite_in_progress:1/);
    await redis.config('SET', 'rdb-key-save-delay', '0');
    await both[1].close();
    assert.doesNotMatch(await onDisk(), /secret-of-/);
  });
  it('of who is erased stays on the disk where the user of the relay may not have it written anew, and all else is as ever', async () => {
    await redis.call('ACL', 'SETUSER', 'most', 'reset', 'on', '>word', '~*', '+@all', '-bgrewriteaof');
    const store = open(nextPrefix(), server.url.replace('//', '//most:word@'));
    await die(store, 'v/1', 'secret-word');
    const before = await rewrites();
    assert.equal(await store.erase('v', DAY), true);
    await store.close();
    assert.equal(await rewrites(), before);
  });
  it('is listed after each other one, also of those that died at the same moment', async () => {
    const prefix = nextPrefix();
    const store = open(prefix);
    const keys = ['a/1', 'b/1', 'c/1', 'd/1'];
    for (const key of keys) await die(store, key, 'save');
    for (const key of ['b/1', 'c/1']) await redis.zadd(`${prefix}letters`, 1, key);
    for (const key of ['a/1', 'd/1']) await redis.zadd(`${prefix}letters`, key === 'a/1' ? 0 : 2, key);
    const listed: string[] = [];
    for (;;) {
      const [letter] = await store.deadLetters.list(1, listed.at(-1));
      if (!letter) break;
      listed.push(letter.work.key);
    }
    assert.deepEqual(listed, keys);
  });
});
