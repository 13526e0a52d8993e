/** Who is signed in, in the words of somebody who is not the brand's backend: the visitor stays who they were, and nothing is joined. */
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import type { IdentityVerdict, SessionGrant } from '../../widget/contract/wire.ts';
import { OTHER_ORIGIN, SANDBOX_ORIGIN } from '../server/relay-fixture.ts';
import type { Attack } from './attack.ts';
import { KEYS } from './target.ts';
import { changed, claimsOf, hmac, identity, now, rsa, unsigned } from './tokens.ts';

const RS256 = { alg: 'RS256', typ: 'JWT' };

const refused = (
  name: string,
  make: () => string,
  verdict: IdentityVerdict = 'invalid',
  origin = SANDBOX_ORIGIN,
): Attack => ({
  name,
  async send(target) {
    const { visitor } = await target.session({}, origin);
    const answer = await target.post('/v1/sessions', { visitor, identity: make() }, { origin });
    const granted = JSON.parse(answer.body) as SessionGrant;
    assert.equal(granted.identity, verdict, answer.body);
    assert.equal(claimsOf(granted.visitor).sub, claimsOf(visitor).sub);
    for (const token of [granted.visitor, granted.session]) {
      assert.equal(claimsOf(token)['ext'], undefined);
      assert.equal(claimsOf(token)['ver'], undefined);
    }
    return answer;
  },
  status: 200,
});

const brandKey = createPublicKey(KEYS.brand.publicKey);
const strangeJwk = createPublicKey(KEYS.strange.publicKey).export({ format: 'jwk' });

export const IDENTITIES: readonly Attack[] = [
  refused('with alg "none"', () => `${unsigned({ alg: 'none' }, identity())}.`),
  refused('with alg "nOnE"', () => `${unsigned({ alg: 'nOnE' }, identity())}.`),
  refused('with the signature of another', () => {
    const [, , signature = ''] = rsa(RS256, identity({ sub: 'customer-3' })).split('.');
    return `${unsigned(RS256, identity())}.${signature}`;
  }),
  refused('of another customer over a good signature', () =>
    changed(rsa(RS256, identity({ sub: 'customer-3' })), {}, { sub: 'customer-1' }),
  ),
  refused('signed with the public key as a secret, in PEM', () =>
    hmac({ alg: 'HS256' }, identity(), KEYS.brand.publicKey),
  ),
  refused('signed with the public key as a secret, in DER', () =>
    hmac({ alg: 'HS256' }, identity(), brandKey.export({ type: 'spki', format: 'der' })),
  ),
  refused('signed with the public key as a secret, as RS256', () =>
    hmac(RS256, identity(), KEYS.brand.publicKey),
  ),
  refused('by a weaker way of the same key (PS256 named, RS256 done)', () =>
    rsa({ alg: 'PS256' }, identity()),
  ),
  refused('of a key that nobody has named', () => rsa(RS256, identity(), KEYS.strange.privateKey)),
  refused('of the key of another site', () => rsa(RS256, identity(), KEYS.other.privateKey)),
  refused('of this site at another', () => rsa(RS256, identity()), 'invalid', OTHER_ORIGIN),
  refused('that brings its key along (jwk)', () =>
    rsa({ ...RS256, jwk: strangeJwk }, identity(), KEYS.strange.privateKey),
  ),
  refused('that says where its key is (jku, x5u)', () =>
    rsa(
      { ...RS256, jku: 'http://127.0.0.1:1/keys', x5u: 'http://127.0.0.1:1/certificate' },
      identity(),
      KEYS.strange.privateKey,
    ),
  ),
  refused('with a name of a key that is a path', () =>
    rsa({ ...RS256, kid: '../../dev/null' }, identity(), KEYS.strange.privateKey),
  ),
  refused(
    'with a signature of zeros (CVE-2022-21449)',
    () => `${unsigned({ alg: 'ES256' }, identity())}.${Buffer.alloc(64).toString('base64url')}`,
  ),
  refused('that asks for an extension nobody knows (crit)', () =>
    rsa({ ...RS256, crit: ['x'], x: 1 }, identity()),
  ),
  refused('that has ended', () => rsa(RS256, identity({ exp: now() - 3_600 })), 'expired'),
  refused('that is to begin', () => rsa(RS256, identity({ nbf: now() + 3_600 }))),
  refused('without an end', () => rsa(RS256, identity({ exp: undefined }))),
  refused('whose end is a text', () => rsa(RS256, identity({ exp: '9999999999' }))),
  refused('for another audience', () => rsa(RS256, identity({ aud: 'shop' }))),
  refused('of another issuer', () => rsa(RS256, identity({ iss: 'https://login.other.example' }))),
  refused('about nobody', () => rsa(RS256, identity({ sub: undefined }))),
  refused('about a list of customers', () => rsa(RS256, identity({ sub: ['customer-1'] }))),
  refused('about an id that is longer than Braze takes', () =>
    rsa(RS256, identity({ sub: 'x'.repeat(988) })),
  ),
  refused('that is the relay’s own word', () => hmac({ alg: 'HS256' }, identity())),
  {
    name: 'that is longer than any',
    send: (target) => target.post('/v1/sessions', { identity: 'x'.repeat(5_000) }),
    status: 400,
    says: /identity/,
  },
];
