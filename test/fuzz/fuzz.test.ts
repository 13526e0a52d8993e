/** `npm run fuzz`: some seconds of it, and that it would see what it looks for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FuzzAnswer } from './exchange.ts';
import { fuzz } from './fuzzing.ts';
import { judge } from './judge.ts';

const SECRET = '7c1e0f34-52ab-4d8e-9f60-1b2c3d4e5f67';

/** Milliseconds: a slow machine refuses as many as a fast one. */
const LONGER_THAN_ANY_RUN = 600_000;

const PROBLEM = { 'content-type': 'application/problem+json' };

const answer = (
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = '',
  isLate = false,
): FuzzAnswer => ({
  status,
  headers: new Map(Object.entries({ 'x-content-type-options': 'nosniff', ...headers })),
  text: body,
  body,
  isLate,
});

const problemOf = (status: number, headers: object = {}) =>
  answer(status, { ...PROBLEM, ...headers }, JSON.stringify({ title: 'No', status }));

describe('an answer', () => {
  const whole = { isWhole: true, method: 'GET' };
  const broken = { isWhole: false, method: 'GET' };
  for (const [name, request, given, wrong] of [
    ['that says what was asked is right', whole, answer(200, {}, '{}'), undefined],
    ['that is a problem is right', whole, problemOf(422), undefined],
    ['that says when to come again is right', whole, problemOf(429, { 'retry-after': '5' }), undefined],
    ['to a head is right', { isWhole: true, method: 'HEAD' }, answer(404, PROBLEM), undefined],
    [
      'without a body, to what asks for one',
      whole,
      answer(404, PROBLEM),
      'status 404 that its problem does not say',
    ],
    ['that is bare, to what is no request', broken, answer(400), 'status 400 that is no problem+json'],
    ['that is bare, to a head that is too large', whole, answer(431), 'status 431 that is no problem+json'],
    [
      'without security headers',
      whole,
      answer(200, { 'x-content-type-options': '' }, '{}'),
      'no security headers',
    ],
    ['may be missing to what is no request', broken, answer(0), undefined],
    ['that is missing', whole, answer(0), 'no answer'],
    ['that does not come', broken, answer(0, {}, '', true), 'no answer in time'],
    ['that is a fault', whole, problemOf(500), 'status 500'],
    ['that is another fault', whole, problemOf(502), 'status 502'],
    [
      'that says when to come again, where nothing has failed',
      whole,
      problemOf(503, { 'retry-after': '5' }),
      'status 503',
    ],
    [
      'to a probe, where nothing has failed',
      whole,
      answer(503, { 'content-type': 'application/json' }, '{"checks":[]}'),
      'status 503',
    ],
    ['of a limit that does not say when to come again', whole, problemOf(429), '429 without Retry-After'],
    ['that is bare', whole, answer(400), 'status 400 that is no problem+json'],
    [
      'that says another status',
      whole,
      answer(404, PROBLEM, '{"status":400}'),
      'status 404 that its problem does not say',
    ],
    [
      'that is cut off',
      whole,
      answer(404, PROBLEM, '{"status":4'),
      'status 404 that its problem does not say',
    ],
    ['with a secret', whole, answer(200, {}, `{"key":"${SECRET}"}`), 'a secret in the answer'],
    ['with a stack', whole, answer(200, {}, 'Error: no\n    at run (app.ts:1:2)'), 'a stack in the answer'],
    ['with a path', whole, answer(404, PROBLEM, 'file:///srv/app.ts'), 'a stack in the answer'],
  ] as const) {
    it(name, () => assert.equal(judge(request, given, [SECRET]), wrong));
  }
});

describe('a relay that is sent anything at all', () => {
  it('answers as it should, and delivers what a visitor says then', async () => {
    const { requests, kinds, statuses, findings } = await fuzz({
      seed: 8,
      lanes: 2,
      count: 200,
      window: LONGER_THAN_ANY_RUN,
    });
    assert.deepEqual(findings, []);
    assert.equal(requests, 400);
    assert.ok(Object.keys(kinds).length >= 10, 'some kinds were not sent');
    // It was not refused at the door alone.
    for (const status of ['200', '204', '400', '401', '403', '404', '405', '429'])
      assert.ok((statuses[status] ?? 0) > 0, status);
  });
});
