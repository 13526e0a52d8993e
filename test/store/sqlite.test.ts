import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Json } from '../../server/store/json.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { StoreError, type Store } from '../../server/store/store.ts';
import {
  ANN,
  BOB,
  DAY,
  erasureOf,
  LEASE,
  leaving,
  LIMIT,
  settled,
  settlementOf,
  spooled,
  START,
  workOf,
} from './fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-sqlite-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${(files += 1)}.db`);

const open = (file: string, now = START): Store => createSqliteStore({ file, clock: () => now });
const begin = (store: Store, key: string, claim = ANN) => store.begin(workOf(key), claim, LIMIT);
/** @param words what the operator has to read in it, besides the file */
const isStoreError = (file: string, words: RegExp) => (error: unknown) =>
  error instanceof StoreError && error.message.includes(file) && words.test(error.message);

function startWriter(file: string, holder: string, task: 'write' | 'claim'): ChildProcess {
  const program = new URL('writer.ts', import.meta.url).pathname;
  return spawn(process.execPath, [program, file, holder, task], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/**
 * The transactions in a log of SQLite (https://www.sqlite.org/fileformat2.html#walformat), in order: whether each was brought to the
 * disk before it was answered. With `psow=0` SQLite repeats the last frame of those until the sector is full.
 */
function syncsIn(log: Buffer): readonly boolean[] {
  const size = 24 + log.readUInt32BE(8);
  const frames: Buffer[] = [];
  for (let at = 32; at + size <= log.length; at += size) frames.push(log.subarray(at, at + size));
  const contentOf = (frame: Buffer | undefined) =>
    frame && Buffer.concat([frame.subarray(0, 8), frame.subarray(24)]).toString('latin1');
  const isRepeat = (index: number) => index > 0 && contentOf(frames[index]) === contentOf(frames[index - 1]);
  return frames.flatMap((frame, index) =>
    frame.readUInt32BE(4) === 0 || isRepeat(index) ? [] : [isRepeat(index + 1)],
  );
}

/** What a writer says, until there are so many lines or it has ended. */
async function listenTo(writer: ChildProcess, limit: number, heard: (line: string) => void): Promise<void> {
  assert.ok(writer.stdout);
  const ended = once(writer, 'close');
  let count = 0;
  createInterface({ input: writer.stdout }).on('line', (line) => {
    heard(line);
    if ((count += 1) === limit) writer.kill('SIGKILL');
  });
  await ended;
}

describe('a file of the store', () => {
  it('is made with its folder, for its owner alone', async () => {
    const file = join(folder, 'deep', 'down', 'relay.db');
    const store = open(file);
    await begin(store, 'v/1');
    for (const path of [file, `${file}-wal`, `${file}-shm`])
      assert.equal(statSync(path).mode & 0o777, 0o600, path);
    await store.close();
  });
  it('keeps every state when it is closed and opened', async () => {
    const file = newFile();
    const store = open(file);
    for (const id of ['held', 'sent', 'spooled', 'promised', 'claimed', 'settled', 'dead'])
      await begin(store, `${id}/1`);
    await store.settle([spooled('claimed/1')], ANN.holder);
    await store.claim(['prod'], 1, ANN);
    await store.send(['sent/1', 'dead/1'], ANN);
    await store.settle(
      [
        spooled('spooled/1', START + 1),
        { key: 'promised/1', type: 'promised' },
        settled('settled/1', { isInDoubt: true }),
        { ...settled('dead/1'), dead: { reason: 'no such attribute' } },
      ],
      ANN.holder,
    );
    await store.count('requests', 1_000);
    await store.put('revision', { flow: 'welcome' }, 1_000);
    const stats = await store.stats();
    await store.close();

    const again = open(file);
    assert.deepEqual(await again.stats(), stats);
    assert.equal((await begin(again, 'held/1', BOB)).state, 'in_progress');
    for (const id of ['spooled', 'promised', 'claimed'])
      assert.equal((await begin(again, `${id}/1`)).state, 'queued');
    assert.deepEqual(await again.find('settled/1'), settlementOf('settled/1', { isInDoubt: true }));
    assert.equal((await again.deadLetters.find('dead/1'))?.reason, 'no such attribute');
    assert.equal(await again.count('requests', 1_000), 2);
    assert.deepEqual(await again.get('revision'), { flow: 'welcome' });
    assert.deepEqual((await again.send(['held/1', 'claimed/1'], ANN)).sent, ['held/1', 'claimed/1']);
    await again.close();

    const later = open(file, START + LEASE);
    const claimed = await later.claim(['prod'], 10, BOB);
    assert.deepEqual(
      new Map(claimed.map(({ work, isInDoubt }) => [work.visitor, isInDoubt])),
      new Map([
        ['spooled', false],
        ['promised', false],
        ['held', true],
        ['sent', true],
        ['claimed', true],
      ]),
    );
    await later.close();
  });
  const heldOf = (name: string, wait = LEASE) => ({
    name,
    work: workOf(`${name}.abandoned`),
    at: START,
    offset: 0,
    dueAt: START + wait,
  });

  it('keeps what is provisional, and what makes it late, when it is closed and opened', async () => {
    const file = newFile();
    const store = open(file);
    for (const name of ['v/held', 'v/claimed', 'v/void', 'w/dropped'])
      await store.provisional.hold(heldOf(name, name === 'v/claimed' ? 0 : LEASE), LIMIT);
    await store.provisional.claimDue(['prod'], 10, LEASE);
    await store.provisional.cancel('v/void', { at: START + 1, offset: 0 }, { life: DAY, limit: LIMIT });
    await store.provisional.dropAll('w', DAY);
    await store.close();

    const again = open(file, START + LEASE);
    assert.equal((await again.stats()).provisional, 2);
    for (const name of ['v/void', 'w/dropped'])
      assert.equal(await again.provisional.hold(heldOf(name), LIMIT), 'late', name);
    const due = await again.provisional.claimDue(['prod'], 10, LEASE);
    assert.deepEqual(due, [
      { name: 'v/claimed', work: workOf('v/claimed.abandoned') },
      { name: 'v/held', work: workOf('v/held.abandoned') },
    ]);
    await again.close();
  });
  /** As a relay of schema 1 left it, with this in the spool. */
  const oldFile = (keys: readonly string[]): string => {
    const file = newFile();
    const old = new DatabaseSync(file);
    old.exec('PRAGMA journal_mode = WAL');
    old.exec(readFileSync(new URL('schema-1.sql', import.meta.url), 'utf8'));
    const insert = old.prepare(
      `INSERT INTO work VALUES (?, ?, ?, 'prod', 'spooled', '', ?, 1, 1, 0, 1, ?, ?)`,
    );
    keys.forEach((key, index) => {
      const work = workOf(key);
      insert.run(index + 1, key, work.visitor, START, START, JSON.stringify(work));
    });
    old.exec(`UPDATE totals SET unsettled = ${keys.length}, promised = ${keys.length}`);
    old.close();
    return file;
  };
  const schemaOf = (file: string) => {
    const db = new DatabaseSync(file);
    const version = db.prepare('PRAGMA user_version').get()?.['user_version'];
    const hasTable = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'provisional'`).get() !== undefined;
    db.close();
    return { version, hasTable };
  };
  const STATS = {
    spooled: 1,
    oldest: START,
    deadLetters: 0,
    provisional: 0,
    marks: 0,
    inDoubt: 0,
    erasures: 0,
    deferred: 0,
  };

  describe('whose visitors are erased', () => {
    const filesOf = (file: string) => [file, `${file}-wal`].filter((path) => existsSync(path));
    const has = (file: string, words: string) =>
      filesOf(file).some((path) => readFileSync(path).includes(words));

    const VISITORS = Array.from({ length: 150 }, (_, index) =>
      createHash('sha1').update(`${index}`).digest('hex'),
    );
    const GONE = VISITORS.slice(0, 50);
    const answerOf = (visitor: string) => `answer-${visitor}`;

    /** So that SQLite balances its trees: with `secure_delete` alone, copies of rows that it moved are left in their pages. */
    const fill = async (store: Store) => {
      let seed = 1;
      const draw = (count: number) =>
        Math.floor(((seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647) * count);
      const live: string[] = [];
      for (let round = 0; round < 20; round += 1) {
        const made = Array.from({ length: 100 }, (_, index) => {
          const visitor = VISITORS[draw(VISITORS.length)] ?? '';
          const key = `${visitor}/${round}-${index}`;
          live.push(key);
          return workOf(key, {
            share: { attributes: { email: answerOf(visitor), note: 'x'.repeat(draw(1_500)) }, events: [] },
          });
        });
        await Promise.all(made.map((work) => store.begin(work, ANN, 10_000)));
        const done = Array.from({ length: 80 }, () => live.splice(draw(live.length), 1)[0] ?? '');
        await Promise.all(done.map((key) => store.settle([settled(key)], ANN.holder)));
      }
      for (const visitor of VISITORS) {
        await store.put(`changes/prod/${visitor}`, 'hashes', DAY, visitor);
        await store.provisional.hold(heldOf(`${visitor}/c`), 10_000);
        const dead = { reason: 'refused', work: workOf(`${visitor}/dead`, { node: answerOf(visitor) }) };
        await store.begin(workOf(`${visitor}/dead`), ANN, 10_000);
        await store.settle([{ ...settled(`${visitor}/dead`), dead }], ANN.holder);
      }
    };

    it('has nothing of them in its bytes, nor in those of its log, when the next has been written', async () => {
      let now = START;
      const file = newFile();
      const store = createSqliteStore({ file, clock: () => now });
      await fill(store);
      for (const visitor of GONE) {
        assert.ok(has(file, answerOf(visitor)));
        await store.erase(visitor, Infinity);
      }
      now += 60_000;
      await store.put('next', true, DAY);
      for (const visitor of GONE) assert.equal(has(file, visitor), false, visitor);
      for (const visitor of VISITORS.slice(GONE.length)) assert.ok(has(file, answerOf(visitor)), visitor);
      assert.equal((await store.stats()).deadLetters, VISITORS.length - GONE.length);
      await store.close();
    });
    it('has nothing of them when it is closed, and when it is opened after its process was killed', async () => {
      const file = newFile();
      const store = open(file);
      await fill(store);
      const [first = '', second = ''] = VISITORS;
      // The second within the minute of the first: nothing is cleaned for it yet.
      for (const visitor of [first, second]) await store.erase(visitor, Infinity);
      const copy = newFile();
      for (const suffix of ['', '-wal']) copyFileSync(`${file}${suffix}`, `${copy}${suffix}`);
      await store.close();
      for (const visitor of [first, second]) assert.equal(has(file, visitor), false);
      assert.ok(has(copy, second));
      const again = open(copy);
      assert.equal(has(copy, second), false);
      assert.equal(await again.isErased(second), true);
      await again.close();
    });
    it('has the id as long as something is left to do elsewhere, and then no more', async () => {
      const file = newFile();
      const store = open(file);
      const [visitor = ''] = VISITORS;
      await store.erase(visitor, Infinity, leaving(erasureOf(visitor)));
      await store.erasures.release(visitor);
      await store.close();
      assert.equal(has(file, visitor), false);
    });
  });

  it('of schema 1 is brought to the present one, with all that is in it', async () => {
    const file = oldFile(['v/1']);
    // Two that open it one after the other: the first of them brings it.
    const [store, other] = [open(file), open(file)];
    assert.deepEqual(await store.stats(), { ...STATS, unsettled: 1 });
    assert.deepEqual(await store.begin(workOf('w/1'), ANN, 1), { state: 'full', share: 'environment' });
    assert.deepEqual(await store.backlogs(), [
      { environment: 'prod', unsettled: 1, oldest: START, erasures: 0 },
    ]);
    assert.deepEqual(
      (await store.claim(['prod'], 10, ANN)).map((claimed) => claimed.work),
      [workOf('v/1')],
    );
    assert.equal(await other.provisional.hold(heldOf('v/c'), LIMIT), 'held');
    await Promise.all([store.close(), other.close()]);
    const again = open(file, START + LEASE);
    assert.equal((await again.provisional.claimDue(['prod'], 10, LEASE)).length, 1);
    await again.close();
  });
  it('of schema 1 has an owner for what was told by its name alone', async () => {
    const file = oldFile([]);
    const names = ['changes/prod/v', 'changes/prod/w', 'entry/one/visitor', 'flow/changes/v'];
    const old = new DatabaseSync(file);
    for (const name of names)
      old.prepare('INSERT INTO named_values VALUES (?, ?, ?)').run(name, START + DAY, '"v"');
    old.close();
    const store = open(file);
    await store.erase('v', DAY);
    const left = await Promise.all(names.map((name) => store.get(name)));
    assert.deepEqual(left, [undefined, 'v', undefined, 'v']);
    await store.close();
  });
  for (const [moment, expected] of [
    ['before', { version: 1, hasTable: false }],
    ['after', { version: 7, hasTable: true }],
  ] as const) {
    it(`of schema 1 is whole where its process is killed ${moment} it has committed the present one`, async () => {
      const file = oldFile(['v/1']);
      const program = new URL('dying.ts', import.meta.url).pathname;
      const { signal } = spawnSync(process.execPath, [program, file, moment]);
      assert.equal(signal, 'SIGKILL');
      assert.deepEqual(schemaOf(file), expected);
      const store = open(file);
      assert.deepEqual(await store.stats(), { ...STATS, unsettled: 1 });
      assert.equal(await store.provisional.hold(heldOf('v/c'), LIMIT), 'held');
      assert.equal((await store.claim(['prod'], 10, ANN)).length, 1);
      await store.close();
    });
  }
  it('of schema 1 is brought to the present one once by processes that open it at once', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `v${index}/1`);
    const file = oldFile(keys);
    const claimed: string[] = [];
    const writers = ['a', 'b', 'c', 'd'].map((holder) => startWriter(file, holder, 'claim'));
    const codes = writers.map(async (writer) => (await once(writer, 'close'))[0] as number);
    const heard = writers.map((writer) =>
      listenTo(writer, Infinity, (line) => claimed.push(line.split(' ')[0] ?? '')),
    );
    await Promise.all(heard);
    assert.deepEqual(await Promise.all(codes), [0, 0, 0, 0]);
    assert.deepEqual(claimed.sort(), [...keys].sort());
    const store = open(file);
    assert.deepEqual(await store.stats(), { ...STATS, unsettled: 0, spooled: 0, oldest: undefined });
    await store.close();
  });
  it('of schema 1 is left as it is where another has brought it since it was read', async (t) => {
    const file = oldFile(['v/1']);
    const firsts: Store[] = [];
    const exec = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'exec')?.value as (
      this: DatabaseSync,
      sql: string,
    ) => void;
    const mocked = t.mock.method(DatabaseSync.prototype, 'exec', function (this: DatabaseSync, sql: string) {
      if (sql === 'BEGIN IMMEDIATE') {
        mocked.mock.restore();
        firsts.push(open(file));
      }
      exec.call(this, sql);
    });
    const second = open(file);
    assert.equal(firsts.length, 1);
    assert.deepEqual(await second.stats(), { ...STATS, unsettled: 1 });
    assert.equal(await second.provisional.hold(heldOf('v/c'), LIMIT), 'held');
    await Promise.all([...firsts, second].map((store) => store.close()));
  });
  it('of schema 1 goes on where a relay of before has it open', async () => {
    const file = oldFile(['v/1']);
    const old = new DatabaseSync(file);
    // As that asks for what is due, since before the index was another.
    const asked = old.prepare(
      `SELECT key FROM work INDEXED BY work_heads WHERE is_head = 1 AND environment = ? AND until <= ? ORDER BY until, place`,
    );
    assert.equal(asked.all('prod', START).length, 1);
    const store = open(file);
    assert.equal(asked.all('prod', START).length, 1);
    await store.provisional.hold(heldOf('v/c'), LIMIT);
    // As that writes it.
    old.exec('UPDATE totals SET unsettled = 2, promised = 1, dead_letters = 0, in_doubt = 0');
    const { unsettled, provisional } = await store.stats();
    assert.deepEqual({ unsettled, provisional }, { unsettled: 2, provisional: 1 });
    old.close();
    await store.close();
  });
  it('keeps nothing that a visitor said once that is settled', async () => {
    const file = newFile();
    const store = open(file);
    const keys = Array.from({ length: 50 }, (_, index) => `v/${index}`);
    await Promise.all(keys.map((key) => begin(store, key)));
    await store.settle(
      keys.map((key) => settled(key)),
      ANN.holder,
    );
    await store.close();
    assert.ok(!readFileSync(file).includes('Zoë'));
    assert.ok(readFileSync(file).includes('thanks'));
  });
  it('of a newer schema is refused', () => {
    const file = newFile();
    new DatabaseSync(file).exec('PRAGMA user_version = 99');
    assert.throws(() => open(file), isStoreError(file, /version 99.*newer relay/));
  });
  it('of something else is refused', () => {
    const file = newFile();
    new DatabaseSync(file).exec('CREATE TABLE songs (title TEXT)');
    assert.throws(() => open(file), isStoreError(file, /something else/));
  });
  it('that is no database is refused, and stays as it is', () => {
    const file = newFile();
    writeFileSync(file, 'Dear diary, '.repeat(1_000));
    assert.throws(() => open(file), isStoreError(file, /is not a database/));
    assert.match(readFileSync(file, 'utf8'), /^Dear diary/);
  });
  it('that is damaged says so', async () => {
    const file = newFile();
    const store = open(file);
    await Promise.all(Array.from({ length: 100 }, (_, index) => begin(store, `v${index}/1`)));
    await store.close();
    const damaged = openSync(file, 'r+');
    const { size } = statSync(file);
    writeSync(damaged, Buffer.alloc(size - 4_096, 0xab), 0, size - 4_096, 4_096);
    const again = () => {
      const opened = open(file);
      return begin(opened, 'v1/1');
    };
    await assert.rejects(async () => again(), isStoreError(file, /is damaged/));
  });
  it('that cannot be made says so', () => {
    const file = join(newFile(), 'relay.db');
    writeFileSync(join(file, '..'), 'a file where a folder should be');
    assert.throws(() => open(file), isStoreError(file, /cannot be opened/));
  });
});

describe('a file that has to be a store', () => {
  const openOnly = (file: string) => createSqliteStore({ file, clock: () => START, mustExist: true });

  it('is opened as it is', async () => {
    const file = newFile();
    const store = open(file);
    await begin(store, 'v/1');
    const only = openOnly(file);
    assert.equal((await only.stats()).unsettled, 1);
    await Promise.all([only.close(), store.close()]);
  });
  it('is not made', () => {
    for (const file of [newFile(), join(newFile(), 'relay.db'), folder, ':memory:']) {
      assert.throws(() => openOnly(file), isStoreError(file, /There is no store/), file);
      if (file !== folder) assert.ok(!existsSync(file), file);
    }
  });
  it('is refused where it is empty, and stays so', () => {
    const file = newFile();
    writeFileSync(file, '');
    assert.throws(() => openOnly(file), isStoreError(file, /There is no store/));
    assert.equal(statSync(file).size, 0);
  });
  it('is refused where it is a database of something else, and that stays as it is', () => {
    for (const setting of ['', 'PRAGMA user_version = 1;', 'PRAGMA user_version = 99;']) {
      const file = newFile();
      const other = new DatabaseSync(file);
      other.exec(`CREATE TABLE songs (title TEXT); ${setting}`);
      other.close();
      const before = readFileSync(file);
      for (const attempt of [openOnly, open])
        assert.throws(() => attempt(file), isStoreError(file, /something else|newer relay/));
      assert.deepEqual(readFileSync(file), before, setting);
    }
  });
});

describe('what is answered', () => {
  type Ask = (store: Store) => Promise<unknown>;

  /** Transactions that it wrote, whether each was brought to the disk. */
  async function syncsOf(prepare: Ask, ask: Ask): Promise<readonly boolean[]> {
    const home = process.cwd();
    // A name that only SQLite takes for an address.
    process.chdir(folder);
    const name = `${(files += 1)}.db`;
    const store = open(`file:${name}?psow=0`);
    try {
      await prepare(store);
      const before = syncsIn(readFileSync(`${name}-wal`));
      await ask(store);
      return syncsIn(readFileSync(`${name}-wal`)).slice(before.length);
    } finally {
      await store.close();
      process.chdir(home);
    }
  }
  const promised: Ask = async (store) => {
    await begin(store, 'v/1');
    await store.settle([{ key: 'v/1', type: 'promised' }], ANN.holder);
  };
  const begun: Ask = (store) => begin(store, 'v/1');

  const cases: Readonly<Record<string, readonly [prepare: Ask, ask: Ask, expected: readonly boolean[]]>> = {
    'queued, behind what was promised: is on disk': [promised, (store) => begin(store, 'v/2'), [false, true]],
    'queued, for what was claimed: is on disk': [
      async (store) => {
        await promised(store);
        await store.settle([spooled('v/1')], ANN.holder);
        await store.claim(['prod'], 1, ANN);
      },
      begun,
      [true],
    ],
    'queued among others that are new: is on disk': [
      promised,
      (store) => Promise.all(['v/2', 'w/1', 'x/1'].map((key) => begin(store, key))),
      [false, true],
    ],
    'queued in a group that is on disk anyway: is not written twice': [
      promised,
      (store) => Promise.all([begin(store, 'v/2'), store.put('a', 1, 1_000)]),
      [true],
    ],
    'new: nobody has heard of it yet': [promised, (store) => begin(store, 'w/1'), [false]],
    'sent: is on disk': [begun, (store) => store.send(['v/1'], ANN), [true]],
    'settled: is on disk': [begun, (store) => store.settle([settled('v/1')], ANN.holder), [true]],
    'promised: is on disk': [
      begun,
      (store) => store.settle([{ key: 'v/1', type: 'promised' }], ANN.holder),
      [true],
    ],
    'held provisionally: is on disk': [
      begun,
      (store) =>
        store.provisional.hold(
          { name: 'v/c', work: workOf('v/c.abandoned'), at: START, offset: 0, dueAt: START },
          LIMIT,
        ),
      [true],
    ],
    'cancelled: nobody has been promised anything': [
      begun,
      (store) => store.provisional.cancel('v/c', { at: START, offset: 0 }, { life: 1_000, limit: LIMIT }),
      [false],
    ],
    'put: is on disk': [begun, (store) => store.put('a', 1, 1_000), [true]],
    'retried: is on disk': [
      async (store) => {
        await begin(store, 'v/1');
        await store.settle([{ ...settled('v/1'), dead: { reason: 'unknown' } }], ANN.holder);
      },
      (store) => store.deadLetters.retry('v/1'),
      [true],
    ],
  };
  for (const [name, [prepare, ask, expected]] of Object.entries(cases))
    it(name, async () => {
      assert.deepEqual(await syncsOf(prepare, ask), expected);
    });
});

describe('a group of operations', () => {
  it('does not suffer for one that is mistaken', async () => {
    const file = newFile();
    const [store, other] = [open(file), open(file)];
    const circular: Record<string, Json> = {};
    circular['self'] = circular;
    const asked = await Promise.allSettled([
      begin(store, 'v/1'),
      begin(store, 'v/2'),
      store.put('circular', circular, 1_000),
    ]);
    assert.deepEqual(
      asked.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    );
    assert.equal((await other.stats()).unsettled, 2);
    assert.equal((await begin(other, 'v/2')).state, 'in_progress');
    assert.equal((await begin(other, 'v/3')).state, 'new');
    await Promise.all([store.close(), other.close()]);
  });
  it('is refused after the store is closed', async () => {
    const file = newFile();
    const store = open(file);
    await store.close();
    await assert.rejects(begin(store, 'v/1'), isStoreError(file, /closed/));
  });
});

describe('a full disk', () => {
  /** Submissions that are taken on until one is refused. */
  async function fill(store: Store, file: string): Promise<readonly string[]> {
    const taken: string[] = [];
    for (;;) {
      const key = `v${taken.length}/1`;
      try {
        await store.begin(workOf(key, { site: 'x'.repeat(10_000) }), ANN, Infinity);
        taken.push(key);
      } catch (error) {
        assert.ok(isStoreError(file, /no room|disk is full/)(error), String(error));
        return taken;
      }
    }
  }

  async function assertRecovers(store: Store, taken: readonly string[]): Promise<void> {
    assert.ok(taken.length > 10);
    assert.equal((await store.stats()).unsettled, taken.length);
    assert.equal((await begin(store, taken[0] ?? '')).state, 'in_progress');
  }

  it('refuses what comes, keeps what is there, and goes on when there is room again', async () => {
    const file = newFile();
    const store = createSqliteStore({ file, clock: () => START, maxPages: 100 });
    const taken = await fill(store, file);
    await assertRecovers(store, taken);
    const half = taken.slice(0, taken.length / 2);
    await store.settle(
      half.map((key) => settled(key)),
      ANN.holder,
    );
    assert.equal((await begin(store, 'late/1')).state, 'new');
    await store.close();
  });

  it('of a real kind is survived', async (test) => {
    const mounted = join(folder, 'small');
    const run = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
    mkdirSync(mounted);
    if (!run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mounted)) {
      test.skip('only root can make a small disk');
      return;
    }
    test.after(() => run('umount', mounted));
    const file = join(mounted, 'relay.db');
    const ballast = join(mounted, 'ballast');
    writeFileSync(ballast, Buffer.alloc(300_000));
    const store = open(file);
    const taken = await fill(store, file);
    rmSync(ballast);
    await assertRecovers(store, taken);
    assert.equal((await begin(store, 'late/1')).state, 'new');
    await store.close();
    const again = open(file);
    assert.equal((await again.stats()).unsettled, taken.length + 1);
    await again.close();
  });
});

describe('several processes', () => {
  it('share a file: what one begins is in progress for the other', async () => {
    const file = newFile();
    const [ann, bob] = [open(file), open(file)];
    const begun = await Promise.all([
      begin(ann, 'v/1'),
      begin(bob, 'v/1', BOB),
      begin(ann, 'v/1'),
      begin(bob, 'v/1', BOB),
    ]);
    assert.deepEqual(begun.map(({ state }) => state).sort(), [
      'in_progress',
      'in_progress',
      'in_progress',
      'new',
    ]);
    await ann.close();
    assert.equal((await bob.stats()).unsettled, 1);
    await bob.close();
  });
  it('keep a visitor in order between them', async () => {
    const file = newFile();
    const [ann, bob] = [open(file), open(file)];
    await begin(ann, 'v/1');
    await begin(bob, 'v/2', BOB);
    assert.deepEqual((await bob.send(['v/2'], BOB)).behind, ['v/2']);
    await ann.settle([settled('v/1')], ANN.holder);
    assert.deepEqual((await bob.send(['v/2'], BOB)).sent, ['v/2']);
    await Promise.all([ann.close(), bob.close()]);
  });
  it('may open a file at the same time that none of them has made yet', async () => {
    const file = newFile();
    const writers = ['a', 'b', 'c'].map((holder) => startWriter(file, holder, 'claim'));
    const codes = await Promise.all(
      writers.map(async (writer) => (await once(writer, 'close'))[0] as number),
    );
    assert.deepEqual(codes, [0, 0, 0]);
  });
  it('wait for each other without standing still', async () => {
    const file = newFile();
    const store = open(file);
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    let isBegun = false;
    const begun = begin(store, 'v/1').finally(() => (isBegun = true));
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    assert.equal(isBegun, false);
    assert.equal(await store.find('v/1'), undefined);
    other.exec('COMMIT');
    assert.equal((await begun).state, 'new');
    other.close();
    await store.close();
  });
  it('do not wait for one that is stuck', async () => {
    const file = newFile();
    const store = open(file);
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    await assert.rejects(begin(store, 'v/1'), isStoreError(file, /held by another process/));
    other.exec('ROLLBACK');
    assert.equal((await begin(store, 'v/1')).state, 'new');
    other.close();
    await store.close();
  });
  it('claim what is due once', async () => {
    const file = newFile();
    const stores = [open(file), open(file)] as const;
    const names = Array.from({ length: 20 }, (_, index) => `v${index}/c`);
    for (const name of names) {
      const held = { name, work: workOf(`${name}.abandoned`), at: START, offset: 0, dueAt: START };
      await stores[0].provisional.hold(held, LIMIT);
    }
    const claimed = await Promise.all(
      Array.from({ length: 8 }, (_, turn) =>
        stores[turn % 2 === 0 ? 0 : 1].provisional.claimDue(['prod'], 5, LEASE),
      ),
    );
    assert.deepEqual(
      claimed
        .flat()
        .map(({ name }) => name)
        .sort(),
      [...names].sort(),
    );
    await Promise.all(stores.map((store) => store.close()));
  });
  it('claim each piece of work once', async () => {
    const file = newFile();
    const store = open(file);
    const keys = Array.from({ length: 60 }, (_, index) => `v${index % 20}/${index}`);
    await Promise.all(keys.map((key) => begin(store, key)));
    await store.settle(
      keys.map((key) => spooled(key, 0)),
      ANN.holder,
    );
    const claimed: string[] = [];
    await Promise.all(
      ['b', 'c', 'd'].map((holder) =>
        listenTo(startWriter(file, holder, 'claim'), Infinity, (line) =>
          claimed.push(line.split(' ')[0] ?? ''),
        ),
      ),
    );
    assert.deepEqual(claimed.sort(), [...keys].sort());
    assert.equal((await store.stats()).unsettled, 0);
    await store.close();
  });
  it('lose nothing that was acknowledged when they are killed', async () => {
    const file = newFile();
    const known = new Map<string, string>();
    for (const limit of [50, 500, 1_111]) {
      await Promise.all(
        ['ann', 'bob'].map((name) =>
          listenTo(startWriter(file, `${name}${limit}`, 'write'), limit, (line) => {
            const [key = '', state = ''] = line.split(' ');
            known.set(key, state);
          }),
        ),
      );
    }
    const store = open(file, Date.now() + 120_000);
    const claimed = new Map(
      (await store.claim(['prod'], LIMIT * LIMIT, BOB)).map(({ work, isInDoubt }) => [work.key, isInDoubt]),
    );
    assert.ok(known.size > 1_000);
    for (const [key, state] of known) {
      const isSettled = (await store.find(key)) !== undefined;
      const isInDoubt = claimed.get(key);
      // What was acknowledged, or what the process did next and could not say any more.
      const expected = {
        held: isSettled || isInDoubt !== undefined,
        sent: isInDoubt === true,
        spooled: isInDoubt === false,
        settled: isSettled && isInDoubt === undefined,
      }[state];
      assert.ok(expected, `${key} ${state}: ${isSettled} ${isInDoubt}`);
    }
    await store.close();
  });
});
