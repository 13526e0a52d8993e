/** Entry links that are made up, meant for somebody else, or asked for by somebody else. */
import assert from 'node:assert/strict';
import type { SubmissionsResponse } from '../../widget/contract/wire.ts';
import { createEntryLinks } from '../../server/entry-links.ts';
import { OTHER_ORIGIN, PROD_ORIGIN, SANDBOX_ORIGIN, SESSION_SECRET } from '../server/relay-fixture.ts';
import type { Attack } from './attack.ts';
import { submissionOf } from './submission.ts';
import { bearer, ENTRY_LINK_KEY, type Target } from './target.ts';
import { identity, rsa } from './tokens.ts';

const DAY = 86_400_000;

const REQUEST = {
  site: 'brand',
  environment: 'sandbox',
  flow: 'welcome',
  cohort: 'vip',
  external_id: 'customer-9',
} as const;

interface Making {
  readonly change?: Partial<Record<keyof typeof REQUEST, string>>;
  /** Milliseconds ago. */
  readonly age?: number;
  readonly secret?: string;
}

let made = 0;

/** As the relay makes one, at another time, of other things, or with another secret. */
function link({ change = {}, age = 0, secret = SESSION_SECRET }: Making = {}): Promise<string> {
  const links = createEntryLinks(
    { sessionSecret: () => new TextEncoder().encode(secret) },
    { clock: () => Date.now() - age, createId: () => `link-${(made += 1)}` },
  );
  return links.make({ ...REQUEST, ...(change as object) }, DAY);
}

/** A visitor submits with it. */
const submitWith = async (target: Target, token: string, told: object = {}, request: object = {}) => {
  const { session } = await target.session(request);
  return target.post('/v1/submissions', submissionOf({ entry: { link: token, ...told } }), bearer(session));
};

/** It is taken as if there were no link: what they say is on their own profile, and on nobody else's. */
const holdsNot = (name: string, make: () => string | Promise<string>, reason = 'forged'): Attack => {
  let before = 0;
  return {
    name: `${name} does not hold`,
    async send(target) {
      before = target.entries.length;
      return submitWith(target, await make());
    },
    status: 200,
    writes: 1,
    after: (target, { body }) => {
      assert.equal((JSON.parse(body) as SubmissionsResponse).receipts[0]?.outcome, 'success');
      const { rawBody = '' } = target.braze.emulator.journal().at(-1) ?? {};
      assert.doesNotMatch(rawBody, /customer-9|external_id|vip/);
      const refusals = target.entries.slice(before).filter(({ event }) => event === 'entry_refused');
      assert.deepEqual(
        refusals.map((entry) => entry.reason),
        [reason],
      );
    },
  };
};

const opens = (name: string, make: () => string | Promise<string>, origin = SANDBOX_ORIGIN): Attack => ({
  name: `${name} opens the flow as anybody’s`,
  send: async (target) =>
    target.send({
      path: `/v1/flows/welcome?entry=${encodeURIComponent(await make())}`,
      headers: { origin },
    }),
  status: 200,
  after: (_, { body }) => assert.equal((JSON.parse(body) as { entry?: unknown }).entry, undefined),
});

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const ask = (target: Target, order: object, headers: Readonly<Record<string, string>>) =>
  target.send({
    method: 'POST',
    path: '/v1/entry-links',
    headers: { 'content-type': 'application/json', ...headers },
    body: order,
  });

const ORDER = { flow: 'welcome', site: 'brand', environment: 'sandbox', external_id: 'customer-9' };

const refusedOrder = (
  name: string,
  headers: (target: Target) => Readonly<Record<string, string>>,
): Attack => ({
  name: `asked for with ${name}`,
  send: (target) => ask(target, ORDER, headers(target)),
  status: 401,
  says: /key is missing or wrong/,
  after: (_, { headers: told }) => assert.equal(told.get('access-control-allow-origin'), undefined),
});

const badOrder = (name: string, change: object, status: number, says: RegExp): Attack => ({
  name: `with the right key, ${name}`,
  send: (target) => ask(target, { ...ORDER, ...change }, bearer(ENTRY_LINK_KEY)),
  status,
  says,
});

