import { after } from 'node:test';
import { createRedisStore } from '../../server/store/redis.ts';
import { describeStore } from '../store/suite.ts';
import { startRedisServer } from './redis-server.ts';

const server = await startRedisServer();
const stores: { readonly close: () => Promise<void> }[] = [];
after(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await server.stop();
});

describeStore({
  name: 'a store in Redis',
  open(clock) {
    const store = createRedisStore({ url: server.url, clock, prefix: `test${stores.length}:` });
    stores.push(store);
    return store;
  },
  isDurable: true,
});
