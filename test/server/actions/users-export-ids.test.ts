/** What is read of profiles: a question, which is answered within the deadline, whatever Braze does, and stored nowhere. */
import assert from 'node:assert/strict';
import {
  describeAction,
  fromBraze,
  PERSON,
  recover,
  type ActionCase,
  type ActionWorld,
  type TestedAction,
} from '../action-cases.ts';

const action: TestedAction = {
  call: 'users/export/ids',
  permission: 'users.export.ids',
  node: { fields: ['first_name', 'custom_attributes.points'] },
  whom: 'external_id',
  body: () => ({
    external_ids: [PERSON],
    fields_to_export: ['custom_attributes', 'first_name', 'external_id'],
  }),
};

const ADA = { external_id: PERSON, first_name: 'Ada canary', points: 1_200, tier: 'canary gold' };

const exported = (status: string, meaning: string, level: 'info' | 'warn' = 'warn') =>
  ({ event: 'profiles_exported', level, status, meaning }) as const;
const answered = (outcome: string) => ({ event: 'question_answered', outcome }) as const;

const taken: ActionCase = {
  name: 'is answered',
  known: [ADA],
  told: { outcome: 'success' },
  statuses: [201],
  logged: [exported('201', 'taken', 'info'), answered('found')],
};

const points = { '>=': [{ var: 'response.custom_attributes.points' }, 1_000] };
const isNamed = { '!!': { var: 'response.first_name' } };
const isPoor = { '<': [{ var: 'response.custom_attributes.points' }, 1_000] };
const hasNoTier = { '!': { var: 'response.custom_attributes.points' } };

const outcomes: readonly ActionCase[] = (
  [
    ['goes where the first outcome leads that holds', { vip: points, named: isNamed }, 'vip'],
    ['goes where the second leads if that alone holds', { poor: isPoor, named: isNamed }, 'named'],
    ['is a success where none holds', { poor: isPoor, pointless: hasNoTier }, 'success'],
    [
      'is a success where what is read is not there',
      { tall: { '>': [{ var: 'response.custom_attributes.height' }, 2] } },
      'success',
    ],
    [
      'goes where an outcome leads by what is not there',
      { small: { '!': { var: 'response.custom_attributes.height' } } },
      'small',
    ],
  ] as const
).map(([name, named, next]) => ({
  name,
  node: { outcomes: named },
  on: Object.fromEntries(Object.keys(named).map((outcome) => [outcome, outcome])),
  known: [ADA],
  told: { outcome: 'success', next },
  statuses: [201],
}));

const keep = { name: 'response.first_name', points: 'response.custom_attributes.points' };

interface Trouble extends Pick<ActionCase, 'name' | 'wrong' | 'then'> {
  readonly status: number;
  readonly meaning: string;
  /** What is said of the question. */
  readonly outcome: string;
  /** What Braze answers after that. */
  readonly later?: readonly number[];
}

const troubles: readonly Trouble[] = [
  ...[401, 403].map((status) => ({
    name: `refuses the key (${status}), which /readyz says until another comes`,
    status,
    meaning: 'operator',
    outcome: 'shut',
    wrong: ['braze prod users.export.ids'],
    async then(world: ActionWorld) {
      await world.replaceKey();
      assert.deepEqual(await world.wrong(), []);
      assert.equal((await world.submitAgain()).outcome, 'success');
    },
    later: [201],
  })),
  { name: 'has no such thing at the endpoint', status: 404, meaning: 'operator', outcome: 'shut' },
  { name: 'refuses it', status: 400, meaning: 'refused', outcome: 'refused' },
  { name: 'says that it is too much', status: 413, meaning: 'too_large', outcome: 'refused' },
  ...[500, 502, 503].map((status) => ({
    name: `says ${status}`,
    status,
    meaning: 'unavailable',
    outcome: 'unavailable',
  })),
  { name: 'says 504', status: 504, meaning: 'in_doubt', outcome: 'unavailable' },
];

