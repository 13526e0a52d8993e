/** Requests to every public endpoint: honest ones, honest ones with slips, and what no browser sends. By seed. */
import { createBodies } from '../long/submission-bodies.ts';
import { mutate, mutateText } from '../long/mutations.ts';
import { createRandom } from '../long/random.ts';
import { createSubmission, OTHER_ORIGIN, PROD_ORIGIN, SANDBOX_ORIGIN } from '../server/relay-fixture.ts';
import type { FuzzRequest } from './exchange.ts';

/** What a visitor has been given, and what a server knows that makes entry links. */
export interface Belongings {
  readonly session: string;
  readonly visitor: string;
  /** Of the brand's backend, on who is signed in. */
  readonly identity: string;
  readonly entryLink: string;
  readonly entryLinkKey: string;
}

type Headers = Readonly<Record<string, string>>;

interface Plain {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body?: string | Uint8Array;
  /** In so many chunks (RFC 9112, section 7.1), and without a length. */
  readonly chunks?: number;
}

const PATHS = [
  '/healthz',
  '/readyz',
  '/v1/flows/welcome',
  '/v1/sessions',
  '/v1/submissions',
  '/v1/departures',
  '/v1/withdrawals',
  '/v1/visitor',
  '/v1/entry-links',
  '/openapi.json',
  '/flow.schema.json',
  '/parley.js',
  '/assets/chunk.js',
  '/THIRD-PARTY-LICENSES.txt',
  '/metrics',
  '/',
  '*',
];

const ODD_PATHS = [
  '/../../package.json',
  '/assets/../../../etc/passwd',
  '/..%2f..%2fetc%2fpasswd',
  '/%2e%2e/%2e%2e/relay.db',
  '/..\\..\\relay.db',
  '/assets/%00.js',
  '/parley.js%00.txt',
  '/parley.js/',
  '//evil.example/parley.js',
  '/%',
  '/%ff%fe',
  '/%E0%80%80',
  '/v1/flows/__proto__',
  '/v1/flows/constructor',
  '/v1/flows/%2e%2e%2fwelcome',
  '/v1/flows/welcome?locale=%ff&locale=__proto__',
  '/v1/flows/welcome?locale=x-'.padEnd(4_000, 'a'),
  '/v1/flows/welcome?entry=',
  '/v1//sessions',
  '/V1/SESSIONS',
  '/v1/sessions/',
  '/v1/sessions?x=1#y',
  '/v1/submissions;a=b',
  'http://evil.example/v1/sessions',
  'http://localhost:0/healthz',
  '/'.padEnd(12_000, 'x'),
];

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'];

const JSON_TYPE = 'application/json';

/** Each in place of what an honest request has, or beside it. */
const ODD_HEADERS: readonly Headers[] = [
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: OTHER_ORIGIN },
  { origin: PROD_ORIGIN },
  { origin: `${SANDBOX_ORIGIN}.evil.example` },
  { origin: '__proto__' },
  { host: 'evil.example' },
  { host: 'a b' },
  { host: '[::1' },
  { host: '' },
  { authorization: 'Bearer' },
  { authorization: 'Basic YTpi' },
  { authorization: `Bearer ${'.'.repeat(5_000)}` },
  { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' },
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-encoding': 'gzip' },
  { 'x-request-id': '{"level":"error"}' },
  { 'x-request-id': 'x'.repeat(5_000) },
  { 'x-request-id': '\u00e9\u00ff' },
  { traceparent: '00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-ff' },
  { traceparent: 'x'.repeat(3_000) },
  { 'x-forwarded-for': '__proto__, 999.999.999.999, ::1' },
  { 'x-forwarded-for': '203.0.113.7, '.repeat(300) },
  { forwarded: 'for="[2001:db8::1"; proto=javascript' },
  { 'x-forwarded-proto': 'javascript', 'x-forwarded-host': 'evil.example' },
  { 'accept-encoding': 'br;q=nan, *;q=-1, gzip, '.repeat(50) },
  { 'if-none-match': '"'.repeat(2_000) },
  { 'if-modified-since': 'Thu, 32 Feb 0000 25:61:61 GMT' },
  { range: 'bytes=-9999999999999999999,0-0,1-1' },
  { 'access-control-request-method': 'DELETE', 'access-control-request-headers': 'x-'.repeat(2_000) },
  { expect: '100-continue' },
  { upgrade: 'h2c', connection: 'upgrade, close' },
  { cookie: 'a='.padEnd(6_000, 'b') },
  { te: 'trailers, deflate;q=0.5', trailer: 'content-length' },
  { accept: '*/*;q='.padEnd(3_000, '0') },
];

