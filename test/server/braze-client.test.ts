/** What comes back of a request to Braze, over real sockets: above all, whether it is certain that nothing has left. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSocketServer, type AddressInfo, type Server as SocketServer } from 'node:net';
import { after, describe, it } from 'node:test';
import { createBrazeFetch } from '../../server/adapters/braze-fetch.ts';
import { webPorts } from '../../server/adapters/web-ports.ts';
import { createBrazeClient, type BrazeAnswer } from '../../server/braze/client.ts';
import type { TrackBody } from '../../server/braze/payload.ts';
import { VERSION } from '../../server/version.ts';

const BODY: TrackBody = { events: [{ name: 'met', time: '2026-01-15T10:00:00.000Z', external_id: 'ada' }] };
const CONFIG = { organization: 'BrandExample', brazeTimeout: 10_000 };

const kept = createBrazeFetch(CONFIG.brazeTimeout);
const FETCHES = [
  ['the fetch of the Node adapter', kept.fetch],
  ['the fetch of the runtime', fetch],
] as const;

const servers: (Server | SocketServer)[] = [];
after(async () => {
  await kept.close();
  for (const server of servers) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server | SocketServer): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

type Handler = (request: IncomingMessage, body: string, response: ServerResponse) => void;

/** A server that reads the whole request first. @returns its address */
async function serve(handle: Handler): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => handle(request, Buffer.concat(chunks).toString(), response));
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createSocketServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const ports = { ...webPorts, fetch };

function track(endpoint: string, fetch: typeof globalThis.fetch, key = () => 'k-1'): Promise<BrazeAnswer> {
  return createBrazeClient({ endpoint, key }, CONFIG, { ...ports, fetch }).track(BODY);
}

const none = (reason: 'unsent' | 'network' | 'timeout'): BrazeAnswer => ({ type: 'no_answer', reason });

