/** What no honest widget says in a submission, and JSON that two programs read in two ways. */
import assert from 'node:assert/strict';
import type { SubmissionsResponse } from '../../widget/contract/wire.ts';
import type { Attack } from './attack.ts';
import { markedSubmission, submissionOf } from './submission.ts';
import { bearer, MARK, type Target } from './target.ts';

const submit = async (target: Target, body: string | Uint8Array | object) =>
  target.post('/v1/submissions', body, bearer((await target.session()).session));

/** On the flow as it is: of an earlier one more is let pass, and left out. */
const refused = (name: string, change: object, status: number, says: RegExp): Attack => ({
  name,
  async send(target) {
    const { body } = await target.send({ path: '/v1/flows/welcome' });
    const { revision } = JSON.parse(body) as { readonly revision: string };
    return submit(target, submissionOf({ revision, ...change }));
  },
  status,
  says,
});

/** The JSON of a submission with more at its end, as no object could have it. */
const withText = (more: string) =>
  `{"submissions":[${JSON.stringify(markedSubmission()).slice(0, -1)},${more}}]}`;

const refusedText = (name: string, body: string | Uint8Array, status: number, says: RegExp): Attack => ({
  name,
  send: (target) => submit(target, body),
  status,
  says,
});

/** Taken, and written as the words that they are. */
const taken = (name: string, change: object, check: (written: string, target: Target) => void): Attack => ({
  name,
  send: (target) => submit(target, submissionOf(change)),
  status: 200,
  writes: 1,
  after: (target, { body }) => {
    assert.equal((JSON.parse(body) as SubmissionsResponse).receipts.length, 1);
    check(target.braze.emulator.journal().at(-1)?.rawBody ?? '', target);
  },
});

const page = { path: '/boots' };

