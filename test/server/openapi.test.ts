import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type * as v from 'valibot';
import { webPorts } from '../../server/adapters/web-ports.ts';
import type { Readiness } from '../../server/readiness.ts';
import type {
  DepartureSchema,
  HealthSchema,
  ProblemSchema,
  ReadinessSchema,
  ReceiptSchema,
  ReceiptsSchema,
  SessionGrantSchema,
  SessionSchema,
  SubmissionSchema,
  SubmissionsSchema,
  WithdrawalSchema,
} from '../../server/schema.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { StoreError } from '../../server/store/store.ts';
import type {
  Departure,
  DepartureRequest,
  Problem,
  Receipt,
  SessionGrant,
  SessionRequest,
  Submission,
  SubmissionsRequest,
  SubmissionsResponse,
  WithdrawalRequest,
} from '../../widget/contract/wire.ts';
import { OPENAPI_FILE, openApiText } from '../schema/openapi.ts';
import { createSubmission, SANDBOX_ORIGIN, SECOND_ORIGIN } from './relay-fixture.ts';
import { SETTLED, startRelayInProcess, type RelayInProcess, ENTRY_LINK_KEY } from './relay-in-process.ts';

/** Read only, and an optional key as one that may hold a list of one: so that it is not taken for a key that must be there. */
type Plain<T> = T extends readonly (infer Item)[]
  ? readonly Plain<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]-?: object extends Pick<T, Key> ? readonly [Plain<T[Key]>] : Plain<T[Key]> }
    : T;

/** Each can stand in the other's place. */
type Same<A, B> = [Plain<A>, Plain<B>] extends [Plain<B>, Plain<A>] ? true : false;

/** Where one is not the same, this does not compile. */
const SAME_TYPES: {
  readonly Submission: Same<v.InferOutput<typeof SubmissionSchema>, Submission>;
  readonly SubmissionsRequest: Same<v.InferOutput<typeof SubmissionsSchema>, SubmissionsRequest>;
  readonly Receipt: Same<v.InferOutput<typeof ReceiptSchema>, Receipt>;
  readonly SubmissionsResponse: Same<v.InferOutput<typeof ReceiptsSchema>, SubmissionsResponse>;
  readonly SessionRequest: Same<v.InferOutput<typeof SessionSchema>, SessionRequest>;
  readonly SessionGrant: Same<v.InferOutput<typeof SessionGrantSchema>, SessionGrant>;
  /** What happens when a visitor leaves corrects nothing. */
  readonly DepartureRequest: Same<
    v.InferOutput<typeof DepartureSchema>,
    Omit<DepartureRequest, 'left'> & { readonly left?: Omit<Departure, 'corrects'> }
  >;
  readonly WithdrawalRequest: Same<v.InferOutput<typeof WithdrawalSchema>, WithdrawalRequest>;
  readonly Problem: Same<v.InferOutput<typeof ProblemSchema>, Problem>;
  readonly Readiness: Same<v.InferOutput<typeof ReadinessSchema>, Readiness>;
  readonly Health: Same<v.InferOutput<typeof HealthSchema>, { status: 'ok'; version: string }>;
} = {
  Submission: true,
  SubmissionsRequest: true,
  Receipt: true,
  SubmissionsResponse: true,
  SessionRequest: true,
  SessionGrant: true,
  DepartureRequest: true,
  WithdrawalRequest: true,
  Problem: true,
  Readiness: true,
  Health: true,
};

interface Reference {
  readonly $ref?: string;
}

interface Media {
  readonly schema: Reference & object;
  readonly example?: unknown;
}

interface Answer extends Reference {
  readonly description: string;
  readonly headers?: Readonly<
    Record<string, Reference & { readonly required?: boolean; readonly schema: object }>
  >;
  readonly content?: Readonly<Record<string, Media>>;
}

interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const text = readFileSync(OPENAPI_FILE, 'utf8');
const description = JSON.parse(text) as Description;

