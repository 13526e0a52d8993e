/** Bodies that are too large, too deep, too wide, too slow, or of another kind. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { SANDBOX_ORIGIN } from '../server/relay-fixture.ts';
import type { Attack } from './attack.ts';
import { submissionOf } from './submission.ts';
import { bearer, LARGE, type Target } from './target.ts';

const submit = (
  target: Target,
  body: string | Uint8Array | object,
  headers: Readonly<Record<string, string>> = {},
) => target.post('/v1/submissions', body, { ...bearer(target.ada.grant.session), ...headers });

const LARGEST = 256 * 1024;

const head = (target: Target, more: string) =>
  `POST /v1/submissions HTTP/1.1\r\nhost: a\r\norigin: ${SANDBOX_ORIGIN}\r\ncontent-type: application/json\r\nauthorization: Bearer ${target.ada.grant.session}\r\n${more}\r\n`;

const opened = async (target: Target, words: string): Promise<Socket> => {
  const socket = connect(target.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(words, 'latin1');
  return socket;
};

/** So many connections that say this and then nothing: everybody else is answered, and asked nothing by it. */
const stalled = (name: string, wordsOf: (target: Target) => string): Attack => ({
  name: `${name}, on 300 connections, keeps nobody else from their answer`,
  async send(target) {
    const words = wordsOf(target);
    const sockets = await Promise.all(Array.from({ length: 300 }, () => opened(target, words)));
    try {
      return await target.send({ path: '/v1/flows/welcome' });
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  },
  status: 200,
});

/** Connections on which a large answer is under way, of which nobody reads more than the start. */
async function unread(target: Target, count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  for (let number = 0; number < count; number += 1) {
    const socket = await opened(target, 'GET /large.js HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    await once(socket, 'readable');
    sockets.push(socket);
  }
  return sockets;
}

const TYPES = [
  undefined,
  'text/plain',
  'text/plain; application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/json',
  'application/jsonp',
  'application/json-patch+json',
  'application/problem+json',
  'image/svg+xml',
];

export const BODIES: readonly Attack[] = [
  ...TYPES.map((type): Attack => ({
    name: `of the type ${type ?? 'that is not said'}, as a form of any page could send it`,
    send: (target) =>
      target.send({
        method: 'POST',
        path: '/v1/submissions',
        headers: {
          origin: SANDBOX_ORIGIN,
          ...bearer(target.ada.grant.session),
          ...(type !== undefined && { 'content-type': type }),
        },
        body: submissionOf(),
      }),
    status: 415,
    says: /should be application\/json/,
  })),
  {
    name: 'that is too large, and says so',
    send: (target) => submit(target, `"${'x'.repeat(LARGEST)}"`),
    status: 413,
    says: /larger than/,
  },
  {
    name: 'that says it is larger than any memory',
    send: (target) => target.say(head(target, 'content-length: 9007199254740991\r\nconnection: close\r\n')),
    status: 413,
  },
  {
    name: 'that is too large, in chunks',
    send: (target) => {
      const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
      return target.say(
        `${head(target, 'transfer-encoding: chunked\r\nconnection: close\r\n')}${chunk.repeat(5)}0\r\n\r\n`,
      );
    },
    status: 413,
  },
  {
    name: 'of a chunk larger than any number',
    send: (target) => target.say(`${head(target, 'transfer-encoding: chunked\r\n')}ffffffffffffffffff\r\n{}`),
    status: 400,
  },
  {
    name: 'of fifty thousand chunks of one byte',
    send: (target) => {
      const chunks = '1\r\n \r\n'.repeat(50_000);
      return target.say(
        `${head(target, 'transfer-encoding: chunked\r\nconnection: close\r\n')}${chunks}0\r\n\r\n`,
        true,
      );
    },
    status: 413,
    says: /more than 2048 chunks/,
  },
  {
    name: 'that is nested beyond any stack',
    send: (target) => submit(target, '['.repeat(100_000)),
    status: 400,
    says: /nested deeper/,
  },
  {
    name: 'of objects nested beyond any stack',
    send: (target) => submit(target, `${'{"a":'.repeat(40_000)}1${'}'.repeat(10)}`),
    status: 400,
    says: /nested deeper/,
  },
  {
    name: 'of more members than anybody reads',
    send: (target) => submit(target, `[${'0,'.repeat(100_000)}0]`),
    status: 400,
    says: /more than 15000 members/,
  },
  {
    name: 'of keys that are more than anybody reads',
    send: (target) => submit(target, `{${Array.from({ length: 20_000 }, (_, at) => `"${at}":0`).join()}}`),
    status: 400,
    says: /more than 15000 members/,
  },
  {
    name: 'of more answers than anybody gives',
    send: (target) =>
      submit(
        target,
        submissionOf({
          answers: Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`a${at}`, 'x'])),
        }),
      ),
    status: 400,
    says: /200 answers at most/,
  },
  {
    name: 'of one key that is as long as the body',
    send: (target) => submit(target, submissionOf({ ['k'.repeat(200_000)]: 1 })),
    status: 400,
    says: /unknown key/,
    after: (_, { body }) => assert.ok(body.length < 2_000, 'it is repeated'),
  },
  {
    name: 'of one number of a hundred thousand digits',
    send: (target) => submit(target, `{"submissions":${'9'.repeat(100_000)}}`),
    status: 400,
  },
  {
    name: 'that is nothing',
    send: (target) => submit(target, ''),
    status: 400,
    says: /is empty/,
  },
  ...[
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ].map(([coding, pack]): Attack => ({
    name: `that is compressed (${String(coding)}): it is not unpacked`,
    send: (target) =>
      submit(target, (pack as typeof gzipSync)(JSON.stringify(submissionOf())), {
        'content-encoding': String(coding),
      }),
    status: 400,
    says: /not UTF-8|not JSON/,
  })),
  {
    name: 'that would be a hundred megabytes, were it unpacked',
    send: (target) =>
      submit(target, gzipSync(Buffer.alloc(100 * 1024 * 1024, ' ')).subarray(0, 100_000), {
        'content-encoding': 'gzip',
      }),
    status: 400,
    says: /not UTF-8|not JSON/,
  },
  {
    name: 'that is shorter than it says',
    send: async (target) => {
      const socket = await opened(target, `${head(target, 'content-length: 100\r\n')}{}`);
      socket.end();
      await once(socket.resume(), 'close');
      return target.send({ path: '/healthz' });
    },
    status: 200,
  },
  {
    name: 'that has no end is not read to one',
    async send(target) {
      const socket = await opened(target, head(target, 'transfer-encoding: chunked\r\n'));
      const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
      const pour = () => {
        while (!socket.destroyed && socket.writable && socket.write(chunk));
      };
      socket.on('drain', pour);
      pour();
      await new Promise((resolve) => socket.once('close', resolve));
      assert.ok(socket.bytesWritten < 64 * 1024 * 1024);
      return target.send({ path: '/healthz' });
    },
    status: 200,
    after: ({ entries }) =>
      assert.ok(entries.slice(-3).some(({ event, status }) => event === 'request' && status === 413)),
  },
  stalled('that does not come', (target) => head(target, 'content-length: 100\r\n')),
  stalled('of which a byte came', (target) => `${head(target, 'transfer-encoding: chunked\r\n')}1\r\n{`),
  stalled('whose headers have no end', (target) => head(target, '').slice(0, -2)),
  {
    name: 'of an answer that nobody reads, on all connections that there are, keeps nobody else from theirs',
    relay: { connections: 10 },
    async send(target) {
      const sockets = await unread(target, 10);
      const lost = once(sockets[0]?.resume() as Socket, 'close');
      const answer = await target.send({ path: '/v1/flows/welcome' });
      await lost;
      assert.ok((sockets[0]?.bytesRead ?? LARGE) < LARGE, 'the longest has given way');
      for (const socket of sockets) socket.destroy();
      return answer;
    },
    status: 200,
  },
];
