/**
 * The sample on Braze's Pypestream page (`partners/additional_channels_and_extensions/additional_channels/instant_chat/
 * pypestream`) makes twelve mistakes, by our count. Here is what each was, and what the relay does instead: the real relay with
 * the demo's flow, judged by what went over the wire. The twelfth (every field each time, and an identifier that anyone may
 * claim) is for delivery and identity.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import { parseConfig } from '../../server/config.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import { VERSION } from '../../server/version.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Store } from '../../server/store/store.ts';
import type { Receipt, Submission, SubmissionsResponse } from '../../widget/contract/wire.ts';
import {
  createSubmission,
  openVisitor,
  SANDBOX_KEY,
  serveRecorder,
  SESSION_SECRET,
  settingsFor,
  TAKEN,
  type BrazeRecorder,
  type WireAnswer,
  type WireRequest,
} from './relay-fixture.ts';

const FLOW_FILE = 'demo/flows/welcome.json';

const ANSWERS = {
  first_name: 'Ada',
  last_name: 'Lovelace',
  email: 'ada@example.com',
  date_of_birth: '1815-12-10',
  city: 'London',
};

let braze: BrazeRecorder;
let folder: string;
let relay: RunningRelay;
const log: LogEntry[] = [];

/** `settings` are changes to the fixture's. */
function sources(settings: object = {}) {
  const keyFile = join(folder, 'braze-key');
  writeFileSync(keyFile, `${SANDBOX_KEY}\n`);
  return {
    settings: { ...settingsFor({ sandbox: braze.url, prod: braze.url }), ...settings },
    env: {
      BRAZE_SANDBOX_KEY_FILE: keyFile,
      BRAZE_PROD_KEY: 'another-key',
      SESSION_SECRET,
      PARLEY_DEVELOPMENT: '1',
    },
    flows: [{ source: FLOW_FILE, json: JSON.parse(readFileSync(FLOW_FILE, 'utf8')) as unknown }],
  };
}

function startRelay(
  settings: object = {},
  store: Store = createSqliteStore({ file: ':memory:', clock: Date.now }),
): Promise<RunningRelay> {
  return serveRelay({
    ...sources(settings),
    assets: 'dist',
    store,
    port: 0,
    hostname: 'localhost',
    log: (entry) => log.push(entry),
  });
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-sample-'));
  braze = await serveRecorder();
});
after(async () => {
  await braze.close();
  rmSync(folder, { recursive: true });
});
// What Braze was blamed for in one test is no matter of the next.
beforeEach(async () => {
  braze.answerWith(TAKEN);
  relay = await startRelay();
  log.splice(0);
});
afterEach(async () => {
  braze.answerWith(TAKEN);
  await relay.close();
});

const completed = (change: Partial<Submission> = {}) => createSubmission({ answers: ANSWERS, ...change });

async function submit(change: Partial<Submission> = {}, url = relay.url): Promise<Response> {
  return (await openVisitor(url)).submit(completed(change));
}

/** The one request that a completed conversation makes of Braze. */
async function requestOf(change: Partial<Submission> = {}): Promise<WireRequest> {
  const response = await submit(change);
  assert.equal(response.status, 200, await response.text());
  const [request, ...others] = braze.requests;
  assert.ok(request);
  assert.deepEqual(others, []);
  return request;
}

const headersOf = ({ headers }: WireRequest, name: string) =>
  headers.filter(([each]) => each === name).map(([, value]) => value);

interface Body {
  readonly attributes: readonly Record<string, unknown>[];
  readonly events: readonly Record<string, unknown>[];
}
const bodyOf = ({ body }: WireRequest) => JSON.parse(body) as Body;

/** Every key of a body, at every depth. */
function keysOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(Array.isArray(value) ? [] : [key]),
    ...keysOf(inner),
  ]);
}

async function receiptOf(response: Response): Promise<Receipt> {
  assert.equal(response.status, 200, await response.clone().text());
  const { receipts } = (await response.json()) as SubmissionsResponse;
  const [receipt] = receipts;
  assert.ok(receipt);
  return receipt;
}

describe('mistake 1: a comma is missing after Authorization, and the headers do not parse', () => {
  it('Authorization and Content-Type are a header each, and each is sent once', async () => {
    const request = await requestOf();
    assert.deepEqual(headersOf(request, 'authorization'), [`Bearer ${SANDBOX_KEY}`]);
    assert.deepEqual(headersOf(request, 'content-type'), ['application/json']);
  });
});

