/** Many of the same: each against a relay of its own, which counts as it does by default. */
import assert from 'node:assert/strict';
import { DEFAULT_LIMITS } from '../../server/doors/limits.ts';
import type { FuzzAnswer } from '../fuzz/exchange.ts';
import { SANDBOX_ORIGIN } from '../server/relay-fixture.ts';
import type { Attack } from './attack.ts';
import { submissionOf } from './submission.ts';
import { bearer, ENTRY_LINK_KEY, KEYS, type Target } from './target.ts';
import { identity, rsa } from './tokens.ts';

/** No window of a day ends while a row runs, but at midnight. */
const DAY = 86_400_000;
const limit = (name: keyof typeof DEFAULT_LIMITS) => ({ [name]: { ...DEFAULT_LIMITS[name], window: DAY } });

/** Entries of what Ada has done before: she got a session and submitted. */
const SETTING_OUT = 2;

/** Requests under way at once. */
const AT_ONCE = 20;

/** @returns how many of the answers have each status, and the last of them */
async function many(
  count: number,
  send: (number: number) => Promise<FuzzAnswer>,
): Promise<{ readonly statuses: Readonly<Record<string, number>>; readonly last: FuzzAnswer }> {
  const statuses: Record<string, number> = {};
  let next = 0;
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    while (next < count) {
      const { status } = await send((next += 1));
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  });
  await Promise.all(lanes);
  return { statuses, last: await send((next += 1)) };
}

const LOOPBACK = ['127.0.0.1'];
const from = (address: string) => ({ 'x-forwarded-for': address });

const isRefused = { status: 429, says: /Too many/ } as const;

/** Somebody elsewhere is let in, and the log has said it once. */
const isNoOneElses = (path: string, body: object, headers: Readonly<Record<string, string>>) => {
  return async (target: Target) => {
    const answer = await target.post(path, body, headers);
    assert.notEqual(answer.status, 429, answer.text);
    assert.equal(target.entries.filter(({ event }) => event === 'limit_reached').length, 1);
  };
};

const crowd = (
  name: string,
  addressOf: (number: number) => string,
  proxies: readonly string[],
  /** For how many its addresses count. */
  clients = 1,
): Attack => ({
  name,
  relay: { limits: limit('newVisitors'), trustedProxies: proxies },
  async send(target) {
    const allowed = clients * DEFAULT_LIMITS.newVisitors.limit;
    const { statuses, last } = await many(allowed + 200, (number) =>
      target.post('/v1/sessions', {}, from(addressOf(number))),
    );
    // Ada is one of them where addresses are not told apart.
    // Of what counts for several, those pass who come while the store counts.
    const most = clients === 1 ? allowed : allowed + AT_ONCE;
    assert.ok((statuses[200] ?? 0) <= most, JSON.stringify(statuses));
    assert.ok((statuses[200] ?? 0) >= allowed - 1, JSON.stringify(statuses));
    return last;
  },
  ...isRefused,
});