/** What a reference leads to. */
function resolved<T extends Reference>(part: T): T {
  if (part.$ref === undefined) return part;
  let found: unknown = description;
  for (const key of part.$ref.split('/').slice(1)) found = (found as Record<string, unknown>)[key];
  assert.ok(found, `${part.$ref} leads nowhere`);
  return found as T;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema({ ...closed(description), $id: 'description' });

/** With no key that is not named: a client has to expect more, the relay does not say more. */
function closed(whole: Description): object {
  const copy = structuredClone(whole);
  const close = (part: unknown) => {
    if (typeof part !== 'object' || part === null) return;
    const open = part as { properties?: object; additionalProperties?: unknown };
    if (open.properties !== undefined) open.additionalProperties ??= false;
    Object.values(part).forEach(close);
  };
  const { PublishedFlow: _goesByItsType, ...others } = copy.components['schemas'] ?? {};
  close(others);
  return copy;
}

function checkValue(schema: Reference & object, value: unknown): void {
  const isIt = ajv.compile(schema.$ref === undefined ? schema : { $ref: `description${schema.$ref}` });
  assert.ok(isIt(value), `${ajv.errorsText(isIt.errors)}: ${JSON.stringify(value)}`);
}

const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('the description of the API', () => {
  it('is what the schemas say', async () => {
    assert.equal(
      text,
      await openApiText(),
      `${OPENAPI_FILE} is behind server/schema.ts; write it anew with: npm run schema`,
    );
  });

  it('is of schemas whose types are those of the wire', () => {
    assert.ok(Object.values(SAME_TYPES).every(Boolean));
  });

  it('is OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(JSON.parse(text) as Record<string, unknown>);
    assert.ok(valid, JSON.stringify(errors, null, 2));
    assert.equal(validator.version, '3.1');
  });

  it('leads somewhere with every reference, and uses every part', () => {
    const references = new Set(
      [...text.matchAll(/"\$ref": "([^"]+)"/g)].map(([, reference = '']) => reference),
    );
    for (const $ref of references) resolved({ $ref });
    const parts = Object.entries(description.components).flatMap(([kind, named]) =>
      kind === 'securitySchemes' ? [] : Object.keys(named).map((name) => `#/components/${kind}/${name}`),
    );
    assert.deepEqual(
      parts.filter((part) => !references.has(part)),
      [],
    );
  });

  it('has every route of the relay, and no other', () => {
    const { relay } = startRelayInProcess();
    const routes = relay.routes
      .filter(({ method }) => method !== 'ALL' && method !== 'OPTIONS')
      .map(
        ({ method, path }) =>
          `${method} ${path.replace(/^\/?\*$/, '/{asset}').replaceAll(/:(\w+)/g, '{$1}')}`,
      );
    const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    assert.deepEqual(described.sort(), [...new Set(routes)].sort());
  });

  it('gives every operation a name of its own', () => {
    const names = operations.map(({ operation }) => operation.operationId);
    assert.deepEqual([...new Set(names)], names);
  });

  it('has examples that are right', () => {
    for (const { operation } of operations) {
      const answers = Object.values(operation.responses).map(resolved);
      const bodies = [operation.requestBody, ...answers].flatMap((each) =>
        Object.values(each?.content ?? {}),
      );
      for (const { schema, example } of bodies) if (example !== undefined) checkValue(schema, example);
    }
  });

  it('is served, and is not sent again to who has it', async () => {
    const { request } = startRelayInProcess();
    const response = await request('/openapi.json', { headers: { origin: 'https://anywhere.example' } });
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    assert.deepEqual(await response.json(), description);
    const etag = response.headers.get('etag') ?? '';
    const again = await request('/openapi.json', { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
    assert.equal(again.headers.get('access-control-allow-origin'), '*');
  });
});

const later = () => startRelayInProcess(() => ({ type: 'later', retryAfter: 7 }));
const oneLater = () => {
  let told = 0;
  return startRelayInProcess((work) =>
    (told += 1) === 1 ? SETTLED(work) : { type: 'later', retryAfter: 7 },
  );
};
const broken = () => startRelayInProcess(SETTLED, { findFlow: () => Promise.reject(new Error('broken')) });
const withFullDisk = () => {
  const store = createMemoryStore(webPorts);
  return startRelayInProcess(SETTLED, { store: { ...store, put: () => Promise.reject(new Error('full')) } });
};

type Call = (relay: RelayInProcess) => Promise<Response>;

const get =
  (path: string, headers: Record<string, string> = {}): Call =>
  ({ request }) =>
    request(path, { headers });

const submitAs =
  (headers: Record<string, string>, body: unknown = {}): Call =>
  async ({ post, openSession }) => {
    const { session } = await openSession();
    return post('/v1/submissions', body, { authorization: `Bearer ${session}`, ...headers });
  };

const order =
  (body: unknown, headers: Record<string, string> = {}): Call =>
  ({ post }) =>
    post('/v1/entry-links', body, { authorization: `Bearer ${ENTRY_LINK_KEY}`, ...headers });

/** By a visitor of the sandbox page. */
const asVisitor =
  (path: string, body: object = {}, headers: Record<string, string> = {}): Call =>
  async ({ post, openSession }) => {
    const { visitor } = await openSession();
    return post(path, { visitor, sent: '2026-01-15T10:00:00.000Z', ...body }, headers);
  };
const erasing =
  (headers: Record<string, string> = {}): Call =>
  async ({ openSession, request }) => {
    const { session } = await openSession();
    return request('/v1/visitor', {
      method: 'DELETE',
      headers: { origin: SANDBOX_ORIGIN, authorization: `Bearer ${session}`, ...headers },
    });
  };
const withoutSession: Call = ({ request }) =>
  request('/v1/visitor', { method: 'DELETE', headers: { origin: SANDBOX_ORIGIN } });
const left = (change: Partial<Submission> = {}) => ({
  left: createSubmission({ id: '019b0000-0000-7000-8000-0000000000aa.4.abandoned', ...change }),
});
const withEvents = () => startRelayInProcess(SETTLED, {}, { events: { abandoned: 'chat_abandoned' } });
const withBrokenStore = () => {
  const fail = () => Promise.reject(new StoreError('full'));
  const store = createMemoryStore(webPorts);
  const provisional = { ...store.provisional, cancel: fail, dropAll: fail };
  return startRelayInProcess(
    SETTLED,
    { store: { ...store, provisional, erase: fail } },
    { events: { abandoned: 'chat_abandoned' } },
  );
};

/** Everybody knocks too often. */
const overrun = () => {
  const store = createMemoryStore(webPorts);
  return startRelayInProcess(SETTLED, { store: { ...store, count: async () => Infinity } });
};
/** Has no time to wait for a body. */
const hurried = () =>
  startRelayInProcess(SETTLED, { setTimer: (callback) => webPorts.setTimer(callback, 0) });
const endless =
  (path: string, headers: Record<string, string> = {}): Call =>
  async ({ request }) => {
    const { session } = await startRelayInProcess().openSession();
    return request(path, {
      method: 'POST',
      headers: {
        origin: SANDBOX_ORIGIN,
        'content-type': 'application/json',
        authorization: `Bearer ${session}`,
        ...headers,
      },
      body: new ReadableStream(),
      ...({ duplex: 'half' } as object),
    });
  };
/** Asks for a challenge that nobody can verify. */
const withChallenge = () =>
  startRelayInProcess(
    SETTLED,
    { fetch: () => Promise.reject(new Error('away')) },
    { challenge: { verify: 'https://challenge.example/verify', secret: 'CHALLENGE_SECRET' } },
  );
const openedFrom =
  (peer: string): Call =>
  async ({ relay }) => {
    const headers = { origin: SANDBOX_ORIGIN };
    return relay.fetch(new Request('https://relay.example/v1/flows/welcome?entry=x', { headers }), { peer });
  };

type Case = readonly [operation: string, status: number, call: Call, relay?: () => RelayInProcess];

/** What the paths where the visitor credential speaks answer alike. */
const answersAt = (name: string, path: string): readonly Case[] => [
  [name, 204, asVisitor(path)],
  [name, 400, ({ post }) => post(path, { visitor: 7 })],
  [name, 401, ({ post }) => post(path, { visitor: 'forged', sent: '2026-01-15T10:00:00.000Z' })],
  [name, 403, ({ post }) => post(path, {}, { origin: 'https://evil.example' })],
  [name, 405, get(path)],
  [name, 408, endless(path), hurried],
  [name, 413, ({ post }) => post(path, TOO_LARGE)],
  [name, 415, asVisitor(path, {}, { 'content-type': 'text/plain' })],
  [name, 429, ({ post }) => post(path, {}), overrun],
];

const TOO_LARGE = JSON.stringify('a'.repeat(300_000));

/** What is asked, of which operation, and the answer's status. */
const CASES: readonly Case[] = [
  ['openSession', 200, ({ post }) => post('/v1/sessions', {})],
  ['openSession', 400, ({ post }) => post('/v1/sessions', { visitor: 7 })],
  ['openSession', 403, ({ post }) => post('/v1/sessions', {}, { origin: 'https://evil.example' })],
  ['openSession', 403, ({ post }) => post('/v1/sessions', {}), withChallenge],
  ['openSession', 405, get('/v1/sessions')],
  ['openSession', 408, endless('/v1/sessions'), hurried],
  ['openSession', 413, ({ post }) => post('/v1/sessions', TOO_LARGE)],
  ['openSession', 415, ({ post }) => post('/v1/sessions', '{}', { 'content-type': 'text/plain' })],
  ['openSession', 429, ({ post }) => post('/v1/sessions', {}), overrun],
  ['openSession', 503, ({ post }) => post('/v1/sessions', { challenge: 'a token' }), withChallenge],
  ['submit', 200, ({ submit }) => submit([createSubmission()])],
  ['submit', 200, ({ submit }) => submit([createSubmission(), createSubmission()]), oneLater],
  ['submit', 200, submitAs({}, { submissions: [], losses: { age: 1, storage: 2 } })],
  ['submit', 400, submitAs({}, { submissions: [] })],
  ['submit', 401, ({ post }) => post('/v1/submissions', {})],
  ['submit', 401, submitAs({ origin: SECOND_ORIGIN })],
  ['submit', 403, submitAs({ origin: 'https://evil.example' })],
  ['submit', 405, get('/v1/submissions')],
  ['submit', 408, endless('/v1/submissions'), hurried],
  ['submit', 413, submitAs({}, TOO_LARGE)],
  ['submit', 413, submitAs({ 'content-length': '300000' }, '{}')],
  ['submit', 415, submitAs({ 'content-type': 'text/plain' }, '{}')],
  ['submit', 422, ({ submit }) => submit([createSubmission({ flow: 'other' })])],
  ['submit', 429, ({ post }) => post('/v1/submissions', {}), overrun],
  ['submit', 500, ({ submit }) => submit([createSubmission()]), broken],
  ['submit', 503, ({ submit }) => submit([createSubmission()]), later],
  ...answersAt('depart', '/v1/departures'),
  ['depart', 204, asVisitor('/v1/departures', left()), withEvents],
  ['depart', 422, asVisitor('/v1/departures', left({ flow: 'other' })), withEvents],
  [
    'depart',
    503,
    asVisitor('/v1/departures', { back: '019b0000-0000-7000-8000-0000000000aa' }),
    withBrokenStore,
  ],
  ...answersAt('withdraw', '/v1/withdrawals'),
  ['withdraw', 503, asVisitor('/v1/withdrawals'), withBrokenStore],
  ['eraseVisitor', 204, erasing()],
  ['eraseVisitor', 401, erasing({ authorization: 'Bearer forged' })],
  ['eraseVisitor', 403, erasing({ origin: 'https://evil.example' })],
  ['eraseVisitor', 405, get('/v1/visitor')],
  ['eraseVisitor', 429, withoutSession, overrun],
  ['eraseVisitor', 503, erasing(), withBrokenStore],
  ['getFlow', 200, get('/v1/flows/welcome?locale=ja')],
  ['getFlow', 304, get('/v1/flows/welcome', { 'if-none-match': '*' })],
  ['makeEntryLink', 200, order({ flow: 'welcome', cohort: 'spring', site: 'brand' })],
  ['makeEntryLink', 400, order({ flow: 'welcome', kohort: 'spring' })],
  ['makeEntryLink', 401, order({ flow: 'welcome' }, { authorization: 'Bearer wrong' })],
  ['makeEntryLink', 405, get('/v1/entry-links')],
  ['makeEntryLink', 408, endless('/v1/entry-links', { authorization: `Bearer ${ENTRY_LINK_KEY}` }), hurried],
  ['makeEntryLink', 413, order(TOO_LARGE)],
  ['makeEntryLink', 415, order('{}', { 'content-type': 'text/plain' })],
  ['makeEntryLink', 422, order({ flow: 'other', site: 'brand' })],
  ['makeEntryLink', 429, order({ flow: 'welcome' }, { authorization: 'Bearer wrong' }), overrun],
  ['getFlow', 404, get('/v1/flows/other')],
  ['getFlow', 405, ({ post }) => post('/v1/flows/welcome', {})],
  ['getFlow', 429, openedFrom('203.0.113.7'), overrun],
  ['getFlow', 500, get('/v1/flows/welcome'), broken],
  ['getFlowSchema', 200, get('/flow.schema.json')],
  ['getFlowSchema', 304, get('/flow.schema.json', { 'if-none-match': '*' })],
  ['getFlowSchema', 405, ({ post }) => post('/flow.schema.json', {})],
  ['getDescription', 200, get('/openapi.json')],
  ['getDescription', 304, get('/openapi.json', { 'if-none-match': '*' })],
  ['getDescription', 405, ({ post }) => post('/openapi.json', {})],
  ['getHealth', 200, get('/healthz')],
  ['getHealth', 405, ({ post }) => post('/healthz', {})],
  ['getReadiness', 200, get('/readyz')],
  ['getReadiness', 503, get('/readyz'), withFullDisk],
  ['getReadiness', 405, ({ post }) => post('/readyz', {})],
  ['getAsset', 200, get('/parley.js')],
  ['getAsset', 304, get('/parley.js', { 'if-none-match': '"1"' })],
  ['getAsset', 404, get('/other.js')],
  ['getAsset', 405, ({ post }) => post('/parley.js', {})],
];

describe('an answer of the relay is as described', () => {
  for (const [name, status, call, start = startRelayInProcess] of CASES) {
    it(`${name}: ${status}`, async () => {
      const response = await call(start());
      assert.equal(response.status, status, await response.clone().text());
      const answer = resolved(
        operations.find(({ operation }) => operation.operationId === name)?.operation.responses[
          status
        ] as Answer,
      );
      for (const [header, described] of Object.entries(answer.headers ?? {})) {
        const { required = false, schema } = resolved(described);
        const value = response.headers.get(header);
        assert.ok(value !== null || !required, `${header} is missing`);
        if (value !== null) checkValue(schema, /^\d+$/.test(value) ? Number(value) : value);
      }
      const [type = '', media] = Object.entries(answer.content ?? {})[0] ?? [];
      const body = await response.text();
      if (!media) {
        assert.equal(body, '');
        return;
      }
      assert.equal(response.headers.get('content-type')?.split(';')[0], type);
      checkValue(media.schema, type.endsWith('json') ? JSON.parse(body) : body);
    });
  }

  it('in every status that is described', () => {
    const shown = new Set(CASES.map(([name, status]) => `${name}: ${status}`));
    const described = operations.flatMap(({ operation }) =>
      Object.keys(operation.responses).map((status) => `${operation.operationId}: ${status}`),
    );
    // What no request brings about: only a fault of the relay's own.
    assert.deepEqual(
      described.filter((each) => !shown.has(each) && !each.endsWith(': 500')),
      [],
    );
  });
});
