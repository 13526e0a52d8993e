/** What becomes of a read when Braze does not answer as it should: over HTTP, against the emulator, and against what no emulator says. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Fault, Profile } from '../../demo/braze/emulator.ts';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import { createBrazeFetch, type BrazeFetch } from '../../server/adapters/braze-fetch.ts';
import { createMetrics, type PrometheusMetrics } from '../../server/adapters/metrics.ts';
import { webPorts } from '../../server/adapters/web-ports.ts';
import { EXPORT_FIELDS } from '../../server/braze/profile-export.ts';
import { parseConfig } from '../../server/config.ts';
import { guardLog, type LogEntry } from '../../server/log-fields.ts';
import { createProfileReading, type ProfileRead, type ProfileReading } from '../../server/profile-reading.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { samplesOf } from './prometheus-text.ts';
import {
  PROD_KEY,
  PROD_ORIGIN,
  serveRecorder,
  SESSION_SECRET,
  type BrazeRecorder,
  type WireAnswer,
} from './relay-fixture.ts';

const PATH = '/users/export/ids';

const OTHER_KEY = '0d6a3d0e-5e1c-4a34-9a0f-0c2d4b6e8f13';

const FIELDS = ['custom_attributes', 'email'];

interface Person {
  readonly id: string;
  readonly notes?: string;
}

const profileOf = ({ id, notes = 'likes boots' }: Person, index: number): Profile => ({
  braze_id: (index + 1).toString(16).padStart(24, '0'),
  external_id: id,
  user_aliases: [],
  standard: { email: `${id}@example.com` },
  custom_attributes: { notes },
  events: [],
  purchases: [],
  canvas_entries: [],
  campaign_sends: [],
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
});

const found = (id: string, notes = 'likes boots'): ProfileRead => ({
  type: 'found',
  profile: { custom_attributes: { notes }, email: `${id}@example.com` },
});

const notNow = (reason: Extract<ProfileRead, { type: 'not_now' }>['reason']): ProfileRead => ({
  type: 'not_now',
  reason,
});

interface Started {
  readonly reading: ProfileReading;
  /** Of the log. */
  readonly entries: readonly LogEntry[];
  readonly permissions: readonly string[];
  readonly metrics: PrometheusMetrics;
  /** @param wait milliseconds */
  readonly read: (externalId: string, wait?: number) => Promise<ProfileRead>;
  readonly rotate: (key: string) => void;
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function start(endpoint: string, more: object = {}): Started {
  const configWith = (key: string) =>
    parseConfig({
      settings: {
        organization: 'BrandExample',
        environments: { prod: { endpoint } },
        sites: { brand: { prod: [PROD_ORIGIN] } },
        brazeTimeout: 5_000,
        ...more,
      },
      env: { BRAZE_PROD_KEY: key, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
    });
  const config = configWith(PROD_KEY);
  const entries: LogEntry[] = [];
  const permissions: string[] = [];
  const { log, dropped } = guardLog((entry) => entries.push(entry));
  const braze: BrazeFetch = createBrazeFetch(config.brazeTimeout);
  const store = createMemoryStore({ clock: webPorts.clock, isDurable: true });
  const metrics = createMetrics(
    {
      stats: () => store.stats(),
      state: async () => ({ lanes: new Map() }),
      probeStore: async () => 'written',
      droppedEntries: () => 0,
      droppedFields: dropped,
    },
    webPorts,
  );
  const reading = createProfileReading(
    config,
    {
      refused: (environment, permission, status) =>
        permissions.push(`${environment} ${permission} ${status}`),
      granted: (environment, permission) => permissions.push(`${environment} ${permission} granted`),
      replaced: () => undefined,
    },
    { ...webPorts, fetch: braze.fetch, log, metrics: metrics.port, store },
  );
  closing.push(async () => {
    reading.close();
    await braze.close();
    assert.equal(dropped(), 0);
    assert.doesNotMatch(
      JSON.stringify(entries),
      /\b(?:ada|bob|boots)\b|example\.com/,
      'no value of a person',
    );
    assert.doesNotMatch(await metrics.text(), /\b(?:ada|bob|boots)\b|example\.com/);
  });
  return {
    reading,
    entries,
    permissions,
    metrics,
    read: (externalId, wait = 4_000) =>
      reading.read({ environment: 'prod', site: 'brand', externalId }, FIELDS, wait),
    rotate: (key) => reading.replaceSettings(configWith(key)),
  };
}

describe('a read of a profile', () => {
  let braze: EmulatorServer;
  const asked = () => braze.emulator.journal().filter(({ path }) => path === PATH).length;
  const know = (people: readonly Person[]) => braze.emulator.restore(people.map(profileOf));

  beforeEach(async () => {
    braze = await serveEmulator({
      port: 0,
      workspaces: [
        {
          keys: [
            { key: PROD_KEY, permissions: ['users.export.ids'] },
            { key: OTHER_KEY, permissions: ['users.track'] },
          ],
        },
      ],
    });
    closing.push(() => braze.close());
    know([{ id: 'ada' }, { id: 'bob' }]);
  });

  it('shows what Braze knows', async () => {
    const { read, permissions } = start(braze.url);
    assert.deepEqual(await Promise.all([read('ada'), read('bob'), read('eve')]), [
      found('ada'),
      found('bob'),
      { type: 'unknown' },
    ]);
    assert.ok(permissions.length > 0);
    assert.ok(permissions.every((each) => each === 'prod users.export.ids granted'));
  });

  interface FaultCase {
    readonly name: string;
    readonly fault: Fault;
    readonly told: ProfileRead;
    /** In the metrics. */
    readonly status: string;
    readonly meaning: string;
  }
  const FAULTS: readonly FaultCase[] = [
    ...[500, 502, 503, 504].map((status) => ({
      name: `says ${status}`,
      fault: { kind: 'status', status } as const,
      told: notNow('unavailable'),
      status: String(status),
      meaning: status === 504 ? 'in_doubt' : 'unavailable',
    })),
    ...[404, 415].map((status) => ({
      name: `says ${status}`,
      fault: { kind: 'status', status } as const,
      told: notNow('shut'),
      status: String(status),
      meaning: 'operator',
    })),
    {
      name: 'takes it and loses the answer',
      fault: { kind: 'lost' },
      told: notNow('unavailable'),
      status: 'network',
      meaning: 'in_doubt',
    },
    {
      name: 'ends the connection before it answers',
      fault: { kind: 'reset', when: 'before' },
      told: notNow('unavailable'),
      status: 'network',
      meaning: 'in_doubt',
    },
    {
      name: 'ends the connection in the middle of its answer',
      fault: { kind: 'reset', when: 'during' },
      told: notNow('unreadable'),
      status: '201',
      meaning: 'unreadable',
    },
    {
      name: 'answers with what is no JSON',
      fault: { kind: 'malformed' },
      told: notNow('unreadable'),
      status: '201',
      meaning: 'unreadable',
    },
    {
      name: 'limits us for longer than anybody waits',
      fault: { kind: 'throttle', limit: 0, window: 86_400_000 },
      told: notNow('budget'),
      status: '429',
      meaning: 'limited',
    },
  ];
  for (const { name, fault, told, status, meaning } of FAULTS) {
    it(`is told that it cannot be had now where Braze ${name}`, async () => {
      const { read, entries, metrics } = start(braze.url);
      braze.emulator.setFault({ ...fault, path: PATH });
      assert.deepEqual(await read('ada'), told);
      const [exported] = entries.filter(({ event }) => event === 'profiles_exported');
      assert.deepEqual(
        [exported?.status, exported?.meaning, exported?.profiles, exported?.level],
        [status, meaning, 1, 'warn'],
      );
      const samples = samplesOf(await metrics.text());
      const { reason } = told as { reason: string };
      assert.equal(samples.get(`parley_profile_exports_total{environment="prod",status="${status}"}`), 1);
      assert.equal(
        samples.get(`parley_profile_reads_total{environment="prod",result="${reason}",from="braze"}`),
        1,
      );
    });
  }
  // Each of another kind: what does not answer, what answers that it cannot, and what cannot be read.
  for (const { name, fault, told } of FAULTS.filter(({ name }) => /503|loses|no JSON/.test(name))) {
    it(`is not kept, and is asked anew, where Braze once ${name}`, async () => {
      const { read } = start(braze.url);
      braze.emulator.setFault({ ...fault, times: 1, path: PATH });
      assert.deepEqual(await read('ada'), told);
      assert.deepEqual(await read('ada'), found('ada'));
    });
    it(`asks nobody any more where Braze again and again ${name}`, async () => {
      const { read, entries } = start(braze.url);
      braze.emulator.setFault({ ...fault, path: PATH });
      for (const id of ['a', 'b', 'c', 'd', 'e']) assert.deepEqual(await read(id), told);
      assert.deepEqual(await read('ada'), notNow('shut'));
      assert.equal(asked(), 5);
      const opened = entries.find(({ event }) => event === 'breaker_opened');
      assert.deepEqual(
        [opened?.environment, opened?.permission, opened?.trouble, opened?.level],
        ['prod', 'users.export.ids', 'unavailable', 'warn'],
      );
    });
  }
  it('shows what comes after trouble', async () => {
    const { read, entries } = start(braze.url);
    braze.emulator.setFault({ kind: 'status', status: 503, times: 5, path: PATH });
    for (const id of ['a', 'b', 'c', 'd', 'e']) await read(id);
    for (;;) {
      const told = await read('ada');
      if (told.type === 'found') break;
      assert.deepEqual(told, notNow('shut'));
      // As a visitor comes now and then.
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(await read('bob'), found('bob'));
    assert.ok(entries.some(({ event }) => event === 'breaker_closed'));
    assert.equal(asked(), 7);
  });

  for (const { name, key, fault, status } of [
    { name: 'has not got the permission', key: OTHER_KEY, fault: undefined, status: 403 },
    { name: 'is none of the workspace', key: 'no-key-of-that-workspace', fault: undefined, status: 401 },
    {
      name: 'is refused with 401, as the documentation also has it',
      key: undefined,
      fault: { kind: 'status', status: 401, path: PATH },
      status: 401,
    },
  ] as const) {
    it(`is shut where the key ${name}: told by name, and asked once`, async () => {
      const { read, rotate, entries, permissions } = start(braze.url);
      if (key !== undefined) rotate(key);
      if (fault) braze.emulator.setFault(fault);
      assert.deepEqual(await read('ada'), notNow('shut'));
      for (const id of ['ada', 'bob']) assert.deepEqual(await read(id), notNow('shut'));
      assert.equal(asked(), 1);
      assert.deepEqual(permissions, [`prod users.export.ids ${status}`]);
      const opened = entries.find(({ event }) => event === 'breaker_opened');
      assert.equal(opened?.level, 'error');
      assert.match(String(opened.advice), /the permission users\.export\.ids$/);

      braze.emulator.setFault(undefined);
      braze.emulator.addKey({ key: 'a-new-key-of-the-workspace', permissions: ['users.export.ids'] });
      rotate('a-new-key-of-the-workspace');
      assert.deepEqual(await read('ada'), found('ada'));
      assert.equal(permissions.at(-1), 'prod users.export.ids granted');
    });
  }

  it('is told at its deadline where Braze holds the answer', async () => {
    const { read } = start(braze.url);
    braze.emulator.setFault({ kind: 'hold', path: PATH });
    const answer = read('ada', 50);
    assert.deepEqual(await answer, notNow('deadline'));
    braze.emulator.setFault(undefined);
  });
  it('is told where Braze answers later than any request may take', async () => {
    const { read, entries } = start(braze.url, { brazeTimeout: 50, deadline: 40 });
    braze.emulator.setFault({ kind: 'hold', path: PATH });
    assert.deepEqual(await read('ada'), notNow('unavailable'));
    assert.equal(entries.find(({ event }) => event === 'profiles_exported')?.status, 'timeout');
  });
  it('is shut where Braze answers again and again when nobody waits any more; what it said is kept', async () => {
    const { read } = start(braze.url, { deadline: 20 });
    braze.emulator.setFault({ kind: 'slow', ms: 60, path: PATH });
    for (const id of ['a', 'b', 'c', 'd', 'ada']) assert.notEqual((await read(id)).type, 'not_now');
    assert.deepEqual(await read('bob'), notNow('shut'));
    assert.deepEqual(await read('ada'), found('ada'));
    assert.equal(asked(), 5);
  });
  it('is told where nobody is there', async () => {
    const gone = await serveRecorder();
    await gone.close();
    const { read, entries } = start(gone.url);
    assert.deepEqual(await read('ada'), notNow('unavailable'));
    assert.equal(entries.find(({ event }) => event === 'profiles_exported')?.status, 'unsent');
  });

  it('of profiles that are too long together asks for fewer at a time, and for more again later', async () => {
    const MEGABYTES = (number: number) => 'x'.repeat(number * 1_000_000);
    const ids = ['a', 'b', 'c', 'd'];
    know([{ id: 'ada' }, ...ids.map((id) => ({ id, notes: MEGABYTES(3) })), { id: 'bob' }]);
    const { read, entries } = start(braze.url);
    const all = await Promise.all(['ada', ...ids].map((id) => read(id)));
    assert.deepEqual(
      all.map((told) => told.type),
      ['found', 'found', 'found', 'found', 'found'],
    );
    const exported = entries.filter(({ event }) => event === 'profiles_exported');
    const tooLong = exported.filter(({ meaning }) => meaning === 'too_long');
    assert.equal(tooLong.length, 1);
    assert.ok(exported.length >= 3);
    assert.ok(
      exported.filter(({ meaning }) => meaning === 'taken').every(({ profiles = 0 }) => profiles <= 3),
    );

    const many = Array.from({ length: 20 }, (_, number) => ({ id: `small-${number}` }));
    know(many);
    for (const told of await Promise.all(many.map(({ id }) => read(id)))) assert.equal(told.type, 'found');
    const later = entries.filter(({ event }) => event === 'profiles_exported').slice(exported.length);
    assert.ok(later.some(({ profiles = 0 }) => profiles > 3));
  });
  it('of a profile that alone is too long is told so', async () => {
    know([{ id: 'ada', notes: 'x'.repeat(9_000_000) }]);
    const { read } = start(braze.url);
    assert.deepEqual(await read('ada'), notNow('too_large'));
  });
  it('may ask for every field that there is', async () => {
    const { reading } = start(braze.url);
    const whose = { environment: 'prod', site: 'brand', externalId: 'ada' } as const;
    const told = await reading.read(whose, EXPORT_FIELDS, 4_000);
    assert.ok(told.type === 'found');
    assert.equal(told.profile['email'], 'ada@example.com');
  });
  it('of a field that Braze has not is refused, logged, and not asked again and again', async () => {
    const { reading, read, entries } = start(braze.url);
    const whose = { environment: 'prod', site: 'brand', externalId: 'ada' } as const;
    for (let time = 0; time < 3; time += 1)
      assert.deepEqual(await reading.read(whose, ['shoe_size'], 4_000), notNow('refused'));
    assert.equal(asked(), 1);
    const refused = entries.find(({ event }) => event === 'export_refused');
    assert.match(String(refused?.advice), /^Braze refused to show shoe_size:/);
    assert.deepEqual(await read('ada'), found('ada'));
  });
  it('is counted by what came of it and from where', async () => {
    const { read, metrics } = start(braze.url);
    for (const id of ['ada', 'ada', 'eve', 'ada']) await read(id);
    const samples = samplesOf(await metrics.text());
    const of = (result: string, from: string) =>
      samples.get(`parley_profile_reads_total{environment="prod",result="${result}",from="${from}"}`);
    assert.deepEqual([of('found', 'braze'), of('found', 'memory'), of('unknown', 'braze')], [1, 2, 1]);
    assert.equal(samples.get('parley_profile_exports_total{environment="prod",status="201"}'), 2);
    assert.equal(samples.get('parley_profile_export_ids_sum{environment="prod"}'), 2);
  });
});

describe('an answer of Braze’s', () => {
  let braze: BrazeRecorder;
  beforeEach(async () => {
    braze = await serveRecorder();
    closing.push(() => braze.close());
  });

  const user = (id: unknown, notes = 'likes boots') => ({
    external_id: id,
    email: 'ada@example.com',
    custom_attributes: { notes },
    first_name: 'Ada',
  });
  const ADA = found('ada');

  const CASES: readonly {
    readonly name: string;
    readonly body: unknown;
    readonly status?: number;
    readonly headers?: WireAnswer['headers'];
    readonly told: ProfileRead;
  }[] = [
    {
      name: 'that shows more than was asked for',
      body: { message: 'success', users: [user('ada')] },
      told: ADA,
    },
    { name: 'with 200', status: 200, body: { users: [user('ada')] }, told: ADA },
    { name: 'that shows one twice, the same', body: { users: [user('ada'), user('ada')] }, told: ADA },
    {
      name: 'that shows two with one id',
      body: { users: [user('ada'), user('ada', 'other boots')] },
      told: notNow('unreadable'),
    },
    {
      name: 'that shows three with one id, two of them the same',
      body: { users: [user('ada'), user('ada', 'other boots'), user('ada')] },
      told: notNow('unreadable'),
    },
    { name: 'that shows nobody', body: { users: [], invalid_user_ids: ['ada'] }, told: { type: 'unknown' } },
    { name: 'that names nobody who is not known', body: { users: [] }, told: { type: 'unknown' } },
    {
      name: 'that shows somebody and says that they are not known',
      body: { users: [user('ada')], invalid_user_ids: ['ada'] },
      told: ADA,
    },
    {
      name: 'that shows somebody else',
      body: { users: [user('bob'), user('Ada')] },
      told: { type: 'unknown' },
    },
    {
      name: 'that shows somebody without an id',
      body: { users: [user(undefined)] },
      told: { type: 'unknown' },
    },
    { name: 'with an id that is a number', body: { users: [user(7)] }, told: { type: 'unknown' } },
    {
      name: 'with fields that are null, or not there',
      body: { users: [{ external_id: 'ada', email: null }] },
      told: { type: 'found', profile: { email: null } },
    },
    { name: 'with a user that is none', body: { users: [null] }, told: notNow('unreadable') },
    {
      name: 'with users that are no list',
      body: { users: { ada: user('ada') } },
      told: notNow('unreadable'),
    },
    { name: 'without users', body: { message: 'success' }, told: notNow('unreadable') },
    { name: 'that is a list', body: [user('ada')], told: notNow('unreadable') },
    { name: 'that is null', body: null, told: notNow('unreadable') },
    { name: 'of 413', status: 413, body: { message: 'too large' }, told: notNow('refused') },
    {
      name: 'of 302',
      status: 302,
      headers: { location: 'http://127.0.0.1:9/users/export/ids' },
      body: {},
      told: notNow('shut'),
    },
    {
      name: 'of too many ids, for one',
      status: 400,
      body: { message: 'The max number of ids per request was exceeded' },
      told: notNow('too_large'),
    },
  ];
  for (const { name, body, status = 201, headers, told } of CASES) {
    it(`${name} is read with care: ${told.type === 'not_now' ? told.reason : told.type}`, async () => {
      const { read } = start(braze.url);
      braze.answerWith({ status, body: JSON.stringify(body), ...(headers && { headers }) });
      assert.deepEqual(await read('ada'), told);
    });
  }

  it('that shows a name as a prototype has none', async () => {
    const { reading } = start(braze.url);
    braze.answerWith({ status: 201, body: '{"users": [{"external_id": "ada"}]}' });
    const whose = { environment: 'prod', site: 'brand', externalId: 'ada' } as const;
    assert.deepEqual(await reading.read(whose, ['constructor', 'toString'], 4_000), {
      type: 'found',
      profile: {},
    });
  });

  it('is asked for as the documentation has it, and the key is in the header alone', async () => {
    const { read } = start(braze.url);
    braze.answerWith({ status: 201, body: '{"users": []}' });
    await read('ada');
    const [request] = braze.requests;
    assert.deepEqual([request?.method, request?.url], ['POST', PATH]);
    assert.deepEqual(JSON.parse(request?.body ?? ''), {
      external_ids: ['ada'],
      fields_to_export: ['custom_attributes', 'email', 'external_id'],
    });
    const headers = new Map(request?.headers);
    assert.equal(headers.get('authorization'), `Bearer ${PROD_KEY}`);
    assert.match(headers.get('user-agent') ?? '', /^partner-BrandExample-Parley\//);
  });
});
