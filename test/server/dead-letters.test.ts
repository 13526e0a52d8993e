/** `parley dead-letters` as an operator calls it, in a process of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Work } from '../../server/delivery/work.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Store } from '../../server/store/store.ts';

const HOUR = 3_600_000;
const CLAIM = { holder: 'test', lease: HOUR };

const keyOf = (number: number) => `visitor-${number}/conversation-${number}.4`;

function createWork(number: number): Work {
  return {
    key: keyOf(number),
    id: `conversation-${number}.4`,
    visitor: `visitor-${number}`,
    environment: 'prod',
    site: 'brand',
    flow: 'welcome',
    revision: '0123456789abcdef',
    node: 'save',
    receivedAt: Date.UTC(2026, 0, 15, 10),
    share: {
      attributes: { email: 'ada@example.com' },
      events: [{ key: 'done#0', repeats: false, object: { name: 'done' } }],
    },
    routes: { success: 'thanks', error: 'sorry', queued: 'thanks', invalid: {} },
  };
}

describe('parley dead-letters', () => {
  let folder: string;
  let file: string;
  /** As a relay has it open at the same time. */
  let store: Store;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'parley-dead-'))));
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    file = join(folder, `${Math.random()}.db`);
    store = createSqliteStore({ file, clock: Date.now });
  });
  afterEach(() => store.close());

  /** So many that could not be delivered. */
  async function bury(
    count: number,
    words = 'email is not what ada@example.com',
    change: Partial<Work> = {},
  ): Promise<void> {
    for (let number = 1; number <= count; number += 1) {
      const work = { ...createWork(number), ...change };
      await store.begin(work, CLAIM, 100);
      const settlement = {
        receipt: { id: work.id, outcome: 'error', next: 'sorry' } as const,
        node: 'save',
        acceptedEvents: [],
        isInDoubt: false,
      };
      const dead = {
        reason: 'Braze refused it: correct the mapping',
        words,
      };
      await store.settle([{ key: work.key, type: 'settled', settlement, dead }], CLAIM.holder);
    }
  }

  function run(...args: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['server/cli.ts', 'dead-letters', ...args, '--store', file],
      { encoding: 'utf8' },
    );
    return { status, stdout, lines: stdout.trimEnd().split('\n'), stderr };
  }

  it('says that there are none', () => {
    const { status, stdout, stderr } = run('list');
    assert.deepEqual([status, stdout, stderr], [0, 'There are no dead letters.\n', '']);
    assert.equal(run('list', '--json').stdout, '[]\n');
    assert.equal(run('retry', '--all').stdout, 'There are no dead letters.\n');
  });

  it('lists what could not be delivered and why, without a personal value', async () => {
    await bury(2);
    const { status, stdout, lines } = run('list');
    assert.equal(status, 0);
    assert.equal(lines.length, 3);
    assert.match(lines[0] ?? '', /^AGE +ENVIRONMENT +FLOW +NODE +KEY +REASON$/);
    assert.match(
      lines[1] ?? '',
      /^\d+ s +prod +welcome +save +visitor-1\/conversation-1\.4 +Braze refused it: correct the mapping$/,
    );
    const json = run('list', '--json').stdout;
    const [first] = JSON.parse(json) as Readonly<Record<string, string>>[];
    assert.deepEqual(Object.keys(first ?? {}), [
      'key',
      'environment',
      'site',
      'flow',
      'revision',
      'node',
      'at',
      'reason',
    ]);
    assert.ok(!`${stdout}${json}`.includes('ada@'));
  });

  it('lists them a page at a time', async () => {
    await bury(3);
    const page = run('list', '--limit', '2');
    assert.equal(page.lines.length, 4);
    assert.equal(page.lines[3], `There are more: --after ${keyOf(2)}`);
    const rest = run('list', '--limit', '2', '--after', keyOf(2));
    assert.equal(rest.lines.length, 2);
    assert.ok(rest.lines[1]?.includes(keyOf(3)));
    assert.equal(run('list', '--after', keyOf(3)).stdout, 'There are no more.\n');
  });

  it('shows one as it would be sent, with Braze’s words, and warns of what is in it', async () => {
    await bury(1);
    const { status, stdout, stderr } = run('show', keyOf(1));
    assert.deepEqual([status, stderr], [0, 'This holds personal values of a visitor.\n']);
    assert.match(stdout, /^braze +email is not what ada@example\.com$/m);
    assert.match(stdout, /"email": "ada@example\.com"/);
    const { sends } = JSON.parse(run('show', keyOf(1), '--json').stdout) as { sends: unknown };
    assert.deepEqual(sends, { attributes: [{ email: 'ada@example.com' }], events: [{ name: 'done' }] });
  });

  it('shows one that is a request of its own', async () => {
    const body = {
      canvas_id: 'book',
      recipients: [{ external_user_id: 'ada', context: { city: 'Keswick' } }],
    };
    await bury(1, '', { share: { events: [] }, call: { name: 'canvas/trigger/send', body } });
    const { sends } = JSON.parse(run('show', keyOf(1), '--json').stdout) as { sends: unknown };
    assert.deepEqual(sends, { 'canvas/trigger/send': body });
  });

  it('puts one back into the spool, where a relay that runs takes it up, and warns of its age', async () => {
    await bury(2);
    const { status, stdout, stderr } = run('retry', keyOf(1));
    assert.equal(status, 0);
    assert.match(stdout, /^visitor-1\/conversation-1\.4: back in the spool; /);
    assert.match(stderr, /may overwrite what was written since/);
    const claimed = await store.claim(['prod'], 10, { holder: 'relay', lease: HOUR });
    assert.deepEqual(
      claimed.map(({ work }) => work.key),
      [keyOf(1)],
    );
    assert.equal((await store.stats()).deadLetters, 1);
  });

  it('puts all of them back', async () => {
    await bury(3);
    assert.equal(run('retry', '--all').lines.length, 3);
    const { deadLetters, spooled } = await store.stats();
    assert.deepEqual([deadLetters, spooled], [0, 3]);
  });

  it('drops those that are named, says which are not there, and fails for them', async () => {
    await bury(2);
    const { status, stdout, stderr } = run('drop', keyOf(1), 'nobody/nothing');
    assert.deepEqual([status, stdout], [1, `${keyOf(1)}: dropped\n`]);
    assert.match(stderr, /^There is no dead letter nobody\/nothing; parley dead-letters list shows/);
    const again = run('drop', keyOf(1), keyOf(2), '--json');
    assert.deepEqual(JSON.parse(again.stdout), { dropped: [keyOf(2)], missing: [keyOf(1)] });
    assert.equal((await store.stats()).deadLetters, 0);
  });

  for (const action of ['show', 'retry']) {
    it(`says that there is nothing to ${action}`, () => {
      const { status, stderr } = run(action, 'nobody/nothing');
      assert.equal(status, 1);
      assert.match(stderr, /There is no dead letter nobody\/nothing/);
    });
  }

  for (const args of [
    [],
    ['burn'],
    ['list', 'key'],
    ['show'],
    ['show', 'a', 'b'],
    ['retry'],
    ['retry', 'a', '--all'],
    ['drop'],
    ['drop', '--all'],
  ]) {
    it(`says how it is called: ${args.join(' ') || 'nothing'} is wrong`, () => {
      const { status, stdout, stderr } = run(...args);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /^Usage: parley dead-letters list /);
    });
  }

  for (const limit of ['0', '-1', '10001', 'many']) {
    it(`refuses a page of ${limit}`, () => {
      const { status, stderr } = run('list', `--limit=${limit}`);
      assert.deepEqual(
        [status, stderr],
        [2, `--limit is "${limit}"; it should be a number from 1 to 10000.\n`],
      );
    });
  }

  it('takes a key that is named twice once', async () => {
    await bury(1);
    const { status, lines, stderr } = run('retry', keyOf(1), keyOf(1));
    assert.deepEqual([status, lines.length], [0, 1]);
    assert.doesNotMatch(stderr, /There is no dead letter/);
  });

  it('shows the terminal nothing that it takes for a command', async () => {
    await bury(1, 'is not \u001b[31mred\u009b2J');
    const shown = [
      run('show', keyOf(1)),
      run('show', keyOf(1), '--json'),
      run('drop', 'no\u001b[2Jbody\u007f'),
    ];
    for (const { stdout, stderr } of shown) assert.doesNotMatch(`${stdout}${stderr}`, /[^\P{Cc}\n]/u);
    assert.match(shown[0]?.stdout ?? '', /^braze +is not \\u001b\[31mred\\u009b2J$/m);
    assert.deepEqual(
      (JSON.parse(shown[1]?.stdout ?? '') as { braze: string }).braze,
      'is not \u001b[31mred\u009b2J',
    );
    assert.match(shown[2]?.stderr ?? '', /^There is no dead letter no\\u001b\[2Jbody\\u007f; /);
  });

  it('reads a store whose last words are in its log alone, as a killed relay leaves it', async () => {
    await bury(1);
    const copy = join(folder, 'killed.db');
    for (const part of ['', '-wal']) writeFileSync(`${copy}${part}`, readFileSync(`${file}${part}`));
    const args = ['server/cli.ts', 'dead-letters', 'list', '--store', copy];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.ok(stdout.includes(keyOf(1)));
  });

  for (const [name, make] of [
    ['an empty file', (path: string) => writeFileSync(path, '')],
    [
      'the database of something else',
      (path: string) => {
        const db = new DatabaseSync(path);
        db.exec('CREATE TABLE notes (text TEXT); PRAGMA user_version = 1');
        db.close();
      },
    ],
  ] as const) {
    it(`takes ${name} for no store, and leaves it as it is`, () => {
      const path = join(folder, `${Math.random()}.other`);
      make(path);
      const before = readFileSync(path);
      const args = ['server/cli.ts', 'dead-letters', 'list', '--store', path];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      assert.deepEqual(
        [status, stdout, stderr],
        [
          2,
          '',
          `${path} is no store of Parley; --store should name the store that parley serve was given.\n`,
        ],
      );
      assert.deepEqual(readFileSync(path), before);
      assert.deepEqual(
        readdirSync(folder).filter((each) => each.startsWith(`${path.slice(folder.length + 1)}-`)),
        [],
      );
    });
  }

  it('takes what is no database for none, and leaves it as it is', () => {
    const path = join(folder, 'notes.txt');
    writeFileSync(path, 'Call Ada back.');
    const args = ['server/cli.ts', 'dead-letters', 'list', '--store', path];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, /is not a database/);
    assert.equal(readFileSync(path, 'utf8'), 'Call Ada back.');
  });

  it('makes no store where there is none', () => {
    const nothing = join(folder, 'nothing.db');
    const args = ['server/cli.ts', 'dead-letters', 'list', '--store', nothing];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.deepEqual(
      [status, stderr],
      [2, `There is no store ${nothing}; --store should name the store that parley serve was given.\n`],
    );
    assert.ok(!readdirSync(folder).includes('nothing.db'));
  });
});
