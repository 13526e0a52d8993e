/** Lifecycle events, from the submission to what is written to Braze. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { webPorts } from '../../server/adapters/web-ports.ts';
import { createEntryLinks } from '../../server/entry-links.ts';
import flowSchema from '../../server/flows/flow.schema.json' with { type: 'json' };
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import type { Departure, Problem, Submission, SubmissionsResponse } from '../../widget/contract/wire.ts';
import { createWorld } from '../delivery/world.ts';
import { createSubmission, PROD_ORIGIN, SESSION_SECRET } from './relay-fixture.ts';
import { SETTLED, startRelayInProcess, type RelayInProcess } from './relay-in-process.ts';

const EVENTS = {
  started: 'chat_started',
  completed: 'chat_completed',
  handed_off: 'chat_handed_off',
  page: 'chat_page',
};

const start = (events: object = EVENTS) => startRelayInProcess(SETTLED, {}, { events });

const CONVERSATION = '019b0000-0000-7000-8000-0000000000aa';

const lifecycle = (event: string, change: Partial<Departure> = {}) =>
  createSubmission({
    id: `${CONVERSATION}.3.${event}`,
    node: 'email',
    answers: {},
    page: { path: '/boots', tags: ['boots', 'winter'] },
    ...change,
  });

const tell = async (relay: RelayInProcess, event: string, change: Partial<Submission> = {}) => {
  const response = await relay.submit([lifecycle(event, change)]);
  assert.equal(response.status, 200, await response.clone().text());
  const work = relay.work.at(-1);
  assert.ok(work);
  return work;
};

const revisionOf = async ({ request }: RelayInProcess) =>
  ((await (await request('/v1/flows/welcome')).json()) as PublishedFlow).revision;

describe('a lifecycle event', () => {
  for (const [event, name] of Object.entries(EVENTS)) {
    it(`${event} is one event under the site’s name for it, with where it happened, and nothing else`, async () => {
      const work = await tell(start(), event);
      const id = `${CONVERSATION}.3.${event}`;
      assert.equal(work.share.attributes, undefined);
      assert.deepEqual(
        work.share.events.map(({ object }) => object),
        [
          {
            user_alias: { alias_name: work.visitor, alias_label: `parley-${work.visitor}` },
            _update_existing_only: false,
            name,
            time: '2026-01-15T10:00:00.000Z',
            properties: {
              flow: 'welcome',
              node: 'email',
              conversation: CONVERSATION,
              page: '/boots',
              tags: ['boots', 'winter'],
              submission_id: id,
            },
          },
        ],
      );
      assert.equal(work.node, 'email');
      assert.deepEqual(work.routes, { success: 'email', error: 'email', queued: 'email', invalid: {} });
    });
  }

  it('says of an entry link what the relay has read in it', async () => {
    const link = await createEntryLinks(
      { sessionSecret: () => new TextEncoder().encode(SESSION_SECRET) },
      { clock: Date.now, createId: webPorts.createId },
    ).make(
      { site: 'brand', environment: 'sandbox', flow: 'welcome', cohort: 'spring', campaign: 'sale' },
      3_600_000,
    );
    const work = await tell(start(), 'started', {
      entry: { link, cohort: 'forged', campaign: 'forged' },
      time: new Date().toISOString(),
    });
    assert.partialDeepStrictEqual(work.share.events[0]?.object, {
      properties: { cohort: 'spring', campaign: 'sale' },
    });
  });

  for (const [name, page] of [
    ['no tags', { path: '/boots' }],
    ['an empty list of them', { path: '/boots', tags: [] }],
  ] as const) {
    it(`of a page with ${name} has none`, async () => {
      const work = await tell(start(), 'page', { page });
      assert.deepEqual(Object.keys(work.share.events[0]?.object['properties'] ?? {}), [
        'flow',
        'node',
        'conversation',
        'page',
        'submission_id',
      ]);
    });
  }

  it('tells no answer, whatever comes with it', async () => {
    const relay = start();
    const work = await tell(relay, 'completed', { answers: { first_name: 'Ada', nobody_asked: 'Eve' } });
    assert.ok(!/Ada|Eve/.test(JSON.stringify(work)));
  });

  it('is never read as a template', async () => {
    const work = await tell(start(), 'started', {
      page: { path: '/{{told.flow}}', tags: ['{{page.path}}'] },
    });
    assert.partialDeepStrictEqual(work.share.events[0]?.object, {
      properties: { page: '/{{told.flow}}', tags: ['{{page.path}}'] },
    });
  });

  it('of a flow that has changed is told with the node as it was', async () => {
    const work = await tell(start(), 'handed_off', { revision: 'of-before', node: 'gone' });
    assert.partialDeepStrictEqual(work.share.events[0]?.object, { properties: { node: 'gone' } });
    assert.equal(work.routes.success, 'gone');
  });

  it('of a flow that has changed says no node that no flow could have', async () => {
    const node = 'call me 0123 {{answers.email}}';
    const work = await tell(start(), 'handed_off', { revision: 'of-before', node });
    assert.ok(!JSON.stringify(work).includes('call me'));
    assert.ok(!('node' in (work.share.events[0]?.object['properties'] as object)));
    assert.equal(work.routes.success, 'hello');
  });

  it('takes for a node what the schema of flows does', async () => {
    const { pattern } = flowSchema.properties.nodes.propertyNames;
    for (const node of [
      'a',
      'Z9',
      'a_b-c',
      '',
      '9a',
      '-a',
      'a b',
      'a.b',
      'ä',
      'a\n',
      'a'.repeat(64),
      'a'.repeat(65),
    ]) {
      const work = await tell(start(), 'started', { revision: 'of-before', node });
      const properties = work.share.events[0]?.object['properties'] as { readonly node?: string };
      assert.equal(properties.node, new RegExp(pattern).test(node) ? node : undefined, node);
    }
  });

  it('is one, however often it comes, and its receipt leads nowhere else', async () => {
    const { delivery, store, clock, requests } = createWorld();
    const relay = startRelayInProcess(
      SETTLED,
      { store, clock, delivery: () => delivery },
      { events: EVENTS },
    );
    const { session } = (await (await relay.post('/v1/sessions', {}, { origin: PROD_ORIGIN })).json()) as {
      session: string;
    };
    const ask = async (submission: Submission) => {
      const headers = { origin: PROD_ORIGIN, authorization: `Bearer ${session}` };
      const response = await relay.post('/v1/submissions', { submissions: [submission] }, headers);
      return ((await response.json()) as SubmissionsResponse).receipts;
    };
    const submission = lifecycle('started');
    const receipts = [{ id: submission.id, outcome: 'success', next: 'email' }];
    for (let turn = 0; turn < 2; turn += 1) assert.deepEqual(await ask(submission), receipts);
    assert.equal(requests.length, 1);
  });

  it('that the site does not name is settled, and nothing is written', async () => {
    const { delivery, store, clock, requests } = createWorld();
    const relay = startRelayInProcess(
      SETTLED,
      { store, clock, delivery: () => delivery },
      { events: { abandoned: 'chat_abandoned' } },
    );
    const grant = (await (await relay.post('/v1/sessions', {}, { origin: PROD_ORIGIN })).json()) as {
      session: string;
    };
    const response = await relay.post(
      '/v1/submissions',
      { submissions: [lifecycle('started')] },
      { origin: PROD_ORIGIN, authorization: `Bearer ${grant.session}` },
    );
    assert.deepEqual(((await response.json()) as SubmissionsResponse).receipts, [
      { id: `${CONVERSATION}.3.started`, outcome: 'success', next: 'email' },
    ]);
    assert.deepEqual(requests, []);
  });

  const ACTION = `${CONVERSATION}.3`;
  for (const [name, event, change, status, detail] of [
    ['abandoned', 'abandoned', {}, 400, 'submissions.0.id: is of a departure: POST /v1/departures takes it'],
    ['of no known name', 'ended', {}, 400, 'submissions.0.id: should be <conversation UUID>.<step>'],
    [
      'that corrects something',
      'started',
      { corrects: ACTION },
      400,
      'submissions.0.corrects: is nothing for a lifecycle event',
    ],
    [
      'that is corrected',
      'started',
      { id: `${CONVERSATION}.4`, node: 'save', corrects: `${ACTION}.started` },
      400,
      'submissions.0.corrects: should be <conversation UUID>.<step>',
    ],
    ['with a reason', 'started', { reason: 'refused' }, 400, 'submissions.0.reason: unknown key'],
    [
      'at a node without end',
      'started',
      { node: 'a'.repeat(256) },
      400,
      'submissions.0.node: should be <=255',
    ],
    [
      'of a flow that there is not',
      'started',
      { flow: 'other' },
      422,
      `submission ${ACTION}.started: there is no flow "other"`,
    ],
  ] as const) {
    it(`is refused where it is one ${name}: ${status}`, async () => {
      const response = await start().submit([lifecycle(event, change)]);
      assert.equal(response.status, status);
      assert.equal(((await response.json()) as Problem).detail, detail);
    });
  }

  it('is refused at a node that its own revision does not have', async () => {
    const relay = start();
    const revision = await revisionOf(relay);
    const response = await relay.submit([lifecycle('started', { revision, node: 'gone' })]);
    assert.equal(response.status, 422);
    assert.match(((await response.json()) as Problem).detail, /has no node "gone"$/);
    assert.ok(await tell(relay, 'started', { revision }));
  });
});