describeAction(action, [
  taken,
  ...outcomes,
  {
    name: 'tells the browser what is revealed, and nothing else of the profile',
    known: [ADA],
    node: { keep, reveal: ['name'] },
    told: { outcome: 'success', values: { name: ADA.first_name } },
    statuses: [201],
  },
  {
    name: 'tells the browser nothing where nothing is revealed',
    known: [ADA],
    node: { keep },
    told: { outcome: 'success' },
    statuses: [201],
  },
  {
    name: 'is a success of which nothing holds where Braze knows nobody by that id',
    node: { keep, reveal: ['name'], outcomes: { pointless: hasNoTier } },
    on: { pointless: 'pointless' },
    told: { outcome: 'success', next: 'success' },
    statuses: [201],
    logged: [exported('201', 'taken', 'info'), answered('unknown')],
  },
  ...(['alias', 'email'] as const).map((whom) => ({
    name: `is not asked of Braze where nobody vouches for the visitor (${whom})`,
    whom,
    known: [ADA],
    told: { outcome: 'error' } as const,
    statuses: [],
    logged: [answered('not_verified')],
  })),
  {
    name: 'is an error where the key has not got the permission, which /readyz names',
    permissions: ['users.track'],
    told: { outcome: 'error' },
    wrong: ['braze prod users.export.ids'],
    statuses: [403],
    logged: [{ event: 'breaker_opened', level: 'error', permission: 'users.export.ids' }, answered('shut')],
  },
  ...troubles.map(({ name, status, meaning, outcome, later = [], ...more }): ActionCase => ({
    ...more,
    name: `is an error where Braze ${name}`,
    known: [ADA],
    fault: fromBraze(status),
    told: { outcome: 'error' },
    statuses: [status, ...later],
    logged: [exported(String(status), meaning), answered(outcome)],
  })),
  {
    name: 'waits for a 429 that ends before the deadline',
    known: [ADA],
    fault: { kind: 'status', status: 429, style: 'retry-after', times: 1 },
    told: { outcome: 'success' },
    statuses: [429, 201],
    logged: [exported('429', 'limited'), exported('201', 'taken', 'info'), answered('found')],
  },
  {
    name: 'is an error where a 429 lasts for longer than the deadline',
    known: [ADA],
    settings: { deadline: 500 },
    fault: fromBraze(429),
    told: { outcome: 'error' },
    statuses: [429],
    logged: [exported('429', 'limited'), answered('budget')],
  },
  {
    name: 'is an error at the deadline where Braze takes longer, and what comes then is known to the next',
    known: [ADA],
    settings: { deadline: 500 },
    fault: { kind: 'hold', times: 1 },
    told: { outcome: 'error' },
    async then(world) {
      recover(world);
      await world.until({ event: 'profiles_exported' });
      assert.equal((await world.submitAgain()).outcome, 'success');
    },
    statuses: [201],
    logged: [answered('deadline')],
  },
  ...(
    [
      ['loses its answer', { kind: 'lost', times: 1 }, 0, 'network', 'in_doubt', 'unavailable'],
      [
        'ends the connection',
        { kind: 'reset', when: 'before', times: 1 },
        0,
        'network',
        'in_doubt',
        'unavailable',
      ],
      [
        'breaks its answer off',
        { kind: 'reset', when: 'during', times: 1 },
        201,
        '201',
        'unreadable',
        'unreadable',
      ],
      [
        'answers with what is no JSON',
        { kind: 'malformed', times: 1 },
        201,
        '201',
        'unreadable',
        'unreadable',
      ],
    ] as const
  ).map(([name, fault, status, seen, meaning, outcome]) => ({
    name: `is an error where Braze ${name}`,
    known: [ADA],
    fault,
    told: { outcome: 'error' } as const,
    statuses: [status],
    logged: [exported(seen, meaning), answered(outcome)],
  })),
]);
