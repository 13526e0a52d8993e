/** The store of profiles where no request reaches it: profiles that are put back, and how many it bears. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProfileStore, type Profile, type ProfileStore } from '../../demo/braze/profiles.ts';
import { alias } from './cases.ts';
import { NOW } from './workspace.ts';

const email = 'ana@example.com';

const profile = (number: number, more: Partial<Profile> = {}): Profile => ({
  braze_id: number.toString(16).padStart(24, '0'),
  user_aliases: [],
  standard: {},
  custom_attributes: {},
  events: [],
  purchases: [],
  canvas_entries: [],
  campaign_sends: [],
  created_at: '2026-02-01T00:00:00.000Z',
  updated_at: '2026-02-01T00:00:00.000Z',
  ...more,
});

function storeWith(...profiles: readonly Profile[]): ProfileStore {
  const store = createProfileStore(() => NOW);
  store.restore(profiles);
  return store;
}

const bought = {
  product_id: 'tea',
  currency: 'EUR',
  price: 5,
  quantity: 1,
  time: '2026-02-01T00:00:00.000Z',
  properties: {},
};
const ana = profile(1, {
  external_id: 'ana',
  user_aliases: [alias],
  standard: {
    email,
    phone: '+12125550100',
    push_tokens: [{ app_id: 'app-1', token: 'token-1', device_id: 'device-0001' }],
  },
  custom_attributes: { plan: 'gold', ['__proto__']: 'kept' },
  events: [{ name: 'opened', time: '2026-02-01T00:00:00.000Z', properties: { page: 'home' } }],
  purchases: [bought],
  canvas_entries: [
    { canvas_id: 'canvas', dispatch_id: 'dispatch', time: '2026-02-01T00:00:00.000Z', context: {} },
  ],
});

test('profiles that are put back are the same as before', () => {
  const store = storeWith(ana, profile(2));
  assert.deepEqual(store.all(), [ana, profile(2)]);
  assert.deepEqual(storeWith(...store.all()).all(), store.all());
  assert.equal(store.count(), 2);
});

test('they are found by all that they have', () => {
  const store = storeWith(ana);
  const identifiers = [
    { kind: 'external_id', value: 'ana' },
    { kind: 'user_alias', value: alias },
    { kind: 'braze_id', value: ana.braze_id },
    { kind: 'email', value: email },
    { kind: 'phone', value: '+1 (212) 555-0100' },
    { kind: 'push_token', value: 'token-1' },
    { kind: 'device_id', value: 'device-0001' },
  ] as const;
  for (const identifier of identifiers) assert.deepEqual(store.matching(identifier), [ana], identifier.kind);
});

test('they take the place of what there was', () => {
  const store = storeWith(ana);
  store.restore([profile(2)]);
  assert.deepEqual(store.all(), [profile(2)]);
  assert.equal(store.find({ kind: 'email', value: email }), undefined);
});

test('ids go on after the highest', () => {
  const store = storeWith(profile(7), profile(3));
  store.apply({ kind: 'aliases', aliases: [{ alias }] });
  assert.equal(store.find({ kind: 'user_alias', value: alias })?.braze_id, profile(8).braze_id);
});

test('who was updated last is still the one who was', () => {
  const shared = { standard: { email } };
  const later = profile(1, { ...shared, external_id: 'ana', updated_at: '2026-02-03T00:00:00.000Z' });
  const store = storeWith(later, profile(2, { ...shared, external_id: 'ben' }));
  assert.equal(store.find({ kind: 'email', value: email })?.external_id, 'ana');
});

test('an id that is none, or is that of two, is refused, and nothing is changed', () => {
  const store = storeWith(ana);
  assert.throws(() => store.restore([profile(1, { braze_id: 'ana' })]), {
    name: 'RangeError',
    message: '"ana" is not the braze_id of a profile: it must be 24 hexadecimal digits.',
  });
  assert.throws(() => store.restore([profile(1), profile(1)]), /Two profiles have the braze_id/);
  assert.deepEqual(store.all(), [ana]);
});

const names = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => String(index));

test('more than 20,000 distinct events, or products, and a profile takes in nothing more (user_archival)', () => {
  const eventsOf = (count: number): Profile['events'] =>
    names(count).map((name) => ({ name, time: '2026-02-01T00:00:00.000Z', properties: {} }));
  const purchasesOf = (count: number): Profile['purchases'] =>
    names(count).map((name) => ({ ...bought, product_id: name }));
  const store = storeWith(
    profile(1, { external_id: 'full', events: [...eventsOf(20_000), ...eventsOf(20_000)] }),
    profile(2, { external_id: 'events', events: eventsOf(20_001) }),
    profile(3, { external_id: 'products', purchases: purchasesOf(20_001) }),
  );
  const isBlocked = (id: string): boolean => store.isBlocked({ kind: 'external_id', value: id });
  assert.deepEqual(['full', 'events', 'products', 'nobody'].map(isBlocked), [false, true, true, false]);

  const [fill] = eventsOf(1);
  const changes = {
    attributes: [],
    purchases: [],
    events: ['full', 'events'].map((id) => ({
      identifier: { kind: 'external_id', value: id } as const,
      mayCreate: true,
      event: { ...fill, name: 'new', time: '2026-02-01T00:00:00.000Z', properties: {} },
      entries: [],
    })),
  };
  const { changed } = store.apply({ kind: 'track', changes });
  assert.deepEqual(changed, [store.find({ kind: 'external_id', value: 'full' })?.braze_id]);
  assert.ok(isBlocked('full'));
});

test('profiles that are merged say so: the last one is changed, the others are removed', () => {
  const store = storeWith(
    ana,
    profile(2, { external_id: 'ben', standard: { home_city: 'Porto' } }),
    profile(3, { external_id: 'cleo' }),
  );
  const selector = (value: string) =>
    ({ identifier: { kind: 'external_id', value }, prioritization: [] }) as const;
  const effect = store.apply({
    kind: 'merge',
    merges: [
      { merge: selector('cleo'), keep: selector('ben') },
      { merge: selector('ben'), keep: selector('ana') },
    ],
  });
  const [last, ...others] = store.all();
  assert.deepEqual([last?.standard['home_city'], others], ['Porto', []]);
  assert.deepEqual(effect.changed, [last?.braze_id]);
  assert.deepEqual(effect.removed, [profile(3).braze_id, profile(2).braze_id]);
  assert.deepEqual(Object.hasOwn(last?.custom_attributes ?? {}, '__proto__'), true);
});

test('everybody gets a broadcast', () => {
  const store = storeWith(ana, profile(2));
  const entry = {
    campaign_id: 'campaign',
    dispatch_id: 'd',
    time: '2026-03-01T12:00:00.000Z',
    trigger_properties: {},
  };
  const { changed } = store.apply({ kind: 'broadcast', entry });
  const everybody = store.all();
  assert.deepEqual(
    everybody.map((each) => each.campaign_sends),
    [[entry], [entry]],
  );
  assert.deepEqual(
    changed,
    everybody.map((each) => each.braze_id),
  );
});
