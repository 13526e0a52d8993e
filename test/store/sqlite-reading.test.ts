/** The counts of a store that may not be written to, nor its folder. */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openCounted } from '../../server/store/sqlite/reading.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { StoreError, type Store } from '../../server/store/store.ts';
import { countInto } from '../places/counted.ts';

const PLACE = { flow: 'welcome', revision: 'r', environment: 'prod' };

/** The user that has no files: root may write wherever it is. */
const NOBODY = 65_534;

const folder = mkdtempSync(join(tmpdir(), 'parley-reading-'));
after(() => rmSync(folder, { recursive: true }));

/** @returns how often `hello` was shown, by who may not write there */
async function cameTo(file: string): Promise<number | undefined> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    const counted = openCounted(file, Date.now);
    try {
      const tallies = await counted.tallies.find('prod', 'welcome', 'r');
      return tallies.find(({ node, type }) => node === 'hello' && type === 'shown')?.count;
    } finally {
      await counted.close();
    }
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe('counts in a folder that cannot be written', () => {
  let store: Store;
  let live: string;
  /** One of them is in the file, the other in its log alone. */
  before(async () => {
    chmodSync(folder, 0o755);
    live = join(folder, 'live', 'relay.db');
    await countedIn(live, 'hello').then((one) => one.close());
    store = await countedIn(live, 'hello name');
  });
  after(() => store.close());

  const countedIn = async (file: string, way: string) => {
    const opened = createSqliteStore({ file, clock: Date.now });
    await countInto(opened, PLACE, [way]);
    return opened;
  };
  /** As backups are, of all that names the ends of its files. */
  const copyOf = async (name: string, ends: readonly string[], run: (file: string) => Promise<void>) => {
    const place = join(folder, name);
    mkdirSync(place);
    for (const end of ends) {
      copyFileSync(`${live}${end}`, join(place, `relay.db${end}`));
      chmodSync(join(place, `relay.db${end}`), 0o444);
    }
    chmodSync(place, 0o555);
    try {
      await run(join(place, 'relay.db'));
      assert.deepEqual(
        readdirSync(place),
        ends.map((end) => `relay.db${end}`),
      );
    } finally {
      chmodSync(place, 0o755);
    }
  };

  it('are read of a file alone', () =>
    copyOf('alone', [''], async (file) => assert.equal(await cameTo(file), 1)));
  it('are read with its log, where the index of that is there', () =>
    copyOf('whole', ['', '-shm', '-wal'], async (file) => assert.equal(await cameTo(file), 2)));
  it('are not read without what is in the log: it is said what is missing, and what to do', () =>
    copyOf('log', ['', '-wal'], async (file) => {
      await assert.rejects(cameTo(file), (error) => {
        assert.ok(error instanceof StoreError);
        assert.match(error.message, /latest part is in ".*relay\.db-wal": .*-shm".* copy the store/);
        return true;
      });
    }));
  it('are read beside the process that has it open', async () => {
    for (const end of ['', '-shm', '-wal']) chmodSync(`${live}${end}`, 0o644);
    chmodSync(join(folder, 'live'), 0o555);
    try {
      assert.equal(await cameTo(live), 2);
      await countInto(store, PLACE, ['hello']);
      assert.equal(await cameTo(live), 3);
    } finally {
      chmodSync(join(folder, 'live'), 0o755);
    }
  });
});
