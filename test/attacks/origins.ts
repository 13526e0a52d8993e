/** Pages of nobody's: whatever session they have got hold of, they submit nothing, and may read no answer. */
import assert from 'node:assert/strict';
import { SANDBOX_ORIGIN } from '../server/relay-fixture.ts';
import type { Attack } from './attack.ts';
import { submissionOf } from './submission.ts';
import { bearer } from './target.ts';

const HOST = new URL(SANDBOX_ORIGIN).host;

const ORIGIN_TRICKS: readonly (readonly [name: string, origin: string])[] = [
  ['a stranger', 'https://evil.example'],
  ['null, as a sandboxed frame or a file has it', 'null'],
  ['nothing at all', ''],
  ['the brand’s host in front of another', `${SANDBOX_ORIGIN}.evil.example`],
  ['the brand’s host behind a letter', `https://evil${HOST}`],
  ['the brand’s host as a user of another', `${SANDBOX_ORIGIN}@evil.example`],
  ['a host below it', `https://a.${HOST}`],
  ['the host above it', 'https://brand.example'],
  ['capitals', SANDBOX_ORIGIN.toUpperCase()],
  ['a port', `${SANDBOX_ORIGIN}:8443`],
  ['the port that there is anyhow', `${SANDBOX_ORIGIN}:443`],
  ['a dot behind it', `${SANDBOX_ORIGIN}.`],
  ['a slash behind it', `${SANDBOX_ORIGIN}/`],
  ['http for https', SANDBOX_ORIGIN.replace('https', 'http')],
  ['another one beside the brand’s', `${SANDBOX_ORIGIN} https://evil.example`],
  ['another one behind a comma', `${SANDBOX_ORIGIN},https://evil.example`],
  ['any, as a wildcard', '*'],
  ['what every object inherits', '__proto__'],
  ['letters that look alike', 'https://staging.br\u00e0nd.example'],
  ['a name that a browser would not write', `${SANDBOX_ORIGIN}\u00a0`],
];

const isUnreadable = (headers: ReadonlyMap<string, string>) => {
  assert.equal(headers.get('access-control-allow-origin'), undefined);
  assert.equal(headers.get('access-control-allow-credentials'), undefined);
};

export const ORIGINS: readonly Attack[] = [
  ...ORIGIN_TRICKS.map(([name, origin]): Attack => ({
    name: `submits nothing: ${name}`,
    send: (target) =>
      target.post('/v1/submissions', submissionOf(), { origin, ...bearer(target.ada.grant.session) }),
    status: 403,
    says: /not on the relay’s list/,
    after: (_, { headers }) => isUnreadable(headers),
  })),
  {
    name: 'submits nothing: without an origin, whatever its Referer and Host say',
    send: (target) =>
      target.send({
        method: 'POST',
        path: '/v1/submissions',
        headers: {
          host: HOST,
          referer: `${SANDBOX_ORIGIN}/`,
          'x-forwarded-host': HOST,
          'content-type': 'application/json',
          ...bearer(target.ada.grant.session),
        },
        body: submissionOf(),
      }),
    status: 403,
    says: /not on the relay’s list/,
  },
  {
    name: 'gets no session',
    send: (target) => target.post('/v1/sessions', {}, { origin: 'https://evil.example' }),
    status: 403,
    after: (_, { headers, body }) => {
      isUnreadable(headers);
      assert.ok(!body.includes('"session"'));
    },
  },
  ...['https://evil.example', 'null', `${SANDBOX_ORIGIN}.evil.example`].map((origin): Attack => ({
    name: `is allowed nothing by a preflight: ${origin}`,
    send: (target) =>
      target.send({
        method: 'OPTIONS',
        path: '/v1/submissions',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      }),
    status: 204,
    after: (_, { headers }) => isUnreadable(headers),
  })),
  {
    name: 'is told by a flow nothing of a site, though it may read the flow',
    send: (target) => target.send({ path: '/v1/flows/welcome', headers: { origin: 'https://evil.example' } }),
    status: 200,
    after: (_, { body }) => {
      const { site, nodes } = JSON.parse(body) as { site?: unknown; nodes: object };
      assert.equal(site, undefined);
      // What is written to Braze is the relay's business alone.
      assert.doesNotMatch(JSON.stringify(nodes), /attributes|chat_profile_completed|dob/);
    },
  },
];