export const LINKS: readonly Attack[] = [
  holdsNot('one that is words', () => 'not.a.link'),
  holdsNot('one of another relay', () => link({ secret: 'another-secret-of-another-relay' })),
  holdsNot('one with a letter changed', async () => {
    const token = await link();
    return `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
  }),
  holdsNot('one that is signed and not encrypted', () =>
    rsa({ alg: 'RS256' }, { ...REQUEST, ...identity() }),
  ),
  holdsNot('one with alg "none"', () => `${part({ alg: 'none' })}.${part(REQUEST)}.`),
  holdsNot('one that brings its own key (RSA-OAEP)', async () =>
    [part({ alg: 'RSA-OAEP', enc: 'A256GCM' }), ...(await link()).split('.').slice(1)].join('.'),
  ),
  holdsNot('one that would take a billion rounds to open (PBES2, p2c)', async () =>
    [
      part({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2s: 'c2FsdA', p2c: 1_000_000_000 }),
      ...(await link()).split('.').slice(1),
    ].join('.'),
  ),
  holdsNot('one that would be large, were it unpacked (zip)', async () =>
    [part({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' }), ...(await link()).split('.').slice(1)].join('.'),
  ),
  holdsNot('one of another site', () => link({ change: { site: 'other' } }), 'other_site'),
  holdsNot(
    'one of the other environment',
    () => link({ change: { environment: 'prod' } }),
    'other_environment',
  ),
  holdsNot('one that has expired', () => link({ age: 40 * DAY }), 'expired'),
  {
    name: 'one with a cohort beside it tells what the link tells',
    send: async (target) =>
      submitWith(target, await link({ change: { cohort: 'plain' } }), { cohort: 'vip', campaign: 'forged' }),
    status: 200,
    writes: 1,
    after: (target) =>
      assert.doesNotMatch(target.braze.emulator.journal().at(-1)?.rawBody ?? '', /vip|forged/),
  },
  {
    name: 'one with an external_id beside it is refused or passed over',
    send: async (target) =>
      submitWith(target, await link({ change: { external_id: 'customer-8' } }), {
        external_id: 'customer-1',
      }),
    status: 200,
    writes: 1,
    after: (target) =>
      assert.doesNotMatch(target.braze.emulator.journal().at(-1)?.rawBody ?? '', /customer-1"/),
  },
  {
    name: 'a personal one, replayed by a second visitor, writes to the second one’s own profile',
    async send(target) {
      const token = await link({ change: { external_id: 'customer-7' } });
      assert.equal((await submitWith(target, token)).status, 200);
      const answer = await submitWith(target, token);
      assert.doesNotMatch(target.braze.emulator.journal().at(-1)?.rawBody ?? '', /customer-7/);
      return answer;
    },
    status: 200,
    writes: 2,
    after: ({ entries }) => assert.ok(entries.slice(-9).some(({ reason }) => reason === 'taken')),
  },
  {
    name: 'a personal one, opened by twenty at once, writes one of them to its profile at most',
    async send(target) {
      const token = await link({ change: { external_id: 'customer-6' } });
      const before = target.braze.emulator.journal().length;
      const answers = await Promise.all(Array.from({ length: 20 }, () => submitWith(target, token)));
      const written = target.braze.emulator
        .journal()
        .slice(before)
        .map(({ rawBody }) => rawBody)
        .join('\n');
      const isTheirs = (name: string) => written.split(name).length - 1;
      // Each submission has attributes and an event.
      assert.ok(isTheirs('"external_id":"customer-6"') <= 2, written);
      return answers.at(-1) as Awaited<ReturnType<Target['post']>>;
    },
    status: 200,
    writes: 20,
  },
  {
    name: 'a personal one of another person leaves who is signed in who they are',
    send: async (target) =>
      submitWith(
        target,
        await link({ change: { external_id: 'customer-5' } }),
        {},
        {
          identity: rsa({ alg: 'RS256' }, identity({ sub: 'customer-4' })),
        },
      ),
    status: 200,
    writes: 1,
    after: (target) => {
      const { rawBody = '' } = target.braze.emulator.journal().at(-1) ?? {};
      assert.match(rawBody, /customer-4/);
      assert.doesNotMatch(rawBody, /customer-5/);
    },
  },
  opens('one that is words', () => 'x'),
  opens('one that is longer than any', () => 'x.'.repeat(3_000)),
  opens('one that has expired', () => link({ age: 2 * DAY })),
  opens('one of this site, on a page of another', () => link(), OTHER_ORIGIN),
  opens('one of the sandbox, on a page of the real site', () => link(), PROD_ORIGIN),
  opens('one on a page of nobody’s', () => link(), 'https://evil.example'),
  {
    name: 'one that holds tells no page whose profile it is',
    send: async (target) =>
      target.send({
        path: `/v1/flows/welcome?entry=${await link()}`,
        headers: { origin: SANDBOX_ORIGIN },
      }),
    status: 200,
    after: (_, { body, headers }) => {
      assert.deepEqual((JSON.parse(body) as { entry?: unknown }).entry, { cohort: 'vip' });
      assert.doesNotMatch(body, /customer-9/);
      assert.equal(headers.get('cache-control'), 'private, no-store');
    },
  },
  refusedOrder('no key', () => ({})),
  refusedOrder('a wrong key', () => bearer('a-key-for-entry-links-that-is-wrong')),
  refusedOrder('the beginning of the key', () => bearer(ENTRY_LINK_KEY.slice(0, -1))),
  refusedOrder('a session', ({ ada }) => ({ origin: SANDBOX_ORIGIN, ...bearer(ada.grant.session) })),
  refusedOrder('an identity of the brand’s backend', () => bearer(rsa({ alg: 'RS256' }, identity()))),
  refusedOrder('the key as a password', () => ({
    authorization: `Basic ${Buffer.from(`:${ENTRY_LINK_KEY}`).toString('base64')}`,
  })),
  {
    name: 'asked for by a page: no preflight allows it',
    send: (target) =>
      target.send({
        method: 'OPTIONS',
        path: '/v1/entry-links',
        headers: { origin: SANDBOX_ORIGIN, 'access-control-request-method': 'POST' },
      }),
    status: 204,
    after: (_, { headers }) => assert.equal(headers.get('access-control-allow-origin'), undefined),
  },
  badOrder('to a page of somebody else', { page: 'https://evil.example/' }, 422, /page is at/),
  badOrder('to a script', { page: 'javascript:alert(1)' }, 422, /page is at/),
  badOrder(
    'to a page with the brand’s host as a user',
    { page: `${SANDBOX_ORIGIN}@evil.example/` },
    422,
    /page is/,
  ),
  badOrder('to a flow that is a path', { flow: '../welcome' }, 422, /flow/),
  badOrder('to a flow that every object inherits', { flow: '__proto__' }, 422, /flow/),
  badOrder('with lines in its cohort', { cohort: 'a\r\nset-cookie: a=b' }, 422, /cohort/),
  badOrder('with separators of lines in its external_id', { external_id: 'a\u2028b' }, 422, /external_id/),
  badOrder('with a key that is not known', { braze_id: 'b' }, 400, /unknown/),
  badOrder('for ever', { days: 1e9 }, 422, /days/),
];