for (const [name, fetch] of FETCHES) {
  describe(`without an answer, by ${name}`, () => {
    it('nothing has left where the port is closed', async () => {
      assert.deepEqual(await track(`http://127.0.0.1:${await freePort()}`, fetch), none('unsent'));
    });

    it('nothing has left where the port is closed at each address of the name', async () => {
      assert.deepEqual(await track(`http://localhost:${await freePort()}`, fetch), none('unsent'));
    });

    it('nothing has left where the name is nobody’s', async () => {
      assert.deepEqual(await track('http://rest.nowhere.invalid', fetch), none('unsent'));
    });

    it('nothing has left where the other side speaks no TLS', async () => {
      const endpoint = await serve((_, __, response) => response.end());
      assert.deepEqual(await track(endpoint.replace('http:', 'https:'), fetch), none('unsent'));
    });

    it('it is in doubt where the connection is reset at the first bytes of the request', async () => {
      const port = await listen(
        createSocketServer((socket) => void socket.once('data', () => socket.resetAndDestroy())),
      );
      assert.deepEqual(await track(`http://127.0.0.1:${port}`, fetch), none('network'));
    });

    it('it is in doubt where the connection is reset after the request is read', async () => {
      const endpoint = await serve((request) => request.socket.resetAndDestroy());
      assert.deepEqual(await track(endpoint, fetch), none('network'));
    });

    it('it is in doubt where the connection is closed after the request is read', async () => {
      const endpoint = await serve((request) => request.socket.end());
      assert.deepEqual(await track(endpoint, fetch), none('network'));
    });

    it('it is in doubt where the answer is not HTTP', async () => {
      const port = await listen(createSocketServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n')));
      assert.deepEqual(await track(`http://127.0.0.1:${port}`, fetch), none('network'));
    });

    it('it is in doubt where the time is up after the request is read', async () => {
      let giveUp = (): void => undefined;
      const endpoint = await serve(() => giveUp());
      const setTimer = (callback: () => void) => {
        giveUp = callback;
        return () => undefined;
      };
      const client = createBrazeClient({ endpoint, key: () => 'k-1' }, CONFIG, { fetch, setTimer });
      assert.deepEqual(await client.track(BODY), none('timeout'));
    });
  });

  describe(`an answer, by ${name}`, () => {
    const statusAndBody = async (handle: Handler) => {
      const answer = await track(await serve(handle), fetch);
      assert.ok(answer.type === 'response');
      return [answer.status, answer.body];
    };

    it('has the status, the headers and the parsed body', async () => {
      const endpoint = await serve((_, __, response) => {
        response.writeHead(201, { 'X-RateLimit-Remaining': '7' }).end('{"message":"success"}');
      });
      const answer = await track(endpoint, fetch);
      assert.ok(answer.type === 'response');
      assert.equal(answer.headers.get('x-ratelimit-remaining'), '7');
      assert.deepEqual([answer.status, answer.body], [201, { message: 'success' }]);
    });

    it('in pieces is read whole, also where they part a character', async () => {
      const bytes = Buffer.from('{"message":"成功"}');
      const answer = await statusAndBody((_, __, response) => {
        response.writeHead(201).write(bytes.subarray(0, 13));
        setImmediate(() => response.end(bytes.subarray(13)));
      });
      assert.deepEqual(answer, [201, { message: '成功' }]);
    });

    const UNREAD: readonly { name: string; handle: Handler }[] = [
      { name: 'is empty', handle: (_, __, response) => response.writeHead(201).end() },
      { name: 'is not JSON', handle: (_, __, response) => response.writeHead(201).end('<html>') },
      {
        name: 'breaks off',
        handle: (request, _, response) => {
          const end = () => void request.socket.destroy();
          response.writeHead(201, { 'content-length': '100' }).write('{"message":', end);
        },
      },
      {
        name: 'is over 1 MB',
        handle: (_, __, response) => response.writeHead(201).end(`"${'x'.repeat(1_000_000)}"`),
      },
    ];
    for (const { name, handle } of UNREAD) {
      it(`keeps its status where its body ${name}: that is Braze’s word already`, async () => {
        assert.deepEqual(await statusAndBody(handle), [201, undefined]);
      });
    }

    it('keeps its status where the time is up while its body comes', async () => {
      let giveUp = (): void => undefined;
      const endpoint = await serve((_, __, response) => {
        response.writeHead(201, { 'content-length': '100' }).write('{"message":');
      });
      const setTimer = (callback: () => void) => {
        giveUp = callback;
        return () => undefined;
      };
      const answering: typeof fetch = async (...request) => {
        const response = await fetch(...request);
        giveUp();
        return response;
      };
      const client = createBrazeClient({ endpoint, key: () => 'k-1' }, CONFIG, {
        fetch: answering,
        setTimer,
      });
      const answer = await client.track(BODY);
      assert.ok(answer.type === 'response');
      assert.deepEqual([answer.status, answer.body], [201, undefined]);
    });

    it('that redirects is not followed: the key goes to no other host', async () => {
      const asked: string[] = [];
      const other = await serve((request, __, response) => {
        asked.push(request.url ?? '');
        response.end();
      });
      const answer = await statusAndBody((_, __, response) => {
        response.writeHead(307, { location: other }).end();
      });
      assert.deepEqual(answer, [307, undefined]);
      assert.deepEqual(asked, []);
    });
  });
}

describe('a request to Braze', () => {
  interface Seen {
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly body: string;
    readonly line: string;
  }
  const record = async () => {
    const seen: Seen[] = [];
    const endpoint = await serve(({ method, url, headers }, body, response) => {
      seen.push({ headers, body, line: `${method} ${url}` });
      response.writeHead(201).end('{}');
    });
    return { seen, endpoint };
  };

  it('is a POST without a trailing slash (api/errors, 403), JSON, and names the partner (api_partner)', async () => {
    const { seen, endpoint } = await record();
    await track(endpoint, fetch);
    assert.equal(seen[0]?.line, 'POST /users/track');
    assert.equal(seen[0].headers['content-type'], 'application/json');
    assert.equal(seen[0].headers['user-agent'], `partner-BrandExample-Parley/${VERSION}`);
    assert.deepEqual(JSON.parse(seen[0].body), BODY);
  });

  it('carries the key of its own time: one that was replaced is not used again', async () => {
    const { seen, endpoint } = await record();
    const keys = ['old', 'new'];
    const client = createBrazeClient({ endpoint, key: () => keys.shift() ?? '' }, CONFIG, ports);
    await client.track(BODY);
    await client.track(BODY);
    const used = seen.map(({ headers }) => headers['authorization']);
    assert.deepEqual(used, ['Bearer old', 'Bearer new']);
  });

  it('takes a body that has been written already', async () => {
    const { seen, endpoint } = await record();
    await createBrazeClient({ endpoint, key: () => 'k-1' }, CONFIG, ports).track('{"events":[]}');
    assert.equal(seen[0]?.body, '{"events":[]}');
  });
});

/** As `fetch` throws it: a `TypeError` whose cause is the connection's. */
const failed = (cause: object): Error => Object.assign(new TypeError('fetch failed'), { cause });

const FAULTS: readonly { name: string; error: unknown; reason: 'unsent' | 'network' }[] = [
  ...[
    'ECONNREFUSED',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
    'UND_ERR_CONNECT_TIMEOUT',
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ].map((code) => ({ name: code, error: failed({ code }), reason: 'unsent' as const })),
  ...[
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'UND_ERR_SOCKET',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_BODY_TIMEOUT',
    'UND_ERR_ABORTED',
    'HPE_INVALID_CONSTANT',
  ].map((code) => ({ name: code, error: failed({ code }), reason: 'network' as const })),
  {
    name: 'ETIMEDOUT of connecting',
    error: failed({ code: 'ETIMEDOUT', syscall: 'connect' }),
    reason: 'unsent',
  },
  {
    name: 'two addresses, neither of which could be connected to',
    error: failed({
      code: 'ETIMEDOUT',
      errors: [{ code: 'ETIMEDOUT', syscall: 'connect' }, { code: 'ENETUNREACH' }],
    }),
    reason: 'unsent',
  },
  {
    name: 'two faults, one of which is not of connecting',
    error: failed({ code: 'ECONNREFUSED', errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNRESET' }] }),
    reason: 'network',
  },
  { name: 'a cause of a cause', error: failed(failed({ code: 'ENOTFOUND' })), reason: 'unsent' },
  { name: 'an error that says nothing', error: new Error('no'), reason: 'network' },
  { name: 'no error at all', error: undefined, reason: 'network' },
  { name: 'a text', error: 'ECONNREFUSED', reason: 'network' },
];
const circle = { cause: {} };
circle.cause = circle;

describe('what a fault of fetch tells', () => {
  for (const { name, error, reason } of [
    ...FAULTS,
    { name: 'a circle of causes', error: circle, reason: 'network' as const },
  ]) {
    it(`${name}: ${reason === 'unsent' ? 'nothing has left' : 'Braze may have it'}`, async () => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a runtime may reject with anything
      const rejecting = () => Promise.reject(error);
      assert.deepEqual(await track('http://127.0.0.1', rejecting), none(reason));
    });
  }
});
