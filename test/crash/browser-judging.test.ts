import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Settlement } from '../../server/delivery/work.ts';
import { judge } from './browser-judging.ts';

const DOUBTED = 'visitor/a.1';

const store = {
  find: async (key: string): Promise<Settlement | undefined> => ({
    receipt: { id: key.slice(key.indexOf('/') + 1), outcome: 'success', next: 'bye' },
    node: 'save_1',
    acceptedEvents: [],
    isInDoubt: key === DOUBTED,
  }),
};

/** @param sent ids by word */
const judged = (
  accepted: readonly string[],
  arrivals: readonly (readonly [word: string, submission: string])[],
  sent: Readonly<Record<string, readonly string[]>> = {},
) =>
  judge(
    {
      accepted: new Set(accepted),
      sent: new Map(Object.entries(sent).map(([word, ids]) => [word, new Set(ids)])),
    },
    arrivals.map(([word, submission]) => ({ word, submission, visitor: 'visitor' })),
    store,
  );

const WELL = { lost: [], doubled: [], inDoubt: [], visitors: ['visitor'] };

describe('the judgement on what the visitor said', () => {
  it('finds nothing where each is there once, also what the visitor did not see any more', async () => {
    const arrivals = [
      ['one', 'a.1'],
      ['two', 'a.2'],
    ] as const;
    assert.deepEqual(await judged(['one'], arrivals), { ...WELL, submissions: 2 });
  });

  it('misses what is not there', async () => {
    const { lost } = await judged(['one', 'two'], [['one', 'a.1']], { two: ['a.2'] });
    assert.deepEqual(lost, ['two']);
  });

  it('sees what is there twice, unless the relay says so of it', async () => {
    const twice = (id: string) =>
      judged(
        ['one'],
        [
          ['one', id],
          ['one', id],
        ],
        { one: [id] },
      );
    assert.deepEqual((await twice('a.2')).doubled, ['one']);
    assert.deepEqual((await twice('a.1')).inDoubt, ['one']);
  });

  it('takes no doubt of the relay for an excuse where the browser made two submissions of one answer', async () => {
    const arrivals = [
      ['one', 'a.1'],
      ['one', 'b.1'],
    ] as const;
    const { doubled, inDoubt } = await judged(['one'], arrivals, { one: ['a.1', 'b.1'] });
    assert.deepEqual([doubled, inDoubt], [['one'], []]);
  });
});
