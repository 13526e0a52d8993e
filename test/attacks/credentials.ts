/** Sessions that the relay has not made, or not for this page, or that have ended. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SessionGrant } from '../../widget/contract/wire.ts';
import { OTHER_ORIGIN, PROD_ORIGIN, SANDBOX_ORIGIN, SECOND_ORIGIN } from '../server/relay-fixture.ts';
import type { Attack } from './attack.ts';
import { submissionOf } from './submission.ts';
import { bearer, KEYS, type Target } from './target.ts';
import { changed, claimsOf, headerOf, hmac, identity, now, rsa, unsigned } from './tokens.ts';

const REFUSED = { status: 401, says: /session is missing or has ended/ } as const;

const submitWith = async (target: Target, token: string, origin = SANDBOX_ORIGIN) =>
  target.post('/v1/submissions', submissionOf(), { origin, ...bearer(token) });

/** A submission with a token that is made of the parts of Ada's session. */
const forged = (
  name: string,
  make: (session: string, grant: SessionGrant, target: Target) => string | Promise<string>,
): Attack => ({
  name,
  send: async (target) => submitWith(target, await make(target.ada.grant.session, target.ada.grant, target)),
  ...REFUSED,
});

/** A header that says where the key is, or which it is: signed with that key. */
const withKeyIn = (name: string, header: (jwk: object) => object): Attack =>
  forged(name, (session) => {
    const secret = Buffer.from('a key that the attacker has made up, and has sent along');
    const jwk = { kty: 'oct', alg: 'HS256', k: secret.toString('base64url') };
    return hmac({ ...headerOf(session), ...header(jwk) }, claimsOf(session), secret);
  });