describe('mistake 2: Authorization is the bare key', () => {
  it('it is Bearer, one space and the key, without quotes (api/errors, 401)', async () => {
    const [authorization = ''] = headersOf(await requestOf(), 'authorization');
    assert.match(authorization, /^Bearer [^\s"']+$/);
    assert.equal(authorization.slice('Bearer '.length), SANDBOX_KEY);
  });
});

describe('mistake 3: the data goes into the query string', () => {
  it('it is POSTed to /users/track and nothing behind it, as a JSON body of lists of objects', async () => {
    const request = await requestOf();
    assert.deepEqual([request.method, request.url], ['POST', '/users/track']);
    assert.deepEqual(headersOf(request, 'content-length'), [String(Buffer.byteLength(request.body))]);
    const body = bodyOf(request);
    assert.deepEqual(Object.keys(body).sort(), ['attributes', 'events']);
    assert.ok(Array.isArray(body.attributes) && Array.isArray(body.events));
    assert.deepEqual([body.attributes.length, body.events.length], [1, 1]);
  });
  it('what visitors write survives it: letters of any script, quotes, ampersands, lines of code', async () => {
    const answers = { ...ANSWERS, first_name: 'José & "María"', last_name: '山田=1&x=2', city: '{"a": [1]}' };
    const [attributes] = bodyOf(await requestOf({ answers })).attributes;
    assert.deepEqual(
      [attributes?.['first_name'], attributes?.['last_name'], attributes?.['home_city']],
      [answers.first_name, answers.last_name, answers.city],
    );
  });
});

describe('mistake 4: the key is in the body, or the second request has no Authorization', () => {
  it('every request has the header, and no request has the key anywhere else', async () => {
    const visitor = await openVisitor(relay.url);
    for (let count = 0; count < 3; count += 1) await visitor.submit(completed());
    assert.equal(braze.requests.length, 3);
    for (const request of braze.requests) {
      assert.deepEqual(headersOf(request, 'authorization'), [`Bearer ${SANDBOX_KEY}`]);
      const others = request.headers.filter(([name]) => name !== 'authorization');
      const rest = JSON.stringify([request.method, request.url, others, request.body]);
      assert.ok(!rest.includes(SANDBOX_KEY), rest);
      assert.ok(!keysOf(JSON.parse(request.body)).includes('api_key'));
    }
  });
});

describe('mistake 5: only 400 counts as failure', () => {
  const answer = (status: number): WireAnswer => ({ status, body: '{"message":"success"}' });

  for (const status of [400, 413]) {
    it(`${status} is an error for good`, async () => {
      braze.answerWith(answer(status));
      const { outcome, next } = await receiptOf(await submit());
      assert.deepEqual([outcome, next], ['error', 'sorry']);
    });
  }
  for (const status of [302, 307]) {
    it(`${status} is not followed, for that would carry the key elsewhere`, async () => {
      braze.answerWith({ status, headers: { location: `${braze.url}/elsewhere` } });
      assert.equal((await receiptOf(await submit())).outcome, 'queued');
      assert.deepEqual(
        braze.requests.map(({ url }) => url),
        ['/users/track'],
      );
    });
  }
  for (const status of [401, 403, 404, 408, 415, 429, 500, 502, 503, 504]) {
    it(`${status} is no success: the relay keeps it, and says so`, async () => {
      braze.answerWith(answer(status));
      assert.equal((await receiptOf(await submit())).outcome, 'queued');
    });
  }
  it('no answer at all is none either', async () => {
    braze.answerWith('cut');
    assert.equal((await receiptOf(await submit())).outcome, 'queued');
  });
});

describe('mistake 6: a 201 with errors is taken for success', () => {
  const rows: { name: string; errors: unknown; receipt: Omit<Receipt, 'id'> }[] = [
    {
      name: 'a refused e-mail address is invalid, and its question is put again',
      errors: [{ type: 'EMAIL_BAD_FORMAT', input_array: 'attributes', index: 0 }],
      receipt: { outcome: 'invalid', next: 'email', field: 'email' },
    },
    {
      name: 'a refused date of birth is invalid, by the name that our flow gives it',
      errors: [{ type: "'dob' is not valid", input_array: 'attributes', index: 0 }],
      receipt: { outcome: 'invalid', next: 'date_of_birth', field: 'date_of_birth' },
    },
    {
      name: 'a refused event is an error',
      errors: [{ type: "'time' is not valid", input_array: 'events', index: 0 }],
      receipt: { outcome: 'error', next: 'sorry' },
    },
    {
      name: 'an error in plain text is an error',
      errors: ['Something is wrong'],
      receipt: { outcome: 'error', next: 'sorry' },
    },
    {
      name: 'an error that nobody understands is an error',
      errors: [{ code: 17 }],
      receipt: { outcome: 'error', next: 'sorry' },
    },
  ];
  for (const { name, errors, receipt } of rows) {
    it(name, async () => {
      const body = JSON.stringify({ message: 'success', attributes_processed: 1, errors });
      braze.answerWith({ status: 201, body });
      const { id: _id, ...received } = await receiptOf(await submit());
      assert.deepEqual(received, receipt);
    });
  }
});

describe('mistake 7: the partner is named in the body', () => {
  it('it is named in one User-Agent header, by organization, product and version (isv_partners/api_partner)', async () => {
    const request = await requestOf();
    assert.deepEqual(headersOf(request, 'user-agent'), [`partner-BrandExample-Parley/${VERSION}`]);
    assert.ok(!keysOf(JSON.parse(request.body)).includes('partner'));
  });
});

describe('mistake 8: external_id is the holder’s e-mail address', () => {
  it('each object is about an alias that the relay made up, and about nobody else', async () => {
    const body = bodyOf(await requestOf());
    const [attributes, event] = [body.attributes[0], body.events[0]];
    assert.ok(attributes && event);
    for (const object of [attributes, event]) {
      assert.equal(object['_update_existing_only'], false);
      for (const key of ['external_id', 'braze_id', 'phone']) assert.ok(!(key in object), key);
    }
    const alias = attributes['user_alias'] as Record<string, string>;
    assert.deepEqual(event['user_alias'], alias);
    assert.deepEqual(Object.keys(alias).sort(), ['alias_label', 'alias_name']);
    assert.equal(alias['alias_label'], `parley-${String(alias['alias_name'])}`);
    assert.match(alias['alias_name'] ?? '', /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  });
  it('two visitors who say the same are two', async () => {
    await submit();
    await submit();
    const names = braze.requests.map((request) =>
      JSON.stringify(bodyOf(request).attributes[0]?.['user_alias']),
    );
    assert.equal(new Set(names).size, 2);
  });
});

describe('mistake 9: operating_system passes for a standard field', () => {
  /** `api/objects_filters/user_attributes_object`: those that a conversation can fill. Any other name is a custom attribute. */
  const STANDARD = [
    'first_name',
    'last_name',
    'email',
    'dob',
    'home_city',
    'gender',
    'country',
    'language',
    'phone',
  ];
  const CONTROL = ['user_alias', '_update_existing_only'];

  it('the five standard fields have their documented names, and operating_system is the custom attribute beside them', async () => {
    const [object = {}] = bodyOf(await requestOf()).attributes;
    const written = Object.fromEntries(Object.entries(object).filter(([key]) => !CONTROL.includes(key)));
    assert.deepEqual(written, {
      first_name: 'Ada',
      last_name: 'Lovelace',
      email: 'ada@example.com',
      dob: '1815-12-10',
      home_city: 'London',
      operating_system: 'macOS',
    });
    assert.deepEqual(
      Object.keys(written).filter((key) => !STANDARD.includes(key)),
      ['operating_system'],
    );
  });
});

describe('mistake 10: no timeout, no retry, no rate limit, no validation, and a slash that doubles', () => {
  it('a Braze that does not answer is given up in time, and the submission is kept', async () => {
    const impatient = await startRelay({ brazeTimeout: 40 });
    try {
      braze.answerWith(new Promise(() => undefined));
      assert.equal((await receiptOf(await submit({}, impatient.url))).outcome, 'queued');
      const [answered] = log.filter(({ event }) => event === 'braze_answered');
      assert.deepEqual([answered?.meaning, answered?.status], ['in_doubt', 'timeout']);
    } finally {
      braze.answerWith(TAKEN);
      await impatient.close();
    }
  });

  for (const [name, answer, recover] of [
    ['401', { status: 401 }, () => relay.reload(sources())],
    ['429', { status: 429, headers: { 'x-ratelimit-retry-after': '1' } }, async () => undefined],
    ['500', { status: 500 }, async () => undefined],
  ] as const) {
    it(`what ${name} stopped is delivered, once and the same`, async () => {
      const visitor = await openVisitor(relay.url);
      const sent = completed();
      braze.answerWith(answer);
      assert.equal((await receiptOf(await visitor.submit(sent))).outcome, 'queued');
      const [stopped] = braze.requests;
      braze.answerWith(TAKEN);
      const delivered = braze.nextRequest();
      await recover();
      assert.equal((await delivered).body, stopped?.body);
      assert.notEqual((await receiptOf(await visitor.submit(sent))).outcome, 'error');
      assert.equal(braze.requests.length, 1);
    });
  }

  for (const [header, value, least, most] of [
    ['x-ratelimit-retry-after', () => '17', 17, 17],
    ['retry-after', () => '23', 23, 23],
    ['x-ratelimit-reset', () => '12', 12, 12],
    ['x-ratelimit-reset', () => String(Math.floor(Date.now() / 1000) + 600), 590, 600],
  ] as const) {
    it(`the wait that ${header} of a 429 names is passed on to the browser (${least} to ${most} s)`, async () => {
      // A relay that cannot keep it itself.
      const forgetful = await startRelay({}, createMemoryStore({ clock: Date.now }));
      try {
        braze.answerWith({ status: 429, headers: { [header]: value() } });
        const seconds = Number((await submit({}, forgetful.url)).headers.get('retry-after'));
        assert.ok(seconds >= least && seconds <= most, String(seconds));
      } finally {
        await forgetful.close();
      }
    });
  }

  for (const date_of_birth of ['1815-02-30', '10/12/1815', '1815-12-10T00:00:00Z', '18151210', 'December']) {
    it(`the date of birth ${date_of_birth} goes back to its question, and nothing goes to Braze`, async () => {
      const { id: _id, ...receipt } = await receiptOf(
        await submit({ answers: { ...ANSWERS, date_of_birth } }),
      );
      assert.deepEqual(receipt, { outcome: 'invalid', next: 'date_of_birth', field: 'date_of_birth' });
      assert.deepEqual(braze.requests, []);
    });
  }

  for (const time of ['now', '2026-01-15', '2026-01-15 10:00:00', '2026-13-45T10:00:00.000Z', '1768471200']) {
    it(`the time ${time} is refused, and nothing goes to Braze`, async () => {
      assert.equal((await submit({ time })).status, 400);
      assert.deepEqual(braze.requests, []);
    });
  }
  it('the event has its time as ISO 8601 in UTC', async () => {
    const [event] = bodyOf(await requestOf({ time: '2026-01-15T23:59:59.999Z' })).events;
    assert.equal(event?.['time'], '2026-01-15T23:59:59.999Z');
  });

  it('an endpoint that ends with a slash does not double it', async () => {
    const environments = { sandbox: { endpoint: `${braze.url}/` }, prod: { endpoint: `${braze.url}/` } };
    const slashed = await startRelay({ environments });
    try {
      await submit({}, slashed.url);
      assert.deepEqual(
        braze.requests.map(({ url }) => url),
        ['/users/track'],
      );
    } finally {
      await slashed.close();
    }
  });
});

describe('mistake 11: the key is a literal, success is the text "true", and the docstring is no JSON', () => {
  it('the key comes from a file that only the operator has, and is not accepted in the settings', async () => {
    assert.deepEqual(headersOf(await requestOf(), 'authorization'), [`Bearer ${SANDBOX_KEY}`]);
    const settings = {
      ...settingsFor({ sandbox: braze.url, prod: braze.url }),
      environments: { sandbox: { endpoint: braze.url, key: SANDBOX_KEY }, prod: { endpoint: braze.url } },
    };
    assert.throws(() => parseConfig({ settings, env: {} }), /environments\.sandbox\.key: unknown setting/);
  });
  it('success is a receipt of one of four outcomes, which names the node to go to', async () => {
    const receipt = await receiptOf(await submit());
    const { id, ...verdict } = receipt;
    assert.equal(typeof id, 'string');
    assert.deepEqual(verdict, { outcome: 'success', next: 'thanks' });
  });
  it('the path is plural, and the body is JSON that says what it seems to say', async () => {
    const request = await requestOf();
    assert.equal(request.url, '/users/track');
    assert.equal(JSON.stringify(JSON.parse(request.body)), request.body);
  });
});
