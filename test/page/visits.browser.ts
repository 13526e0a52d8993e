import { assert } from '@open-wc/testing';
import { countVisit } from '../../widget/page/visits.ts';

const MINUTE = 60_000;
const NOW = Date.parse('2026-01-15T10:00:00.000Z');

describe('a visit', () => {
  beforeEach(() => localStorage.clear());
  after(() => localStorage.clear());

  it('is the first, however many pages it has', () => {
    for (const minutes of [0, 10, 39, 60]) {
      assert.strictEqual(countVisit(NOW + minutes * MINUTE), 1);
    }
  });

  it('is another after half an hour without a page', () => {
    countVisit(NOW);
    assert.strictEqual(countVisit(NOW + 30 * MINUTE), 2);
    assert.strictEqual(countVisit(NOW + 31 * MINUTE), 2);
    assert.strictEqual(countVisit(NOW + 99 * MINUTE), 3);
  });

  for (const kept of ['x', '', '-5 0', 'Infinity 0', '1.5 0', 'NaN NaN']) {
    it(`is counted whatever was kept: "${kept}"`, () => {
      localStorage.setItem('parley-visits', kept);
      const visits = countVisit(NOW);
      assert.isTrue(Number.isInteger(visits) && visits >= 1, String(visits));
    });
  }
});
