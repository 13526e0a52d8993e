import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { createMemoryStore } from '../../server/store/memory.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { ANN, LIMIT, settled, settlementOf, workOf } from './fixture.ts';
import { describeStore } from './suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

describeStore({
  name: 'a store in memory',
  open: (clock) => createMemoryStore({ clock }),
  isDurable: false,
});
describeStore({
  name: 'a store in memory that passes for durable',
  open: (clock) => createMemoryStore({ clock, isDurable: true }),
  isDurable: true,
});
describeStore({
  name: 'a store in SQLite in memory',
  open: (clock) => createSqliteStore({ clock, file: ':memory:' }),
  isDurable: true,
});
describeStore({
  name: 'a store in a file of SQLite',
  open: (clock) => createSqliteStore({ clock, file: join(folder, `${(files += 1)}.db`) }),
  isDurable: true,
});

it('a store in memory forgets the oldest settlement beyond its capacity, and no other', async () => {
  const store = createMemoryStore({ clock: () => 0, capacity: 3 });
  const keys = ['v/1', 'v/2', 'v/3', 'v/4'];
  for (const key of keys) {
    await store.begin(workOf(key), ANN, LIMIT);
    await store.settle([settled(key)], ANN.holder);
  }
  assert.deepEqual(await Promise.all(keys.map((key) => store.find(key))), [
    undefined,
    ...keys.slice(1).map((key) => settlementOf(key)),
  ]);
});
