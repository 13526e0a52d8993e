/** Which shard a request is for: that of the visitor whom it names, or where it names nobody yet, that of the address it comes from. */
import { getPath } from 'hono/utils/url';
import { decodeJwt } from 'jose';
import { hashOf } from '../../../widget/flow/hash.ts';
import { bearerIn } from '../../bearer.ts';
import { BODY_LIMITS, endedEarly, inBodyTime } from '../../body.ts';
import type { RelayConfig } from '../../config.ts';
import { createFindClient } from '../../doors/client-address.ts';
import type { Ports } from '../../ports.ts';

export interface Routed {
  readonly shard: number;
  /** With the body that was read of it. */
  readonly request: Request;
}

/**
 * `undefined` for what needs no visitor, and for pages that may not ask.
 * @throws {HTTPException} 408 or 400, for a body that does not come to its end
 */
export type RouteRequest = (request: Request) => Promise<Routed | undefined>;

/** What names the visitor. Anything else of `/v1` by these methods is counted where newcomers are. */
const NAMED_BY: Readonly<Record<string, 'session' | 'body'>> = {
  '/v1/submissions': 'session',
  '/v1/visitor': 'session',
  '/v1/sessions': 'body',
  '/v1/departures': 'body',
  '/v1/withdrawals': 'body',
};

/** For servers, and answered without a visitor. */
const OF_NOBODY = ['/v1/entry-links', '/v1/flows'];

/** The largest body that a visitor is named by. A larger one is refused by whoever reads it. */
const LONGEST_BODY = Math.max(BODY_LIMITS.session, BODY_LIMITS.departure, BODY_LIMITS.others);

/** By the upper bits of the hash, which depend on every character. @returns from 0 to less than `shards` */
export const shardOf = (name: string, shards: number): number =>
  Math.floor((hashOf(name) / 2 ** 32) * shards);

export function createRouting(
  { origins, trustedProxies }: Pick<RelayConfig, 'origins' | 'trustedProxies'>,
  shards: number,
  ports: Pick<Ports, 'random' | 'setTimer'>,
): RouteRequest {
  const findClient = createFindClient(trustedProxies);

  /** Where a runtime knows no addresses, any will do. */
  const homeOfNewcomer = ({ headers }: Request): number => {
    const forwarded = headers.get('x-forwarded-for') ?? undefined;
    const client = findClient(headers.get('cf-connecting-ip') ?? undefined, forwarded);
    return client ? shardOf(client.network, shards) : Math.floor(ports.random() * shards);
  };

  return async (request) => {
    // As the relay decodes it.
    const pathname = getPath(request);
    if (!pathname.startsWith('/v1/') || OF_NOBODY.some((path) => isWithin(pathname, path))) return undefined;
    if (!['POST', 'DELETE'].includes(request.method)) return undefined;
    if (!origins.has(request.headers.get('origin') ?? '')) return undefined;
    const namedBy = Object.hasOwn(NAMED_BY, pathname) ? NAMED_BY[pathname] : undefined;
    const read =
      namedBy === 'body'
        ? await inBodyTime(ports, (tooLate) => readVisitor(request, tooLate))
        : { request, token: sessionOf(request) };
    const visitor = read.token === undefined ? undefined : subjectOf(read.token);
    const shard = visitor === undefined ? homeOfNewcomer(request) : shardOf(visitor, shards);
    return { shard, request: read.request };
  };
}

const isWithin = (pathname: string, path: string): boolean =>
  pathname === path || pathname.startsWith(`${path}/`);

const sessionOf = ({ headers }: Request): string | undefined => bearerIn(headers.get('authorization'));

/** Whom a token names. A forged one reaches a shard that refuses it. */
function subjectOf(token: string): string | undefined {
  try {
    const { sub }: { readonly sub?: unknown } = decodeJwt(token);
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
}

async function readVisitor(
  request: Request,
  tooLate: Promise<never>,
): Promise<{ readonly request: Request; readonly token: string | undefined }> {
  const body = await readStart(request, tooLate);
  return { request: new Request(request, { body }), token: credentialIn(body) };
}

/** The body, and of one that is too long as much as makes it too long for whoever reads it. */
async function readStart({ body }: Request, tooLate: Promise<never>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  while (reader && length <= LONGEST_BODY) {
    const { done, value } = await Promise.race([reader.read().catch(endedEarly), tooLate]);
    if (done) break;
    chunks.push(value);
    length += value.byteLength;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

function credentialIn(body: Uint8Array): string | undefined {
  try {
    const { visitor } = JSON.parse(new TextDecoder().decode(body)) as { readonly visitor?: unknown };
    return typeof visitor === 'string' ? visitor : undefined;
  } catch {
    // Whoever reads it says what is wrong.
    return undefined;
  }
}
