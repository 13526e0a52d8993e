/**
 * A process that uses a store until it is killed, and says on its standard output what the store has acknowledged.
 * Run by `sqlite.test.ts`: `writer.ts <file> <holder> write|claim`.
 */
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { LIMIT, settled, spooled, workOf } from './fixture.ts';

const [, , file = '', holder = '', task] = process.argv;
const store = createSqliteStore({ file, clock: Date.now });
const claim = { holder, lease: 60_000 };
const say = (key: string, state: string) => process.stdout.write(`${key} ${state}\n`);

async function write(): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    const keys = ['held', 'sent', 'spooled', 'settled'].map((state) => `${holder}-${turn}-${state}/1`);
    const [, toSend = '', toSpool = '', toSettle = ''] = keys;
    await Promise.all(keys.map((key) => store.begin(workOf(key), claim, LIMIT * LIMIT)));
    keys.forEach((key) => say(key, 'held'));
    await store.send([toSend, toSpool, toSettle], claim);
    await store.settle([spooled(toSpool, Date.now()), settled(toSettle)], holder);
    say(toSend, 'sent');
    say(toSpool, 'spooled');
    say(toSettle, 'settled');
  }
}

async function take(): Promise<void> {
  for (;;) {
    const claimed = await store.claim(['prod'], 3, claim);
    if (claimed.length === 0) return;
    const keys = claimed.map(({ work }) => work.key);
    keys.forEach((key) => say(key, 'claimed'));
    await store.settle(
      keys.map((key) => settled(key)),
      holder,
    );
  }
}

await (task === 'write' ? write() : take());
await store.close();
