/** What another visitor has said, is about to say, or has asked for: each of these is for them alone. */
import assert from 'node:assert/strict';
import { OTHER_ORIGIN, SANDBOX_ORIGIN } from '../server/relay-fixture.ts';
import type { SubmissionsResponse } from '../../widget/contract/wire.ts';
import type { Attack } from './attack.ts';
import { markedSubmission, submissionOf } from './submission.ts';
import { bearer, type Target } from './target.ts';
import { claimsOf } from './tokens.ts';

const CONVERSATION = '019b0000-0000-7000-8000-aaaaaaaaaaaa';

const departureOf = (conversation: string) => ({
  ...markedSubmission(),
  id: `${conversation}.3.abandoned`,
  node: 'email',
});

const leave = (target: Target, visitor: string) =>
  target.post('/v1/departures', {
    visitor,
    sent: new Date().toISOString(),
    left: { ...departureOf(CONVERSATION), time: new Date().toISOString() },
  });

const comeBack = (target: Target, visitor: string) =>
  target.post('/v1/departures', { visitor, sent: new Date().toISOString(), back: CONVERSATION });

/** Erases whoever holds the session, whatever else is said. */
const erase = (target: Target, session: string, path = '/v1/visitor', more: object = {}) =>
  target.send({
    method: 'DELETE',
    path,
    headers: { origin: SANDBOX_ORIGIN, ...bearer(session), ...more },
  });

/** An honest visitor of the row, who has left a conversation; she is back with it at the end, so that nothing is left over. */
const whileSheIsAway = (
  name: string,
  status: number,
  attack: (target: Target) => ReturnType<Target['post']>,
): Attack => ({
  name,
  async send(target) {
    const before = (await target.store.stats()).provisional;
    const victim = await target.session();
    assert.equal((await leave(target, victim.visitor)).status, 204);
    const answer = await attack(target);
    assert.equal((await target.store.stats()).provisional, before + 1, 'that she has left is known no more');
    assert.equal((await comeBack(target, victim.visitor)).status, 204);
    return answer;
  },
  status,
});