export const CONTENTS: readonly Attack[] = [
  refused(
    'a field that no question asks for',
    { answers: { first_name: MARK, is_admin: true } },
    422,
    /asks for no/,
  ),
  refused('a field that Braze has', { answers: { external_id: MARK } }, 422, /asks for no/),
  refused('attributes of its own', { attributes: { first_name: MARK } }, 400, /attributes: unknown key/),
  refused('events of its own', { events: [{ name: MARK }] }, 400, /events: unknown key/),
  refused('purchases of its own', { purchases: [{ product_id: MARK }] }, 400, /purchases: unknown key/),
  refused(
    'an endpoint of its own',
    { call: 'users/delete', url: 'https://evil.example' },
    400,
    /unknown key/,
  ),
  refused('a profile of its own', { profile: { loyalty: 'gold' } }, 400, /profile: unknown key/),
  refused(
    'more of the page than is asked for',
    { page: { ...page, cookie: MARK } },
    400,
    /page\.cookie: unknown/,
  ),
  refused('a flow that is not there', { flow: 'nowhere' }, 422, /there is no flow/),
  refused('a flow that every object inherits', { flow: '__proto__' }, 422, /there is no flow/),
  refused('a node that is not there', { node: 'nowhere' }, 422, /has no action/),
  refused('a node that runs nothing', { node: 'hello' }, 422, /has no action/),
  refused('a node that every object inherits', { node: '__proto__' }, 422, /has no action/),
  refused('a node that every object has', { node: 'constructor' }, 422, /has no action/),
  {
    name: 'a lifecycle event that the site has not named is nothing to Braze',
    send: (target) =>
      submit(
        target,
        submissionOf({ id: '019b0000-0000-7000-8000-bbbbbbbbbbbb.4.completed', node: 'thanks', answers: {} }),
      ),
    status: 200,
  },
  taken(
    'a field that no question of an earlier flow is known to have asked for is left out',
    { answers: { first_name: 'Ben', is_admin: true }, revision: 'earlier' },
    (written) => assert.doesNotMatch(written, /is_admin/),
  ),
  refused(
    'an id that is a path',
    { id: '../../ada/019b0000-0000-7000-8000-bbbbbbbbbbbb.4' },
    400,
    /conversation UUID/,
  ),
  refused('an operator of Braze’s as an answer', { answers: { email: { $add: [MARK] } } }, 400, /answers/),
  refused('an answer that adds up', { answers: { first_name: { inc: 1 } } }, 400, /answers/),
  refused('an answer that is null, which would erase', { answers: { first_name: null } }, 400, /answers/),
  refused('an answer longer than Braze keeps', { answers: { first_name: MARK.repeat(100) } }, 400, /answers/),
  refused('a time that is none', { time: '2026-02-30T00:00:00.000Z' }, 400, /time/),
  refused('a time outside of all calendars', { time: '+275760-09-13T00:00:00.000Z' }, 400, /time/),
  refused('a time that is a number', { time: 1e300 }, 400, /time/),
  ...['answers', 'page', 'device', 'visitor'].flatMap((name) =>
    ['__proto__', 'constructor', 'prototype'].map((key) =>
      refusedText(
        `${key} in ${name}`,
        withText(`"${name}":{"path":"/","${key}":{"first_name":"${MARK}","isVerified":true}}`),
        400,
        /./,
      ),
    ),
  ),
  ...['query', 'utm'].map((name) =>
    refusedText(
      `__proto__ in the ${name} of the page`,
      withText(`"page":{"path":"/","${name}":{"__proto__":"${MARK}"}}`),
      400,
      /cannot have a key/,
    ),
  ),
  refusedText('__proto__ in a submission', withText('"__proto__":{"node":"save"}'), 400, /unknown key/),
  {
    name: '__proto__ around the submissions is passed over, and nobody inherits it',
    send: (target) => submit(target, `{"__proto__":{"submissions":[${JSON.stringify(markedSubmission())}]}}`),
    status: 400,
    says: /submissions/,
  },
  refusedText(
    'a node twice, of which the last is read',
    withText('"node":"nowhere"'),
    422,
    /no action \\"nowhere/,
  ),
  refusedText('a number beyond all numbers', withText('"answers":{"first_name":1e999}'), 400, /answers/),
  refusedText(
    'a number beyond all visits',
    withText('"visitor":{"returning":true,"visits":1e15}'),
    400,
    /visits/,
  ),
  refusedText('JSON with a comment', `/**/${JSON.stringify(submissionOf())}`, 400, /not JSON/),
  refusedText('two values of JSON', `${JSON.stringify(submissionOf())}{}`, 400, /not JSON/),
  refusedText('NaN', withText('"answers":{"first_name":NaN}'), 400, /not JSON/),
  refusedText(
    'JSON in UTF-16',
    Buffer.from(JSON.stringify(submissionOf()), 'utf16le'),
    400,
    /not JSON|not UTF-8/,
  ),
  refusedText(
    'bytes that are longer than they need be in UTF-8',
    Buffer.concat([Buffer.from('{"submissions":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
    400,
    /not UTF-8/,
  ),
  refusedText('a NUL in the JSON', `${JSON.stringify(submissionOf())}\u0000`, 400, /not JSON/),
  refusedText('a list of submissions in a list', JSON.stringify([[submissionOf()]]), 400, /./),
  refusedText('a text in the place of a body', JSON.stringify(MARK), 400, /./),
  {
    name: 'more submissions than a browser has',
    send: (target) => submit(target, { submissions: Array.from({ length: 51 }, () => markedSubmission()) }),
    status: 400,
    says: /submissions/,
  },
  taken('half of a character becomes U+FFFD', { answers: { first_name: 'a\ud83d' } }, (written) => {
    assert.match(written, /a\ufffd/);
    assert.doesNotMatch(written, /\\ud83d/i);
  }),
  taken(
    'a template and Liquid in an answer are words',
    {
      answers: {
        first_name: '{{answers.email}} {{${email_address}}} {% connected_content x %}',
        email: 'a@b.example',
      },
    },
    (written) =>
      assert.ok(written.includes('{{answers.email}} {{${email_address}}} {% connected_content x %}')),
  ),
  taken(
    'a script in an answer is words',
    { answers: { first_name: '<script>alert(1)</script>' } },
    (written) => assert.ok(written.includes('<script>alert(1)</script>')),
  ),
  ...(
    [
      ['nine thousand years from now', '9999-12-31T23:59:59.999Z'],
      ['from before the browser', '0001-01-01T00:00:00.000Z'],
    ] as const
  ).map(([name, time]): Attack => ({
    name: `a time ${name} is not told to Braze`,
    send: (target) => submit(target, { ...submissionOf({ time }), sent: new Date().toISOString() }),
    status: 200,
    writes: 1,
    after: (target) =>
      assert.doesNotMatch(target.braze.emulator.journal().at(-1)?.rawBody ?? '', /"time":"(?:9999|0001)/),
  })),
];