/** A path, an address or all of the server (RFC 9112, section 3.2). Of anything else Node makes no request. */
const TARGET = /^(?:\/|https?:\/\/|\*$)/;

/** What is no request, or is one that proxies and servers have read in two ways. */
const RAW = [
  '',
  '\r\n\r\n',
  'GET\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'GET /healthz HTTP/1.0\r\n\r\n',
  'GET  /healthz  HTTP/1.1\r\nhost: a\r\n\r\n',
  'GET /healthz HTTP/1.1\nhost: a\n\n',
  'GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n',
  'GET /healthz HTTP/1.1\r\nhost : a\r\n\r\n',
  'GET /healthz HTTP/1.1\r\nhost: a\r\n folded: b\r\n\r\n',
  'GET /healthz HTTP/1.1\r\nhost: a\r\nx: \u0000\r\n\r\n',
  'CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
  'POST /v1/sessions HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 2\r\n\r\n{}abc',
  'POST /v1/sessions HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n{}',
  'POST /v1/sessions HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999\r\n\r\n{}',
  'POST /v1/sessions HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{}',
  'POST /v1/sessions HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST /v1/sessions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n',
  'POST /v1/sessions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}',
  'POST /v1/sessions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  `GET / HTTP/1.1\r\nhost: a\r\n${'x: y\r\n'.repeat(3_000)}\r\n`,
  `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
  'GET /healthz HTTP/1.1\r\nhost: a\r\n\r\nGET /readyz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
];

export interface Requests {
  /** @param address of the client, as a proxy in front of the relay writes it */
  next(has: Belongings, address: string): FuzzRequest;
}

export function createRequests(seed: number): Requests {
  const random = createRandom(seed);
  const bodies = createBodies(seed);
  const isOften = (share: number) => random.nat(100) < share;
  const or = <T>(share: number, honest: T, odd: () => T): T => (isOften(share) ? honest : odd());
  /** A token with a slip in it, or another one in its place. */
  const token = (honest: string, has: Belongings) =>
    or(80, honest, () =>
      isOften(50)
        ? mutateText(honest, random)
        : random.pick([has.session, has.visitor, has.identity, has.entryLink, has.entryLinkKey, '']),
    );
  const json = (honest: object): string => {
    const text = JSON.stringify(or<unknown>(60, honest, () => mutate({ body: honest }, random)));
    return or(90, text, () => mutateText(text, random));
  };
  const post = (path: string, body: Plain['body'], headers: Headers = {}): Plain => ({
    method: 'POST',
    path,
    headers: { origin: SANDBOX_ORIGIN, 'content-type': JSON_TYPE, ...headers },
    ...(body !== undefined && { body }),
  });
  const left = () => {
    const made = createSubmission();
    return { ...made, id: `${made.id}.abandoned`, node: 'email', answers: {}, reason: 'refused' };
  };

  const KINDS: Readonly<Record<string, (has: Belongings) => Plain>> = {
    session: (has) =>
      post(
        '/v1/sessions',
        json({
          ...(isOften(50) && { visitor: token(has.visitor, has) }),
          ...(isOften(40) && { identity: token(has.identity, has) }),
        }),
      ),
    submission: (has) => {
      const { body, headers } = bodies.next();
      return post('/v1/submissions', body, {
        ...headers,
        authorization: `Bearer ${token(has.session, has)}`,
      });
    },
    departure: (has) =>
      post(
        '/v1/departures',
        json({
          visitor: token(has.visitor, has),
          sent: new Date().toISOString(),
          ...or<object>(70, { left: left() }, () => ({ back: createSubmission().id.split('.')[0] })),
        }),
      ),
    withdrawal: (has) => post('/v1/withdrawals', json({ visitor: token(has.visitor, has) })),
    erasure: (has) => ({
      method: 'DELETE',
      path: '/v1/visitor',
      headers: { origin: SANDBOX_ORIGIN, authorization: `Bearer ${token(has.session, has)}` },
      // The widget sends none.
      ...(isOften(20) && { body: json({ visitor: token(has.visitor, has) }) }),
    }),
    'entry-link': (has) =>
      post(
        '/v1/entry-links',
        json({ site: 'brand', environment: 'sandbox', flow: 'welcome', cohort: 'vip' }),
        {
          authorization: `Bearer ${token(has.entryLinkKey, has)}`,
        },
      ),
    flow: (has) => {
      const query = new URLSearchParams({
        ...(isOften(60) && { locale: random.pick(['en', 'ja', 'x', '__proto__', 'en-Latn-x-private']) }),
        ...(isOften(40) && { entry: token(has.entryLink, has) }),
      });
      const path = `/v1/flows/welcome?${query.toString()}`;
      return {
        method: 'GET',
        path: or(80, path, () => mutateText(path, random)),
        headers: { origin: SANDBOX_ORIGIN },
      };
    },
    path: () => {
      const path = or(50, random.pick(ODD_PATHS), () => mutateText(random.pick(PATHS), random));
      return {
        method: random.pick(['GET', 'GET', 'HEAD', 'POST']),
        path,
        headers: { origin: SANDBOX_ORIGIN },
      };
    },
    method: () => ({
      method: random.pick(METHODS),
      path: random.pick(PATHS),
      headers: { origin: SANDBOX_ORIGIN },
    }),
  };
  const NAMES = Object.keys(KINDS);

  const draw = (has: Belongings, address: string): Plain & { readonly kind: string } => {
    const kind = or(40, 'submission', () => random.pick(NAMES));
    const plain = (KINDS[kind] as (has: Belongings) => Plain)(has);
    const known = { 'x-forwarded-for': address, ...plain.headers };
    const headers = or(75, known, () => ({ ...known, ...random.pick(ODD_HEADERS) }));
    return { ...plain, kind, headers, ...(isOften(15) && { chunks: 1 + random.nat(6) }) };
  };

  return {
    next(has, address) {
      if (isOften(95)) {
        const plain = draw(has, address);
        return {
          kind: plain.kind,
          method: plain.method,
          chunks: written(plain),
          isWhole: TARGET.test(plain.path),
        };
      }
      const whole = Buffer.concat(written(draw(has, address))).toString('latin1');
      const text = random.pick([
        () => random.pick(RAW),
        () => random.pick(RAW),
        () => mutateText(whole, random),
        () => whole.slice(0, random.nat(whole.length)),
        () => String.fromCharCode(...Array.from({ length: random.nat(400) }, () => random.nat(256))),
      ])();
      return { kind: 'raw', method: 'GET', chunks: [bytesOf(text)], isWhole: false };
    },
  };
}

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

/** As HTTP/1.1 has it (RFC 9112): whatever a value is, it breaks no line, so that there is one request. */
function written({ method, path, headers, body, chunks }: Plain): Uint8Array[] {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  const all: Headers = {
    host: 'localhost',
    ...(chunks !== undefined && bytes && { 'transfer-encoding': 'chunked' }),
    ...(chunks === undefined && bytes && { 'content-length': String(bytes.byteLength) }),
    connection: 'close',
    ...headers,
  };
  const plain = (text: string) => text.replace(/[^\x21-\x7e\x80-\xff]/g, '_');
  const lines = Object.entries(all).map(
    ([name, value]) => `${name}: ${value.replace(/[^\x20-\x7e\x80-\xff]/g, '_')}`,
  );
  const head = bytesOf([`${method} ${plain(path)} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
  if (!bytes) return [head];
  if (chunks === undefined) return [head, bytes];
  const size = Math.max(1, Math.ceil(bytes.byteLength / chunks));
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength; at += size) {
    const part = bytes.subarray(at, at + size);
    parts.push(bytesOf(`${part.byteLength.toString(16)}\r\n`), part, bytesOf('\r\n'));
  }
  return [head, ...parts, bytesOf('0\r\n\r\n')];
}
