/** A thousand simulated conversations: what the relay has counted is what happened, and the page that shows it is for everybody. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { violations } from '../journey/axe.ts';
import { openBrowser, Visitor } from '../journey/visitor.ts';
import { serveCounted, simulateThousand, type Simulated } from './simulation.ts';
import { FLOW, type Counts } from './visitors.ts';

const SEED = 1;

describe('a thousand conversations', () => {
  let simulated: Simulated;
  before(async () => {
    simulated = await simulateThousand(SEED);
  });

  it('with answers, refusals, corrections, departures, returns and lost answers are counted as they were', async () => {
    const { store, revision, counts } = simulated;
    const counted: Counts = new Map();
    for (const { type, node, from, count } of await store.tallies.find('prod', FLOW.id, revision)) {
      counted.set(`${type} ${node}`, (counted.get(`${type} ${node}`) ?? 0) + count);
      if (from !== undefined) counted.set(`way ${from} ${node}`, count);
    }
    assert.deepEqual([...counted].sort(), [...counts].sort());
  });

  for (const what of [
    'shown bye',
    'refused email',
    'left email',
    'left more',
    'way which desk',
    'way save more',
  ]) {
    it(`have each of it more than a few times: ${what}`, () => {
      assert.ok((simulated.counts.get(what) ?? 0) > 25, String(simulated.counts.get(what)));
    });
  }

  it('are on a page that is clean for axe, and says the same', async () => {
    const { store, counts } = simulated;
    const relay = await serveCounted(store, 'demo');
    const browser = await openBrowser();
    try {
      const { page } = await Visitor.arrive(browser);
      await page.goto(`${relay.operatorUrl ?? ''}/flows/${FLOW.id}`);
      await page.click('summary');
      assert.deepEqual(await violations(page), []);
      const rows = await page.$$eval('tbody tr', (all) =>
        all.map((row) => [...row.children].map(({ textContent }) => textContent.trim().split(/\s/)[0] ?? '')),
      );
      const shown = rows.map(([node = '', came = '']) => [`shown ${node}`, Number(came.replaceAll(',', ''))]);
      assert.deepEqual(
        shown,
        shown.map(([what]) => [what, counts.get(String(what)) ?? 0]),
      );
      assert.equal(rows.length, Object.keys(FLOW.nodes).length);
    } finally {
      await browser.close();
      await relay.close();
    }
  });
});