/** @returns how often somebody came for keys to a server of the attacker's, while it was attacked */
async function countFetches(attack: (url: string) => Promise<unknown>): Promise<number> {
  let fetches = 0;
  const server = createServer((_, response) => {
    fetches += 1;
    response.end('{"keys":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await attack(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return fetches;
}

/** A new visitor is made, and it is not Ada. */
const isNobody = (target: Target, body: string) => {
  const { visitor, session } = JSON.parse(body) as SessionGrant;
  assert.notEqual(claimsOf(visitor).sub, target.ada.id);
  assert.equal(claimsOf(session)['ext'], undefined);
};

const asVisitor = (name: string, make: (target: Target) => string | Promise<string>): Attack => ({
  name: `${name} makes nobody Ada`,
  send: async (target) => target.post('/v1/sessions', { visitor: await make(target) }),
  status: 200,
  after: (target, { body }) => isNobody(target, body),
});

export const CREDENTIALS: readonly Attack[] = [
  {
    name: 'that is missing',
    send: (target) => target.post('/v1/submissions', submissionOf()),
    ...REFUSED,
  },
  forged('that is empty', () => ''),
  {
    name: 'in the place of a password',
    send: (target) =>
      target.post('/v1/submissions', submissionOf(), {
        authorization: `Basic ${Buffer.from(`:${target.ada.grant.session}`).toString('base64')}`,
      }),
    ...REFUSED,
  },
  {
    name: 'in the query and in a cookie, where others may see it',
    send: (target) =>
      target.post(`/v1/submissions?access_token=${target.ada.grant.session}`, submissionOf(), {
        cookie: `session=${target.ada.grant.session}`,
      }),
    ...REFUSED,
  },
  {
    name: 'behind another one in one header',
    send: (target) =>
      target.post('/v1/submissions', submissionOf(), {
        authorization: `Bearer x, Bearer ${target.ada.grant.session}`,
      }),
    ...REFUSED,
  },
  forged('with another signature', (session) => `${session.slice(0, -4)}AAAA`),
  forged('with half of its signature', (session) => session.slice(0, -20)),
  forged('with no signature behind its dot', (session) => `${session.split('.').slice(0, 2).join('.')}.`),
  forged('of another visitor over the signature', (session) =>
    changed(session, {}, { sub: '00000000-0000-7000-8000-000000000000' }),
  ),
  forged('with a customer in it over the signature', (session) =>
    changed(session, {}, { ext: 'customer-1', ver: true }),
  ),
  ...['none', 'None', 'NONE', ''].map((alg) =>
    forged(
      `with alg "${alg}"`,
      (session) => `${unsigned({ ...headerOf(session), alg }, claimsOf(session))}.`,
    ),
  ),
  forged('by alg "none", with the signature of a good one', (session) =>
    changed(session, { alg: 'none' }, {}),
  ),
  forged('signed with another secret', (session) =>
    hmac(headerOf(session), claimsOf(session), 'another secret that is long enough for it'),
  ),
  forged('signed with an empty secret', (session) => hmac(headerOf(session), claimsOf(session), '')),
  forged('signed with the name of its key', (session) =>
    hmac(headerOf(session), claimsOf(session), String(headerOf(session).kid)),
  ),
  forged('signed with the brand’s public key as if it were the secret', (session) =>
    hmac(headerOf(session), claimsOf(session), KEYS.brand.publicKey),
  ),
  forged('signed by the brand’s own key, and named as one of the relay’s', (session) =>
    rsa({ ...headerOf(session), alg: 'RS256' }, claimsOf(session)),
  ),
  forged('by another hash than the relay’s', (session) =>
    hmac({ ...headerOf(session), alg: 'HS512' }, claimsOf(session), undefined, 'sha512'),
  ),
  ...[
    ['that is not there', undefined],
    ['of a file', '../../../../dev/null'],
    ['of a query', "' UNION SELECT 'x' --"],
    ['that every object inherits', '__proto__'],
    ['of a key of another relay', 'AAAAAAAA'],
    ['that is a list', [['AAAAAAAA']]],
  ].map(([name, kid]) =>
    forged(`with a name of a key ${String(name)}`, (session) =>
      hmac({ ...headerOf(session), kid }, claimsOf(session)),
    ),
  ),
  withKeyIn('that brings its key along (jwk)', (jwk) => ({ jwk })),
  withKeyIn('that brings its certificate along (x5c)', () => ({
    x5c: [Buffer.from(KEYS.strange.publicKey).toString('base64')],
  })),
  ...['jku', 'x5u'].map((name): Attack => ({
    name: `that says where its key is (${name}): nobody goes there`,
    async send(target) {
      const { session } = target.ada.grant;
      let answer = target.post('/v1/submissions', submissionOf());
      const fetches = await countFetches(
        (url) =>
          (answer = submitWith(target, hmac({ ...headerOf(session), [name]: url }, claimsOf(session), 'x'))),
      );
      assert.equal(fetches, 0);
      return answer;
    },
    ...REFUSED,
  })),
  forged('that asks for an extension nobody knows (crit)', (session) =>
    hmac({ ...headerOf(session), crit: ['x'], x: 1 }, claimsOf(session)),
  ),
  forged('that has ended', (session) =>
    hmac(headerOf(session), { ...claimsOf(session), iat: now() - 700, exp: now() - 100 }),
  ),
  forged('without an end', (session) => hmac(headerOf(session), { ...claimsOf(session), exp: undefined })),
  forged('that is to begin', (session) =>
    hmac(headerOf(session), { ...claimsOf(session), nbf: now() + 600 }),
  ),
  forged('for another audience', (session) =>
    hmac(headerOf(session), { ...claimsOf(session), aud: 'parley' }),
  ),
  forged('for no audience', (session) => hmac(headerOf(session), { ...claimsOf(session), aud: undefined })),
  forged('that is the visitor credential', (_, { visitor }) => visitor),
  forged('that is an identity of the brand’s backend', () => rsa({ alg: 'RS256' }, identity())),
  forged('that is the relay’s word, for the operator’s purposes', (session) =>
    hmac(headerOf(session), { ...claimsOf(session), aud: ['parley:visitor', 'parley:admin'] }),
  ),
  forged('of a site that the relay has not', (session) =>
    hmac(headerOf(session), { ...claimsOf(session), site: '__proto__' }),
  ),
  ...[
    ['on another page of the site', SECOND_ORIGIN],
    ['at another site', OTHER_ORIGIN],
    ['in the other environment', PROD_ORIGIN],
  ].map(([name = '', origin]): Attack => ({
    name: `replayed ${name}`,
    send: (target) => submitWith(target, target.ada.grant.session, origin),
    ...REFUSED,
  })),
  {
    name: 'of a visitor who is erased',
    async send(target) {
      const { session } = await target.session();
      const headers = { origin: SANDBOX_ORIGIN, ...bearer(session) };
      const erased = await target.send({ method: 'DELETE', path: '/v1/visitor', headers });
      assert.equal(erased.status, 204);
      return submitWith(target, session);
    },
    ...REFUSED,
  },
  asVisitor('a visitor credential of one who is erased', async (target) => {
    const { session, visitor } = await target.session();
    await target.send({
      method: 'DELETE',
      path: '/v1/visitor',
      headers: { origin: SANDBOX_ORIGIN, ...bearer(session) },
    });
    const { visitor: next } = await target.session({ visitor });
    assert.notEqual(claimsOf(next).sub, claimsOf(visitor).sub);
    return visitor;
  }),
  asVisitor('her session in the place of a visitor credential', ({ ada }) => ada.grant.session),
  asVisitor('her credential with alg "none"', ({ ada }) => {
    const { visitor } = ada.grant;
    return `${unsigned({ ...headerOf(visitor), alg: 'none' }, claimsOf(visitor))}.`;
  }),
  asVisitor('her id in an identity of the brand’s backend', ({ ada }) =>
    rsa({ alg: 'RS256' }, identity({ sub: ada.id, aud: 'parley:visitor' })),
  ),
  asVisitor('her credential with another hash of the secret', ({ ada }) =>
    hmac(
      headerOf(ada.grant.visitor),
      claimsOf(ada.grant.visitor),
      createHash('sha256').update('secret').digest(),
    ),
  ),
  ...[OTHER_ORIGIN, PROD_ORIGIN].map((origin): Attack => ({
    name: `a visitor credential replayed at ${origin} is nobody’s there`,
    send: (target) => target.post('/v1/sessions', { visitor: target.ada.grant.visitor }, { origin }),
    status: 200,
    after: (target, { body }) => isNobody(target, body),
  })),
];
