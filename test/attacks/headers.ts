/** Headers and paths that would be lines of an answer or of the log, or another method, or somebody else's address. */
import assert from 'node:assert/strict';
import { SANDBOX_ORIGIN } from '../server/relay-fixture.ts';
import type { Attack } from './attack.ts';
import { submissionOf } from './submission.ts';
import { bearer, MARK, type Target } from './target.ts';

/** A line that an operator would take for the relay's. */
const FORGED = `{"level":"error","event":"erased","advice":"${MARK}"}`;

/** The log has one entry of the request, and none has the words in it, nor has any header of the answer. */
const isOneLine = (target: Target, before: number) => {
  const added = target.entries.slice(before);
  assert.deepEqual(
    added.map(({ event }) => event),
    ['request'],
  );
};

const inHeader = (name: string, header: string, value: string, status = 200): Attack => {
  let before = 0;
  return {
    name,
    send(target) {
      before = target.entries.length;
      return target.post('/v1/sessions', {}, { [header]: value });
    },
    status,
    after: (target, { headers }) => {
      isOneLine(target, before);
      assert.notEqual(target.entries.at(-1)?.request, value);
      assert.ok(![...headers.values()].some((each) => each.includes(MARK)), 'an answer repeats it');
    },
  };
};

/** Not ASCII: as the bytes of UTF-8, which is how a program sends it. */
const utf8 = (text: string) => Buffer.from(text).toString('latin1');

export const HEADERS: readonly Attack[] = [
  inHeader('a line of the log as the id of a request', 'x-request-id', FORGED),
  inHeader('an escape of a terminal as the id of a request', 'x-request-id', utf8(`\u009b31m${MARK}`)),
  inHeader('a separator of lines as the id of a request', 'x-request-id', utf8(`a\u2028${MARK}`)),
  inHeader('letters from right to left as the id of a request', 'x-request-id', utf8(`\u202e${MARK}`)),
  inHeader('an id of a request that is longer than any', 'x-request-id', MARK.repeat(20)),
  inHeader('a line of the log as a trace', 'traceparent', FORGED),
  inHeader('a trace with more behind it', 'traceparent', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01-${MARK}`),
  inHeader('a trace of zeros', 'traceparent', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`),
  inHeader('what calls itself by a line of the log', 'user-agent', FORGED),
  inHeader('a Host that is somebody else’s', 'x-forwarded-host', `${MARK}.example`),
  inHeader('a path that a proxy would go by', 'x-original-url', `/v1/visitor?${MARK}`),
  ...['\r', '\n', '\u0000', '\u001b[31m'].map((character): Attack => ({
    name: `${JSON.stringify(character)} within a header is no request`,
    send: (target) =>
      target.say(
        `GET /healthz HTTP/1.1\r\nhost: a\r\nx-request-id: a${character}level: error\r\nconnection: close\r\n\r\n`,
      ),
    status: 400,
  })),
  ...[
    '/v1/flows/a%0d%0aset-cookie:%20a=b',
    '/v1/flows/%1b%5b31m',
    '/v1/flows/%e2%80%a8level=error',
    `/v1/flows/${MARK}%0a${encodeURIComponent(FORGED)}`,
    '/a%0d%0aset-cookie:%20a=b',
  ].map((path): Attack => ({
    name: `lines in a path: ${path.slice(0, 40)}`,
    send: (target) => target.send({ path, headers: { origin: SANDBOX_ORIGIN } }),
    status: 404,
    after: (target, { headers, text }) => {
      assert.equal(headers.get('set-cookie'), undefined);
      assert.doesNotMatch(text, /\r\nset-cookie/i);
      assert.ok(!String(target.entries.at(-1)?.route).includes('set-cookie'));
    },
  })),
  ...['x-http-method-override', 'x-http-method', 'x-method-override'].map((header): Attack => ({
    name: `another method by ${header}`,
    send: (target) =>
      target.post(
        '/v1/visitor?_method=DELETE',
        { _method: 'DELETE' },
        {
          [header]: 'DELETE',
          ...bearer(target.ada.grant.session),
        },
      ),
    status: 405,
    after: async (target) => assert.equal(await target.store.isErased(target.ada.id), false),
  })),
  ...['GET', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].map((method): Attack => ({
    name: `${method} of submissions submits nothing`,
    send: (target) =>
      target.send({
        method,
        path: '/v1/submissions',
        headers: {
          origin: SANDBOX_ORIGIN,
          'content-type': 'application/json',
          ...bearer(target.ada.grant.session),
        },
        body: submissionOf(),
      }),
    status: 405,
    says: /takes POST/,
  })),
  {
    name: 'TRACE does not say what was sent',
    send: (target) =>
      target.send({
        method: 'TRACE',
        path: '/v1/sessions',
        headers: { cookie: MARK, origin: SANDBOX_ORIGIN },
      }),
    status: 405,
    after: (_, { text }) => assert.ok(!text.includes(MARK)),
  },
];