export const CROWDS: readonly Attack[] = [
  {
    name: 'of thousands of visitors from one address: no more of them are made, and others are',
    relay: { limits: limit('newVisitors'), trustedProxies: LOOPBACK },
    async send(target) {
      const { statuses, last } = await many(2_000, () =>
        target.post('/v1/sessions', {}, from('203.0.113.7')),
      );
      assert.deepEqual(statuses, { 200: 200, 429: 1_800 });
      return last;
    },
    ...isRefused,
    after: isNoOneElses('/v1/sessions', {}, from('198.51.100.9')),
  },
  crowd(
    'that makes its addresses up, where nothing stands before the relay',
    (number) => `10.0.${number >> 8}.${number & 255}`,
    [],
  ),
  crowd(
    'that makes its addresses up before a proxy of ours writes its own',
    (number) => `10.0.${number >> 8}.${number & 255}, 203.0.113.7`,
    LOOPBACK,
  ),
  crowd('out of one network of IPv6', (number) => `2001:db8::${number.toString(16)}`, LOOPBACK),
  crowd(
    'out of all networks of IPv6 that a home has',
    (number) => `2001:db8:1:${(number & 255).toString(16)}::${number.toString(16)}`,
    LOOPBACK,
    4,
  ),
  crowd(
    'that writes one address in many ways',
    (number) => `::ffff:203.0.113.7:${number}`.slice(7),
    LOOPBACK,
  ),
  {
    name: 'of requests from one address: who is elsewhere is let in',
    relay: { limits: limit('address'), trustedProxies: LOOPBACK },
    async send(target) {
      const { statuses, last } = await many(1_400, () =>
        target.post('/v1/submissions', submissionOf(), from('203.0.113.7')),
      );
      assert.deepEqual(statuses, { 401: 1_200, 429: 200 });
      return last;
    },
    ...isRefused,
    after: isNoOneElses('/v1/sessions', {}, from('198.51.100.9')),
  },
  {
    name: 'of images that a page anywhere asks for: visitors of that address are let in',
    relay: { limits: { ...limit('address'), ...limit('misses') }, trustedProxies: LOOPBACK },
    async send(target) {
      const { statuses, last } = await many(1_400, (number) =>
        target.send({ path: `/x${number}`, headers: from('203.0.113.7') }),
      );
      assert.deepEqual(statuses, { 404: 1_200, 429: 200 });
      assert.equal(target.entries.filter(({ event }) => event === 'request').length, 1_200 + SETTING_OUT);
      return last;
    },
    ...isRefused,
    after: async (target) => {
      const { session } = await target.session();
      const losses = { submissions: [], losses: { age: 1 } };
      await isNoOneElses('/v1/submissions', losses, { ...from('203.0.113.7'), ...bearer(session) })(target);
    },
  },
  {
    name: 'of erasures of one visitor, again and again: others of that address are erased',
    relay: { limits: limit('erasures'), trustedProxies: LOOPBACK },
    async send(target) {
      const erase = (session: string) =>
        target.send({
          method: 'DELETE',
          path: '/v1/visitor',
          headers: { origin: SANDBOX_ORIGIN, ...bearer(session), ...from('203.0.113.7') },
        });
      const { session } = await target.session();
      // Of those that come at once some are told to come again.
      await many(100, () => erase(session));
      assert.equal((await erase(session)).status, 204);
      return erase((await target.session()).session);
    },
    status: 204,
  },
  {
    name: 'of one visitor’s requests, from everywhere: others are let in',
    relay: { limits: limit('visitor'), trustedProxies: LOOPBACK },
    async send(target) {
      const { session } = await target.session();
      const { statuses, last } = await many(800, (number) =>
        target.post(
          '/v1/submissions',
          { submissions: [], losses: { age: 1 } },
          {
            ...from(`10.0.${number >> 8}.${number & 255}`),
            ...bearer(session),
          },
        ),
      );
      assert.deepEqual(statuses, { 200: 600, 429: 200 });
      return last;
    },
    ...isRefused,
    after: async (target) => {
      const { session } = await target.session();
      const losses = { submissions: [], losses: { age: 1 } };
      await isNoOneElses('/v1/submissions', losses, bearer(session))(target);
    },
  },
  {
    name: 'of visitors with one word of the brand’s backend, from everywhere: others are let in',
    relay: { limits: limit('visitor'), trustedProxies: LOOPBACK },
    async send(target) {
      const signed = rsa({ alg: 'RS256' }, identity());
      const { statuses, last } = await many(800, (number) =>
        target.post('/v1/sessions', { identity: signed }, from(`10.0.${number >> 8}.${number & 255}`)),
      );
      assert.deepEqual(statuses, { 200: 600, 429: 200 });
      return last;
    },
    ...isRefused,
    after: (target) =>
      isNoOneElses(
        '/v1/sessions',
        { identity: rsa({ alg: 'RS256' }, identity({ sub: 'customer-2' })) },
        from('10.0.0.1'),
      )(target),
  },
  {
    name: 'of identities that are made up, from one address',
    relay: { limits: limit('address'), trustedProxies: LOOPBACK },
    async send(target) {
      const forged = rsa({ alg: 'RS256', kid: 'any' }, identity(), KEYS.strange.privateKey);
      const { visitor } = await target.session();
      const { statuses, last } = await many(1_400, () =>
        target.post('/v1/sessions', { visitor, identity: forged }, from('203.0.113.7')),
      );
      assert.deepEqual(statuses, { 200: 1_200, 429: 200 });
      // Each line tells of a signature that was checked.
      assert.equal(target.entries.filter(({ event }) => event === 'identity_refused').length, 1_200);
      return last;
    },
    ...isRefused,
    after: isNoOneElses('/v1/sessions', {}, from('198.51.100.9')),
  },
  {
    name: 'of strangers at one site: who has a session, or has been here, is let in',
    relay: { limits: { site: { limit: 300, window: DAY } }, trustedProxies: LOOPBACK },
    async send(target) {
      const { statuses, last } = await many(600, (number) =>
        target.post('/v1/sessions', {}, from(`10.0.${number >> 8}.${number & 255}`)),
      );
      // Ada has been one of them.
      assert.deepEqual(statuses, { 200: 299, 429: 301 });
      return last;
    },
    ...isRefused,
    after: async (target) => {
      const { grant } = target.ada;
      const known = await target.session({ visitor: grant.visitor });
      const losses = { submissions: [], losses: { age: 1 } };
      for (const { session } of [grant, known])
        await isNoOneElses('/v1/submissions', losses, bearer(session))(target);
    },
  },
  {
    name: 'of erasures of visitors who were saved up: others are erased',
    relay: { limits: limit('erasures'), trustedProxies: LOOPBACK },
    async send(target) {
      const sessions = await Promise.all(Array.from({ length: 61 }, () => target.session()));
      const { statuses, last } = await many(60, (number) =>
        target.send({
          method: 'DELETE',
          path: '/v1/visitor',
          headers: {
            origin: SANDBOX_ORIGIN,
            ...bearer(sessions[number - 1]?.session ?? ''),
            ...from('203.0.113.7'),
          },
        }),
      );
      assert.deepEqual(statuses, { 204: 30, 429: 30 });
      return last;
    },
    ...isRefused,
    after: async (target) => {
      const { session } = await target.session();
      const { status, text } = await target.send({
        method: 'DELETE',
        path: '/v1/visitor',
        headers: { origin: SANDBOX_ORIGIN, ...bearer(session), ...from('198.51.100.9') },
      });
      assert.equal(status, 204, text);
    },
  },
  {
    name: 'of keys that are guessed: the right one still passes',
    relay: { limits: limit('wrongKeys'), trustedProxies: LOOPBACK },
    async send(target) {
      const { statuses, last } = await many(100, (number) =>
        target.post('/v1/entry-links', {}, { ...from('203.0.113.7'), ...bearer(`guess-${number}`) }),
      );
      assert.deepEqual(statuses, { 401: 10, 429: 90 });
      return last;
    },
    ...isRefused,
    after: isNoOneElses(
      '/v1/entry-links',
      { flow: 'welcome', site: 'brand', environment: 'sandbox' },
      { ...from('203.0.113.7'), ...bearer(ENTRY_LINK_KEY) },
    ),
  },
  {
    name: 'of keys that are guessed from everywhere',
    relay: { limits: limit('wrongKeysInAll'), trustedProxies: LOOPBACK },
    async send(target) {
      const { statuses, last } = await many(300, (number) =>
        target.post(
          '/v1/entry-links',
          {},
          {
            ...from(`10.0.${number >> 8}.${number & 255}`),
            ...bearer(`guess-${number}`),
          },
        ),
      );
      assert.deepEqual(statuses, { 401: 100, 429: 200 });
      return last;
    },
    ...isRefused,
  },
  {
    name: 'of entry links that are tried: flows are still everybody’s',
    relay: { limits: limit('entryOpens'), trustedProxies: LOOPBACK },
    async send(target) {
      const open = (number: number) =>
        target.send({
          path: `/v1/flows/welcome?entry=guess-${number}`,
          headers: { origin: SANDBOX_ORIGIN, ...from('203.0.113.7') },
        });
      const { statuses, last } = await many(600, open);
      assert.deepEqual(statuses, { 200: 300, 429: 300 });
      const flow = await target.send({
        path: '/v1/flows/welcome',
        headers: { origin: SANDBOX_ORIGIN, ...from('203.0.113.7') },
      });
      assert.equal(flow.status, 200);
      return last;
    },
    ...isRefused,
  },
];
