/** A submission runs on the revision of the flow that it was made on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import { loadFlows } from '../../server/flows/load.ts';
import { createFlowShelf } from '../../server/flows/shelf.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { StoreError, type Store } from '../../server/store/store.ts';
import { createSubmission, FLOW } from './relay-fixture.ts';
import { SETTLED, startRelayInProcess } from './relay-in-process.ts';

const load = (json: unknown) => loadFlows([{ source: 'welcome', json }]);

/** The same flow, whose action writes something else, and which asks for a birthday no more. */
const { birthday: _birthday, email, save, ...others } = FLOW.nodes;
const { dob: _dob, ...attributes } = save.attributes;
const CHANGED = {
  ...FLOW,
  nodes: {
    ...others,
    email: { ...email, next: 'save' },
    save: { ...save, attributes: { ...attributes, chat_version: 2 } },
  },
};

const ANSWERS = { first_name: 'Ada', birthday: '1815-12-10' };

/** A relay that has published the flow, and then another one under its name. */
async function startChanged(store: Store = createMemoryStore({ clock: () => Date.now() })) {
  const shelf = createFlowShelf(load(FLOW));
  const relay = startRelayInProcess(SETTLED, { findFlow: shelf.find, store });
  const { revision } = (await (await relay.request('/v1/flows/welcome')).json()) as PublishedFlow;
  await shelf.replace(load(CHANGED));
  return { ...relay, revision };
}

describe('a submission that was made before its flow changed', () => {
  it('is mapped as its flow was then', async () => {
    const { submit, work, revision } = await startChanged();
    const response = await submit([createSubmission({ revision, answers: ANSWERS })]);
    assert.equal(response.status, 200, await response.clone().text());
    const [{ share, revision: ran } = {}] = work;
    assert.equal(ran, revision);
    assert.equal(share?.attributes?.['dob'], '1815-12-10');
    assert.equal(share.attributes['chat_version'], undefined);
  });
  it('is mapped as its flow is now where nobody knows that revision any more', async () => {
    const { submit, work } = await startChanged();
    await submit([createSubmission({ revision: 'never', answers: ANSWERS })]);
    const [{ share } = {}] = work;
    assert.equal(share?.attributes?.['dob'], undefined);
    assert.equal(share?.attributes?.['chat_version'], 2);
  });
  it('stays with the browser where the store cannot say', async () => {
    const store = createMemoryStore({ clock: () => Date.now() });
    const fails = async () => {
      throw new StoreError('The disk cannot be read.');
    };
    const { submit, work, revision, entries } = await startChanged({ ...store, get: fails });
    const response = await submit([createSubmission({ revision, answers: ANSWERS })]);
    assert.equal(response.status, 503);
    assert.ok(Number(response.headers.get('retry-after')) > 0);
    assert.deepEqual(work, []);
    assert.ok(entries.some(({ event }) => event === 'store_failed'));
  });
});
