/** Visitors who come by an entry link, from the link to what is written to Braze. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { webPorts } from '../../server/adapters/web-ports.ts';
import { createEntryLinks, type EntryLinkRequest } from '../../server/entry-links.ts';
import { loadFlows } from '../../server/flows/load.ts';
import { createFlowShelf } from '../../server/flows/shelf.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import type { FlowResponse, SessionGrant } from '../../widget/contract/wire.ts';
import {
  createSubmission,
  OTHER_ORIGIN,
  PROD_ORIGIN,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
} from './relay-fixture.ts';
import { SETTLED, startRelayInProcess, type RelayInProcess } from './relay-in-process.ts';

const HOUR = 3_600_000;

const flowOf = (id: string) => ({
  id,
  start: 'name',
  nodes: {
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Name?', next: 'save' },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { first_name: '{{answers.first_name}}', cohort: '{{entry.cohort}}' },
      events: [
        { name: 'signed_up', properties: { cohort: '{{entry.cohort}}', campaign: '{{entry.campaign}}' } },
      ],
      on: { success: 'end', error: 'end' },
    },
    end: { type: 'end', text: 'Bye' },
  },
});

const FLOWS = ['welcome', 'vip'].map((id) => ({ source: `${id}.json`, json: flowOf(id) }));

const start = (isDurable = true) =>
  startRelayInProcess(SETTLED, {
    findFlow: createFlowShelf(loadFlows(FLOWS)).find,
    store: createMemoryStore({ clock: Date.now, isDurable }),
  });

const linkTo = (change: Partial<EntryLinkRequest> = {}, life = HOUR, secret = SESSION_SECRET) =>
  createEntryLinks(
    { sessionSecret: () => new TextEncoder().encode(secret) },
    { clock: Date.now, createId: webPorts.createId },
  ).make(
    { site: 'brand', environment: 'sandbox', flow: 'vip', cohort: 'spring', campaign: 'sale', ...change },
    life,
  );

const refusals = ({ entries }: RelayInProcess) =>
  entries.filter(({ event }) => event === 'entry_refused').map(({ reason }) => reason);

describe('a flow that is asked for with an entry link', () => {
  const ask = async (relay: RelayInProcess, token: string, origin = SANDBOX_ORIGIN) => {
    const response = await relay.request(`/v1/flows/welcome?locale=en&entry=${encodeURIComponent(token)}`, {
      headers: { origin },
    });
    return { response, flow: (await response.json()) as FlowResponse };
  };

  it('is the one that the link leads to, with what it tells, and is kept by no cache', async () => {
    const relay = start();
    const { response, flow } = await ask(relay, await linkTo());
    assert.equal(flow.id, 'vip');
    assert.deepEqual(flow.entry, { cohort: 'spring', campaign: 'sale' });
    assert.equal(response.headers.get('cache-control'), 'private, no-store');
    assert.deepEqual(refusals(relay), []);
  });

  it('tells nothing of whose profile a personal link is for', async () => {
    const { flow } = await ask(start(), await linkTo({ external_id: 'customer-7' }));
    assert.equal(flow.id, 'vip');
    assert.ok(!JSON.stringify(flow).includes('customer-7'));
  });

  for (const [name, make, origin, reason] of [
    [
      'forged',
      async () =>
        (await linkTo()).replace(
          /\.([^.])([^.]+)$/,
          (_, first, rest) => `.${first === 'A' ? 'B' : 'A'}${rest}`,
        ),
      SANDBOX_ORIGIN,
      'forged',
    ],
    [
      'sealed with another secret',
      () => linkTo({}, HOUR, 'another-secret-that-is-long-enough-too'),
      SANDBOX_ORIGIN,
      'forged',
    ],
    ['no link at all', async () => 'x', SANDBOX_ORIGIN, 'forged'],
    ['expired', () => linkTo({}, -2 * HOUR), SANDBOX_ORIGIN, 'expired'],
    ['of another site', () => linkTo(), OTHER_ORIGIN, 'other_site'],
    ['of another environment', () => linkTo(), PROD_ORIGIN, 'other_environment'],
    ['to a flow that is gone', () => linkTo({ flow: 'gone' }), SANDBOX_ORIGIN, 'unknown_flow'],
  ] as const) {
    it(`is the page’s own where the link is ${name}`, async () => {
      const relay = start();
      const { response, flow } = await ask(relay, await make(), origin);
      assert.equal(response.status, 200);
      assert.equal(flow.id, 'welcome');
      assert.equal(flow.entry, undefined);
      assert.deepEqual(refusals(relay), [reason]);
    });
  }

  it('is the page’s own, and nothing is looked up, for a page of nobody', async () => {
    const relay = start();
    const { flow } = await ask(relay, await linkTo(), 'https://elsewhere.example');
    assert.equal(flow.id, 'welcome');
    assert.deepEqual(refusals(relay), []);
  });
});

describe('a submission that was made by an entry link', () => {
  const submit = async (relay: RelayInProcess, link: string, grant?: SessionGrant, change: object = {}) => {
    const { session } = grant ?? (await relay.openSession());
    const submission = createSubmission({
      flow: 'vip',
      time: new Date().toISOString(),
      answers: { first_name: 'Ada' },
      entry: { link, cohort: 'forged', campaign: 'forged' },
      ...change,
    });
    const response = await relay.post(
      '/v1/submissions',
      { submissions: [submission] },
      { authorization: `Bearer ${session}` },
    );
    assert.equal(response.status, 200, await response.clone().text());
    return relay.work.at(-1);
  };
  const propertiesOf = (work: Awaited<ReturnType<typeof submit>>) =>
    work?.share.events[0]?.object['properties'];

  it('writes what the link tells, and not what the browser says of it', async () => {
    const relay = start();
    const work = await submit(relay, await linkTo());
    assert.partialDeepStrictEqual(propertiesOf(work), { cohort: 'spring', campaign: 'sale' });
    assert.equal(work?.share.attributes?.['cohort'], 'spring');
    assert.ok(work.share.attributes['user_alias'], 'to the visitor’s own profile');
  });

  it('writes nothing of a link that does not hold, and is delivered all the same', async () => {
    const relay = start();
    const work = await submit(relay, 'forged');
    assert.deepEqual(Object.keys(propertiesOf(work) as object), ['submission_id']);
    assert.equal(work?.share.attributes?.['cohort'], undefined);
    assert.deepEqual(refusals(relay), ['forged']);
  });

  it('is judged as of its own time', async () => {
    const link = await linkTo({}, -HOUR);
    const relay = start();
    const before = { time: new Date(Date.now() - 2 * HOUR).toISOString() };
    assert.partialDeepStrictEqual(propertiesOf(await submit(relay, link, undefined, before)), {
      cohort: 'spring',
    });
  });

  it('writes to the profile that a personal link names, for the first visitor alone', async () => {
    const relay = start();
    const link = await linkTo({ external_id: 'customer-7' });
    const [ada, ben] = [await relay.openSession(), await relay.openSession()];
    for (const [grant, isFirst] of [
      [ada, true],
      [ben, false],
      [ada, true],
    ] as const) {
      const work = await submit(relay, link, grant);
      const { attributes, events } = work?.share ?? { events: [] };
      for (const object of [attributes, events[0]?.object]) {
        assert.equal(object?.['external_id'], isFirst ? 'customer-7' : undefined);
        assert.equal('user_alias' in (object ?? {}), !isFirst);
      }
      assert.partialDeepStrictEqual(propertiesOf(work), { cohort: 'spring' });
      assert.equal(work?.profile === undefined, !isFirst);
    }
    assert.deepEqual(refusals(relay), ['taken']);
  });

  it('writes to nobody’s profile but the visitor’s own where the store forgets who came first', async () => {
    const relay = start(false);
    const work = await submit(relay, await linkTo({ external_id: 'customer-7' }));
    assert.equal(work?.share.attributes?.['external_id'], undefined);
    assert.partialDeepStrictEqual(propertiesOf(work), { cohort: 'spring' });
    assert.deepEqual(refusals(relay), ['no_durable_store']);
  });

  it('does not use up a personal link where it is refused', async () => {
    const relay = start();
    const link = await linkTo({ external_id: 'customer-7' });
    const { session } = await relay.openSession();
    const refused = createSubmission({ flow: 'vip', node: 'none', entry: { link } });
    const response = await relay.post(
      '/v1/submissions',
      { submissions: [refused] },
      { authorization: `Bearer ${session}` },
    );
    assert.equal(response.status, 422);
    const work = await submit(relay, link);
    assert.equal(work?.share.attributes?.['external_id'], 'customer-7');
  });

  it('is in no log with whose it is', async () => {
    const relay = start();
    const link = await linkTo({ external_id: 'customer-7' });
    await submit(relay, link);
    await submit(relay, link);
    const said = JSON.stringify(relay.entries);
    for (const secret of ['customer-7', link]) assert.ok(!said.includes(secret));
  });
});
