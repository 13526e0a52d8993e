/** What every store counts of where people leave: a part of the suite. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Counting, NumberedPassing, Tally } from '../../server/store/store.ts';
import { DAY, START } from './fixture.ts';
import type { StoreUnderTest } from './suite.ts';

/** Days that a count is kept. */
const LIFE = 30;

/** Days since 1970. */
const TODAY = START / DAY;

/** What is told of a conversation: nodes that it has come to, from the number on. A node with a `?` was answered, one with a `!` refused. */
function countingOf(since: number, nodes: readonly string[], details: Partial<Counting> = {}): Counting {
  const passings = nodes.map((name, index): NumberedPassing => {
    const type = name.endsWith('?') ? 'answered' : name.endsWith('!') ? 'refused' : 'shown';
    return { number: since + index, revision: 'r1', type, node: name.replace(/[?!]$/, '') };
  });
  return {
    visitor: 'v',
    conversation: 'c1',
    environment: 'prod',
    flow: 'welcome',
    since,
    until: since + nodes.length,
    passings,
    life: LIFE * DAY,
    ...details,
  };
}

const LEFT_AT_NAME = { left: { revision: 'r1', node: 'name' } };

export function describeTallies({ open }: StoreUnderTest): void {
  function startStore() {
    let now = Math.ceil(TODAY) * DAY;
    const store = open(() => now);
    return {
      store,
      add: (...countings: Counting[]) => store.tallies.add(countings),
      pass: (milliseconds: number) => (now += milliseconds),
      today: () => Math.floor(now / DAY),
      /** Each as `name 2`, with its marks as above, `<` for the node that led there and `*` where it was left. */
      counts: async (environment = 'prod', flow = 'welcome', revision = 'r1') => {
        const marks: Readonly<Record<Tally['type'], string>> = {
          shown: '',
          answered: '?',
          refused: '!',
          left: '*',
        };
        const all = await store.tallies.find(environment, flow, revision);
        return all
          .map(({ node, type, from, count }) => {
            return `${node}${marks[type]}${from === undefined ? '' : `<${from}`} ${count}`;
          })
          .sort();
      },
    };
  }

  describe('what is counted', () => {
    it('is of each node, by what happened there and whence it was come to', async () => {
      const { add, counts } = startStore();
      const [hello, name] = countingOf(0, ['hello', 'name']).passings as [NumberedPassing, NumberedPassing];
      await add(countingOf(0, ['', ''], { passings: [hello, { ...name, from: 'hello' }] }));
      await add(countingOf(2, ['name!', 'name!', 'name?', 'email']));
      await add(countingOf(0, ['hello', 'name'], { conversation: 'c2', visitor: 'w' }));
      assert.deepEqual(await counts(), [
        'email 1',
        'hello 2',
        'name 1',
        'name! 2',
        'name<hello 1',
        'name? 1',
      ]);
    });
    it('is counted once, however often it is told, and in whatever parts', async () => {
      const { add, counts } = startStore();
      const whole = ['hello', 'name', 'name!', 'name?', 'email'];
      const part = (since: number, until: number) => countingOf(since, whole.slice(since, until));
      await Promise.all([add(part(0, 2)), add(part(0, 2)), add(part(0, 2), part(0, 2))]);
      await add(part(3, 5));
      await add(part(1, 4));
      await add(part(0, 5));
      await add(part(2, 2));
      assert.deepEqual(await counts(), ['email 1', 'hello 1', 'name 1', 'name! 1', 'name? 1']);
    });
    it('leaves out what there is no use for, also when it comes again', async () => {
      const { add, counts } = startStore();
      const { passings } = countingOf(0, ['hello', 'name', 'email']);
      await add(countingOf(0, ['', '', ''], { passings: passings.filter(({ node }) => node !== 'name') }));
      await add(countingOf(0, ['hello', 'name', 'email']));
      assert.deepEqual(await counts(), ['email 1', 'hello 1']);
    });
    it('is left once, also where it was told in the same breath', async () => {
      const { add, counts } = startStore();
      await add(countingOf(0, ['hello', 'name'], LEFT_AT_NAME));
      await add(countingOf(0, ['hello', 'name'], LEFT_AT_NAME));
      await add(countingOf(2, ['name?', 'email'], { left: { revision: 'r1', node: 'email' } }));
      await add(countingOf(0, ['hello', 'name'], { ...LEFT_AT_NAME, conversation: 'c2' }));
      assert.deepEqual(await counts(), ['email 1', 'hello 2', 'name 2', 'name* 2', 'name? 1']);
    });
    it('is of an environment, a flow and a revision', async () => {
      const { store, add, counts, today } = startStore();
      const [passing] = countingOf(1, ['name']).passings as [NumberedPassing];
      await add(
        countingOf(0, ['hello']),
        countingOf(1, ['name'], { passings: [{ ...passing, revision: 'r2' }] }),
        countingOf(0, ['hello'], { conversation: 'c2', environment: 'sandbox' }),
        countingOf(0, ['hello'], { conversation: 'c3', flow: 'help' }),
      );
      assert.deepEqual(await counts(), ['hello 1']);
      assert.deepEqual(await counts('prod', 'welcome', 'r2'), ['name 1']);
      assert.deepEqual(await counts('prod', 'none'), []);
      const days = { first: today(), last: today() };
      assert.deepEqual(await store.tallies.list(), [
        { flow: 'help', environment: 'prod', revision: 'r1', ...days },
        { flow: 'welcome', environment: 'prod', revision: 'r1', ...days },
        { flow: 'welcome', environment: 'prod', revision: 'r2', ...days },
        { flow: 'welcome', environment: 'sandbox', revision: 'r1', ...days },
      ]);
    });
    it('is kept by days, each for its life, and listed by the last', async () => {
      const { store, add, counts, pass, today } = startStore();
      const first = today();
      await add(countingOf(0, ['hello']));
      pass(DAY);
      await add(countingOf(0, ['hello'], { conversation: 'c2' }));
      await add(countingOf(0, ['hello'], { conversation: 'c3', flow: 'help' }));
      assert.deepEqual(await counts(), ['hello 2']);
      const spans = async () =>
        (await store.tallies.list()).map((each) => [each.flow, each.first - first, each.last - first]);
      assert.deepEqual(await spans(), [
        ['help', 1, 1],
        ['welcome', 0, 1],
      ]);
      pass(LIFE * DAY);
      assert.deepEqual(await counts(), ['hello 1']);
      pass(DAY);
      assert.deepEqual([await counts(), await spans()], [[], []]);
    });
    it('stays when its visitor is erased, of whom nothing more is counted', async () => {
      const { store, add, counts } = startStore();
      await add(countingOf(0, ['hello']));
      await store.erase('v', DAY);
      await add(countingOf(1, ['name'], LEFT_AT_NAME));
      assert.deepEqual(await counts(), ['hello 1']);
      assert.equal(await store.get('counted/v/c1'), undefined);
    });
    it('is no more of who makes numbers up', async () => {
      const { add, counts } = startStore();
      for (let since = 0; since < 100; since += 2) await add(countingOf(since, [`n${since}`]));
      assert.equal((await counts()).length, 20);
    });
    it('is of a conversation that a node was shown and answered once, and no more refusals than a person has', async () => {
      const { add, counts } = startStore();
      const again = (word: string) => Array.from({ length: 200 }, () => word);
      for (const [index, word] of ['hello', 'hello', 'name?', 'name!', 'name!'].entries())
        await add(countingOf(200 * index, again(word)));
      assert.deepEqual(await counts(), ['hello 1', 'name! 20', 'name? 1']);
      await add(countingOf(0, ['hello', 'name?', 'name!'], { conversation: 'c2' }));
      assert.deepEqual(await counts(), ['hello 2', 'name! 21', 'name? 2']);
    });
    it('is by which way it was come to first', async () => {
      const { add, counts } = startStore();
      const [one, other] = countingOf(0, ['name', 'name']).passings as [NumberedPassing, NumberedPassing];
      await add(countingOf(0, ['', ''], { passings: [one, { ...other, from: 'hello' }] }));
      assert.deepEqual(await counts(), ['name 1']);
    });
    it('is of each revision anew, and no more of who makes revisions up', async () => {
      const { store, add } = startStore();
      const [passing] = countingOf(0, ['name']).passings as [NumberedPassing];
      const passings = Array.from({ length: 60 }, (_, number) => {
        return { ...passing, number, revision: `r${number % 30}` };
      });
      await add(countingOf(0, [], { until: 60, passings }));
      const counted = (await store.tallies.list()).map(({ flow, revision }) =>
        store.tallies.find('prod', flow, revision),
      );
      const found = (await Promise.all(counted)).flat();
      assert.deepEqual(
        found.map(({ count }) => count),
        Array.from({ length: 20 }, () => 1),
      );
    });
    it('goes on from what a relay of before has remembered', async () => {
      const { store, add, counts } = startStore();
      await store.put('counted/v/c1', { ranges: [[0, 2]] }, DAY);
      await add(countingOf(0, ['hello', 'name', 'name?']));
      assert.deepEqual(await counts(), ['name? 1']);
    });
  });
}