export const OTHERS: readonly Attack[] = [
  {
    name: 'a submission under her id is one of their own: her receipt is not for them, and her profile not either',
    async send(target) {
      const { session } = await target.session();
      return target.post('/v1/submissions', submissionOf({ id: target.ada.submission }), bearer(session));
    },
    status: 200,
    writes: 1,
    after: (target, { body }) => {
      assert.equal((JSON.parse(body) as SubmissionsResponse).receipts[0]?.outcome, 'success');
      const { path, body: written } = target.braze.emulator.journal().at(-1) ?? {};
      assert.equal(path, '/users/track');
      assert.ok(!JSON.stringify(written).includes(target.ada.id), 'it was written to her');
    },
  },
  {
    name: 'a correction of what she has said changes nothing of hers',
    async send(target) {
      const { session } = await target.session();
      return target.post(
        '/v1/submissions',
        submissionOf({ corrects: target.ada.submission }),
        bearer(session),
      );
    },
    status: 200,
    writes: 1,
    after: (target) => {
      const { body } = target.braze.emulator.journal().at(-1) ?? {};
      assert.ok(!JSON.stringify(body).includes(target.ada.id), 'it was written to her');
    },
  },
  ...(
    [
      ['her visitor id beside the submission', { visitor_id: 'ada' }],
      ['her alias', { user_alias: { alias_name: 'ada', alias_label: 'parley' } }],
      ['an external_id', { external_id: 'customer-1' }],
      ['a braze_id', { braze_id: 'b' }],
      ['a visitor with an id', { visitor: { id: 'ada', returning: true, visits: 1 } }],
    ] as const
  ).map(([name, change]): Attack => ({
    name: `${name} in a submission is refused`,
    async send(target) {
      const { session } = await target.session();
      return target.post('/v1/submissions', submissionOf(change), bearer(session));
    },
    status: 400,
    says: /unknown key/,
  })),
  {
    name: 'DELETE with her id in the path, the query, a header and the body erases who asks',
    async send(target) {
      const { session, visitor } = await target.session();
      const { id, grant } = target.ada;
      const answer = await target.send({
        method: 'DELETE',
        path: `/v1/visitor?visitor=${id}&id=${id}`,
        headers: {
          origin: SANDBOX_ORIGIN,
          'content-type': 'application/json',
          'x-visitor': id,
          ...bearer(session),
        },
        body: { visitor: grant.visitor, id },
      });
      assert.equal(await target.store.isErased(claimsOf(visitor).sub ?? ''), true);
      assert.equal(await target.store.isErased(id), false);
      return answer;
    },
    status: 204,
  },
  {
    name: 'DELETE of a path with her id is nothing',
    send: (target) => erase(target, target.ada.grant.session, `/v1/visitor/${target.ada.id}`),
    status: 404,
    after: async (target) => assert.equal(await target.store.isErased(target.ada.id), false),
  },
  {
    name: 'DELETE with her visitor credential in the place of a session',
    send: (target) => erase(target, target.ada.grant.visitor),
    status: 401,
    after: async (target) => assert.equal(await target.store.isErased(target.ada.id), false),
  },
  {
    name: 'DELETE with her session from a page of another site',
    send: (target) => erase(target, target.ada.grant.session, '/v1/visitor', { origin: OTHER_ORIGIN }),
    status: 401,
    after: async (target) => assert.equal(await target.store.isErased(target.ada.id), false),
  },
  {
    name: 'DELETE with her session from a page that is on no list',
    send: (target) =>
      erase(target, target.ada.grant.session, '/v1/visitor', { origin: 'https://evil.example' }),
    status: 403,
    after: async (target) => assert.equal(await target.store.isErased(target.ada.id), false),
  },
  whileSheIsAway('their word that they are back with her conversation is not hers', 204, async (target) => {
    const { visitor } = await target.session();
    return comeBack(target, visitor);
  }),
  whileSheIsAway('their withdrawal drops nothing of hers', 204, async (target) => {
    const { visitor } = await target.session();
    return target.post('/v1/withdrawals', { visitor });
  }),
  whileSheIsAway('their erasure drops nothing of hers', 204, async (target) => {
    const { session } = await target.session();
    return erase(target, session);
  }),
  whileSheIsAway('their departure from her conversation stands beside hers', 204, async (target) => {
    const { visitor } = await target.session();
    assert.equal((await leave(target, visitor)).status, 204);
    return target.post('/v1/withdrawals', { visitor });
  }),
  whileSheIsAway(
    'a submission of theirs in her conversation does not say that she is back',
    200,
    async (target) => {
      const { session } = await target.session();
      // Of losses alone, so that nothing is written; and with her conversation in what is refused.
      const refused = await target.post(
        '/v1/submissions',
        submissionOf({ id: `${CONVERSATION}.4`, node: 'nowhere' }),
        bearer(session),
      );
      assert.equal(refused.status, 422);
      return target.post('/v1/submissions', { submissions: [], losses: { age: 1 } }, bearer(session));
    },
  ),
  ...['/v1/departures', '/v1/withdrawals'].map((path): Attack => ({
    name: `her visitor credential at ${path} from a page of another site`,
    send: (target) =>
      target.post(
        path,
        { visitor: target.ada.grant.visitor, sent: new Date().toISOString(), back: CONVERSATION },
        { origin: OTHER_ORIGIN },
      ),
    status: 401,
    says: /credential does not hold/,
  })),
  ...['/v1/departures', '/v1/withdrawals'].map((path): Attack => ({
    name: `her session in the place of the credential at ${path}`,
    send: (target) =>
      target.post(path, {
        visitor: target.ada.grant.session,
        sent: new Date().toISOString(),
        back: CONVERSATION,
      }),
    status: 401,
    says: /credential does not hold/,
  })),
  {
    name: 'what she has in the spool is delivered, whoever erases themselves meanwhile',
    async send(target) {
      const victim = await target.session();
      target.braze.emulator.setFault({ kind: 'status', status: 500, path: '/users/track', times: 1 });
      const kept = await target.post('/v1/submissions', submissionOf(), bearer(victim.session));
      assert.equal((JSON.parse(kept.body) as SubmissionsResponse).receipts[0]?.outcome, 'queued', kept.text);
      const { session, visitor } = await target.session();
      await target.post('/v1/withdrawals', { visitor });
      const answer = await erase(target, session);
      const id = claimsOf(victim.visitor).sub;
      await target.braze.emulator.until(({ profiles }) =>
        profiles().some(({ user_aliases: aliases }) => aliases.some(({ alias_name: name }) => name === id)),
      );
      return answer;
    },
    status: 204,
    writes: 2,
    // The store hears of the answer a moment later.
    after: async (target) => {
      while ((await target.store.stats()).unsettled > 0) await new Promise(setImmediate);
    },
  },
];
