/** What triggered sends have in common: the rows of a Canvas and of a campaign. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ADDRESS,
  CITY,
  describeAction,
  fromBraze,
  PERSON,
  recipientOf,
  runCase,
  TIMEOUT,
  type ActionCase,
  type ActionWorld,
  type TestedAction,
} from './action-cases.ts';
import { troubleCases } from './trouble-cases.ts';

/** One of the two, in the words of its requests. */
interface SendKind {
  readonly call: string;
  readonly permission: string;
  readonly idName: string;
  /** What messages are made with. */
  readonly properties: string;
  /** Of the workspace, where what there is to send stands. */
  readonly shelf: 'canvases' | 'campaigns';
  /** Of a profile, where what was sent stands. */
  readonly got: 'canvas_entries' | 'campaign_sends';
  readonly unknownId: string;
}

const ID = '0b7e4e4c-6f1c-4f5e-9a54-5f0b5c6e2d11';
const PAUSED = '1c8f5f5d-7a2d-4a6f-8b65-6a1c6d7f3e22';
const ARCHIVED = '2d9a6a6e-8b3e-4b7a-9c76-7b2d7e8a4f33';

const MINUTE = 60_000;

export function describeSends(kind: SendKind): void {
  const { call, permission, idName, properties, shelf, got, unknownId } = kind;
  const action: TestedAction = {
    call,
    permission,
    node: { [idName]: ID, [properties]: { city: '{{answers.city}}', page: 'of {{page.path}}' } },
    workspace: {
      [shelf]: [{ id: ID }, { id: PAUSED, state: 'paused' }, { id: ARCHIVED, state: 'archived' }],
    },
    body: (sent) => ({
      [idName]: ID,
      recipients: [{ ...recipientOf(sent), [properties]: { city: CITY, page: 'of /boots' } }],
    }),
  };
  const taken = { event: 'braze_called', call, status: '201', meaning: 'taken' } as const;
  const bodyOf =
    (id: string): NonNullable<ActionCase['body']> =>
    (sent) => ({ ...(action.body(sent) as object), [idName]: id });

  const isReached = ({ emulator }: ActionWorld) =>
    assert.deepEqual(
      emulator.profiles().map((profile) => profile[got].length),
      [1],
    );
  const recipients: readonly ActionCase[] = [
    {
      name: 'reaches whom the brand’s backend vouches for',
      whom: 'external_id',
      known: [{ external_id: PERSON }],
      told: { outcome: 'success' },
      then: isReached,
      statuses: [201],
      logged: [taken],
    },
    {
      name: 'reaches the address that profiles are known by',
      whom: 'email',
      known: [{ email: ADDRESS }],
      told: { outcome: 'success' },
      then: isReached,
      statuses: [201],
    },
    {
      name: 'reaches the alias that an action before it has made',
      permissions: [permission, 'users.track'],
      nodes: {
        before: {
          type: 'action',
          call: 'users/track',
          attributes: { home_city: '{{answers.city}}' },
          on: { success: 'act', error: 'error' },
        },
      },
      after: 'before',
      before: { node: 'before' },
      told: { outcome: 'success' },
      then: isReached,
      statuses: [201],
    },
  ];

  const noticed = (id: string, state: string): ActionCase => ({
    name: `that is ${state} is a success, and said and counted`,
    node: { [idName]: id },
    told: { outcome: 'success' },
    statuses: [201],
    body: bodyOf(id),
    logged: [
      taken,
      { event: 'send_noticed', level: 'warn', environment: 'prod', call },
      { event: 'submission_settled', outcome: 'success' },
    ],
    metrics: { [`parley_send_notices_total{environment="prod",call="${call}"}`]: 1 },
  });

  const over: ActionCase = {
    name: 'with more than 50 kB of what goes along leaves the largest out, and goes',
    node: {
      [properties]: { small: 'x'.repeat(20_000), city: '{{answers.city}}', large: 'x'.repeat(45_000) },
    },
    told: { outcome: 'success' },
    statuses: [201],
    body: (sent) => ({
      [idName]: ID,
      recipients: [{ ...recipientOf(sent), [properties]: { small: 'x'.repeat(20_000), city: CITY } }],
    }),
    logged: [{ event: 'left_out', level: 'warn', environment: 'prod', name: `${properties}.large` }, taken],
    metrics: { [`parley_left_out_total{environment="prod",attribute="${properties}.large"}`]: 1 },
  };

  const message = (text: string) => ({ '==': [{ var: 'response.message' }, text] });
  const isDispatched = { '!!': { var: 'response.dispatch_id' } };
  const named = ([name, outcomes, next, id = ID]: readonly [
    string,
    object,
    string,
    string?,
  ]): ActionCase => ({
    name,
    node: { outcomes, [idName]: id },
    on: Object.fromEntries(Object.keys(outcomes).map((outcome) => [outcome, outcome])),
    told: { outcome: 'success', next },
    statuses: [201],
    body: bodyOf(id),
  });
  const outcomes: readonly ActionCase[] = (
    [
      [
        'goes where the first outcome leads that holds',
        { one: message('success'), two: isDispatched },
        'one',
      ],
      [
        'goes where the second leads if that alone holds',
        { one: message('queued'), two: isDispatched },
        'two',
      ],
      ['is a success where none holds', { one: message('queued'), two: message('lost') }, 'success'],
      [
        'is a success where what is read is not there',
        { vip: { '>=': [{ var: 'response.points' }, 1_000] } },
        'success',
      ],
      [
        'goes where an outcome leads by what is not there',
        { going: { '!': { var: 'response.notice' } } },
        'going',
      ],
      [
        'that is paused goes where the flow leads then',
        { resting: { '!!': { var: 'response.notice' } } },
        'resting',
        PAUSED,
      ],
    ] as const
  ).map(named);

  const keep = { dispatch: 'response.dispatch_id', word: 'response.message', none: 'response.nothing' };
  const kept: readonly ActionCase[] = [
    {
      name: 'tells the browser what is revealed, and nothing else of what is kept',
      node: { keep, reveal: ['word', 'none'] },
      told: { outcome: 'success', values: { word: 'success' } },
      statuses: [201],
    },
    {
      name: 'tells the browser nothing of what is kept and not revealed, and the relay goes by it',
      node: { keep },
      on: { success: 'look' },
      nodes: {
        look: {
          type: 'branch',
          cases: [{ when: { '==': [{ var: 'kept.word' }, 'success'] }, next: 'success' }],
          else: 'error',
        },
      },
      told: { outcome: 'success', next: 'look' },
      async then(world) {
        const { id } = world.sent.submission;
        const later = id.replace(/\d+$/, '5');
        const receipt = await world.submit({ id: later, node: 'look' });
        assert.deepEqual(receipt, { id: later, outcome: 'success', next: 'success' });
        const elsewhere = { id: `019c0000-0000-7000-8000-${id.slice(24, 36)}.5`, node: 'look' };
        assert.equal((await world.submit(elsewhere)).next, 'error');
      },
      statuses: [201],
    },
  ];

  const dead: readonly ActionCase[] = [
    {
      name: 'of which Braze knows nothing is a dead letter with Braze’s words',
      node: { [idName]: 'no-such-id' },
      told: { outcome: 'error' },
      async then({ store }) {
        const [letter] = await store.deadLetters.list(1);
        assert.equal(letter?.words, unknownId);
      },
      statuses: [400],
      body: bodyOf('no-such-id'),
      logged: [{ event: 'braze_called', call, level: 'warn', status: '400', meaning: 'refused' }],
      dead: new RegExp(`^Braze refused ${call}\\. Mend node "act" of flow "welcome"`),
    },
    {
      name: 'that is in doubt is sent once more where the operator retries it',
      fault: { kind: 'lost', times: 1 },
      told: { outcome: 'error' },
      async then({ store, sent, until }) {
        const { visitor, submission } = sent;
        assert.equal(await store.deadLetters.retry(`${visitor}/${submission.id}`), true);
        await until({ event: 'submission_settled', outcome: 'success' });
      },
      statuses: [0, 201],
    },
    {
      name: 'that is in doubt once more after a retry is a dead letter once more',
      fault: { kind: 'lost', times: 2 },
      told: { outcome: 'error' },
      async then(world) {
        const { store, sent, until } = world;
        const before = world.entries.length;
        await store.deadLetters.retry(`${sent.visitor}/${sent.submission.id}`);
        await until({ event: 'submission_settled', outcome: 'error' }, before);
      },
      statuses: [0, 0],
      dead: /was lost/,
    },
  ];

  describeAction(action, [
    {
      name: 'is not sent again for a correction: who was sent it has it',
      before: {},
      correctsBefore: true,
      told: { outcome: 'success' },
      statuses: [201],
    },
    {
      name: 'is not sent again for the correction of one that is refused',
      before: {},
      correctsBefore: true,
      answers: { city: CITY, email: 'no address' },
      told: { outcome: 'invalid', field: 'email', next: 'email' },
      async then(world) {
        const { id } = world.sent.submission;
        const change = { id: id.replace(/\d+$/, '5'), corrects: id, answers: { city: CITY, email: ADDRESS } };
        assert.equal((await world.submit(change)).outcome, 'success');
      },
      statuses: [201],
    },
    {
      name: 'is sent again for a correction where the flow says so',
      node: { repeat: true },
      before: {},
      correctsBefore: true,
      told: { outcome: 'success' },
      statuses: [201, 201],
    },
    {
      name: 'is a dead letter, and not sent, where it has waited in the browser for more than an hour',
      waited: 61 * MINUTE,
      told: { outcome: 'error' },
      statuses: [],
      dead: /in time/,
    },
    {
      name: 'is sent where it has waited in the browser for less than an hour',
      waited: 30 * MINUTE,
      told: { outcome: 'success' },
      statuses: [201],
    },
    ...troubleCases(action, { whenInDoubt: 'doubted' }),
    ...recipients,
    noticed(PAUSED, 'paused'),
    noticed(ARCHIVED, 'archived'),
    over,
    ...outcomes,
    ...kept,
    ...dead,
  ]);

  describe(`${call} that waits`, () => {
    /** The relay is away meanwhile, so that nobody else's clock jumps. */
    const waits = (name: string, milliseconds: number, given: Omit<ActionCase, 'name' | 'told' | 'fault'>) =>
      void it(name, { timeout: TIMEOUT }, (t) =>
        runCase(t, action, {
          name,
          fault: fromBraze(403),
          told: { outcome: 'queued' },
          async then(world) {
            await world.stop();
            t.mock.timers.enable({ apis: ['Date'], now: Date.now() + milliseconds });
            await world.start();
          },
          ...given,
        }),
      );
    waits('for less than an hour is sent', 59 * MINUTE, {
      ends: 'success',
      statuses: [403, 201],
      logged: [taken, { event: 'submission_settled', outcome: 'success' }],
    });
    waits('for an hour is a dead letter, and not sent', 60 * MINUTE, {
      ends: 'error',
      statuses: [403],
      logged: [{ event: 'submission_settled', outcome: 'error' }],
      dead: new RegExp(`^It could not be sent \\(${call}\\) in time, and would be out of time now`),
    });
  });
}
