/** Requests that a proxy and a server may read in two ways, so that one of them is hidden in another (RFC 9112, section 11.2). */
import assert from 'node:assert/strict';
import { SANDBOX_ORIGIN } from '../server/relay-fixture.ts';
import type { FuzzAnswer } from '../fuzz/exchange.ts';
import type { Attack } from './attack.ts';
import { submissionOf } from './submission.ts';
import type { Target } from './target.ts';

/** A whole request of Ada's browser, as it would be hidden in another: were it read, it would write to her profile. */
function hidden({ ada }: Target): string {
  const body = JSON.stringify(submissionOf());
  return `POST /v1/submissions HTTP/1.1\r\nhost: a\r\norigin: ${SANDBOX_ORIGIN}\r\ncontent-type: application/json\r\nauthorization: Bearer ${ada.grant.session}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
}

const sessionHead = (more: string) =>
  `POST /v1/sessions HTTP/1.1\r\nhost: a\r\norigin: ${SANDBOX_ORIGIN}\r\ncontent-type: application/json\r\n${more}\r\n`;

/** There is one answer, and the log knows of no submission. */
const isAlone = (target: Target, { text }: FuzzAnswer, before: number) => {
  assert.ok(text.split(/HTTP\/1\.1 \d{3} /).length <= 2, text);
  for (const { route } of target.entries.slice(before)) assert.notEqual(route, '/v1/submissions');
};

const smuggled = (name: string, status: number, words: (hidden: string) => string): Attack => {
  let before = 0;
  return {
    name,
    send(target) {
      before = target.entries.length;
      return target.say(words(hidden(target)));
    },
    status,
    after: (target, answer) => isAlone(target, answer, before),
  };
};

const chunked = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`;

export const WIRE: readonly Attack[] = [
  smuggled(
    'with a length and chunks',
    400,
    (within) => sessionHead('content-length: 4\r\ntransfer-encoding: chunked\r\n') + `0\r\n\r\n${within}`,
  ),
  smuggled(
    'with chunks and a length',
    400,
    (within) => sessionHead('transfer-encoding: chunked\r\ncontent-length: 4\r\n') + `0\r\n\r\n${within}`,
  ),
  smuggled(
    'with two lengths',
    400,
    (within) => sessionHead('content-length: 2\r\ncontent-length: 500\r\n') + `{}${within}`,
  ),
  smuggled(
    'with two lengths in one header',
    400,
    (within) => sessionHead('content-length: 2, 500\r\n') + `{}${within}`,
  ),
  ...['+2', '-1', '0x2', '2 0', '2;a', ' ', '1e1'].map((length) =>
    smuggled(
      `with the length "${length}"`,
      400,
      (within) => sessionHead(`content-length: ${length}\r\n`) + `{}${within}`,
    ),
  ),
  ...['xchunked', 'chunked, identity', 'identity', '\u000bchunked', 'chunked;x=y', '"chunked"'].map(
    (coding) =>
      smuggled(
        `with the transfer coding ${JSON.stringify(coding)}`,
        400,
        (within) => sessionHead(`transfer-encoding: ${coding}\r\n`) + `0\r\n\r\n${within}`,
      ),
  ),
  smuggled(
    'with chunks twice',
    400,
    (within) =>
      sessionHead('transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n') + `0\r\n\r\n${within}`,
  ),
  smuggled(
    'with a space before the colon',
    400,
    (within) => sessionHead('transfer-encoding : chunked\r\n') + `0\r\n\r\n${within}`,
  ),
  smuggled(
    'with a space before the name',
    400,
    (within) => sessionHead(' transfer-encoding: chunked\r\n') + `0\r\n\r\n${within}`,
  ),
  smuggled(
    'with a header that is folded',
    400,
    (within) => sessionHead('x: a\r\n transfer-encoding: chunked\r\n') + `0\r\n\r\n${within}`,
  ),
  smuggled(
    'with a name of a header that is no token',
    400,
    (within) => sessionHead('transfer\u00a0encoding: chunked\r\n') + `0\r\n\r\n${within}`,
  ),
  smuggled(
    'with a bare CR between two headers',
    400,
    (within) => sessionHead('x: a\rtransfer-encoding: chunked\r\n') + `0\r\n\r\n${within}`,
  ),
  smuggled(
    'with a size of a chunk that is none',
    400,
    (within) => sessionHead('transfer-encoding: chunked\r\n') + `2 x\r\n{}\r\n0\r\n\r\n${within}`,
  ),
  smuggled(
    'with a negative size of a chunk',
    400,
    (within) => sessionHead('transfer-encoding: chunked\r\n') + `-2\r\n{}\r\n0\r\n\r\n${within}`,
  ),
  smuggled(
    'with a chunk that is longer than its size',
    400,
    (within) => sessionHead('transfer-encoding: chunked\r\n') + `1\r\n{}\r\n0\r\n\r\n${within}`,
  ),
  smuggled(
    'with a bare line feed in an extension of a chunk',
    400,
    (within) => sessionHead('transfer-encoding: chunked\r\n') + `2;\n{}\r\n0\r\n\r\n${within}`,
  ),
  smuggled(
    'within the body that a GET has',
    200,
    (within) =>
      `GET /healthz HTTP/1.1\r\nhost: a\r\ncontent-length: ${Buffer.byteLength(within)}\r\nconnection: close\r\n\r\n${within}`,
  ),
  smuggled(
    'within the chunks that a GET has',
    200,
    (within) =>
      `GET /healthz HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n${chunked(within)}`,
  ),
  smuggled(
    'within the body of what is refused',
    413,
    (within) => sessionHead('content-length: 900000\r\nconnection: close\r\n') + within,
  ),
  smuggled(
    'behind the last request of a connection',
    400,
    (within) => `GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n${within}`,
  ),
  smuggled(
    'behind an upgrade that nobody makes',
    200,
    (within) =>
      `GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close, upgrade\r\nupgrade: h2c\r\n\r\n${within}`,
  ),
  smuggled(
    'in a version of HTTP that there is not',
    400,
    (within) => `POST /v1/sessions HTTP/1.2\r\nhost: a\r\n\r\n${within}`,
  ),
  smuggled('as HTTP/2', 400, (within) => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${within}`),
  smuggled(
    'as TLS',
    400,
    (within) => `\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003${within}`,
  ),
  smuggled(
    'with headers that are larger than any',
    431,
    (within) => `GET /healthz HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n${within}`,
  ),
  {
    name: 'with two hosts',
    send: (target) =>
      target.say('GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n', true),
    status: 400,
    says: /more than one Host/,
  },
];
