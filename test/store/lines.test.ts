/** The rules of the lines where stores cannot be brought to differ: places that several lines have. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createLines, type Row, type Rows } from '../../server/store/lines.ts';
import { ANN, START } from './fixture.ts';

/** Three of Ann's: the second of one visitor stands behind the first, which is not asked for. */
const ROWS: readonly Row[] = [
  ['v', 1],
  ['v', 2],
  ['w', 1],
].map(([visitor, place]) => ({
  visitor: String(visitor),
  place: Number(place),
  key: `${visitor}/${place}`,
  environment: 'prod',
  since: START,
  state: 'held',
  holder: ANN.holder,
  until: START + ANN.lease,
  attempts: 0,
  isPromised: false,
  isInDoubt: false,
}));

const unused = () => assert.fail('send does not ask for that');

const rows: Rows = {
  find: (key) => ROWS.find((row) => row.key === key),
  before: ({ visitor, place }) => ROWS.findLast((row) => row.visitor === visitor && row.place < place),
  listSent: () => [],
  hasSpooled: () => false,
  update: () => undefined,
  fullShare: unused,
  insert: unused,
  remove: unused,
  settle: unused,
  findSettlement: unused,
  payloadOf: unused,
  isErased: unused,
  hasPromised: unused,
  listHeads: unused,
  listLine: unused,
};

for (const keys of [
  ['w/1', 'v/2'],
  ['v/2', 'w/1'],
]) {
  it(`nothing overtakes, though another line has the same place: ${keys.join(', ')}`, () => {
    const lines = createLines(rows, () => START, true);
    assert.deepEqual(lines.send(keys, ANN), { sent: ['w/1'], behind: ['v/2'], spooled: [], lost: [] });
  });
}
