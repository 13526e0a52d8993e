/**
 * What every endpoint asks of a request before it looks at what the body says: path, key, permission, content type,
 * size, JSON. The statuses are documented in `api/errors`, the order in which they are checked is not: the emulator
 * goes from the outside in, so that a wrong key learns nothing about the body.
 */
import { refusals, type Answer } from './answer.ts';
import { jsonOf } from './json.ts';
import type { Workspace } from './workspace.ts';

/**
 * Largest body of nearly all endpoints: "4 MB" (`api/api_limits#payload-size-limits`). Whether that is 4,000,000 or
 * 4,194,304 bytes is not documented: the smaller, so that a client that passes here passes either way.
 */
const BODY_LIMIT_BYTES = 4_000_000;

/** A request as the gate and the journal see it. */
export interface IncomingRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** `undefined` when it was over the limit of 4 MB; then only that is known of it. */
  readonly body: Uint8Array | undefined;
}

/** Reads a request to its end, keeping no more of the body than may be processed. */
export async function readRequest(request: Request): Promise<IncomingRequest> {
  const url = new URL(request.url);
  return {
    method: request.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(request.headers),
    body: await readBody(request.body),
  };
}

/** Too long a body is read on but not kept: cutting it off would reset the connection before the 413 is read. */
async function readBody(stream: ReadableStream<Uint8Array> | null): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream ?? []) {
    size += chunk.length;
    if (size <= BODY_LIMIT_BYTES) chunks.push(chunk);
  }
  return size <= BODY_LIMIT_BYTES ? Buffer.concat(chunks) : undefined;
}

/**
 * The refusal for a path or method that no endpoint has. A known path with a slash too many is "403: trailing slash
 * or URL typo" (`api/errors`); all else is 404, a wrong method included, of which nothing is documented.
 */
export function refusalOfUnknown(request: IncomingRequest, knownPaths: ReadonlySet<string>): Answer {
  const slashTooMany = request.path.endsWith('/') && knownPaths.has(request.path.replace(/\/+$/, ''));
  return slashTooMany ? refusals.forbidden : refusals.notFound;
}

/**
 * The refusal for a caller who may not use an endpoint, or `undefined`. A right key at a wrong host is 401 (`api/basics`). A
 * key without the permission is listed under 401 and under 403 (`api/errors`): 403, which is also what "access denied"
 * means elsewhere.
 */
export function refusalOfCaller(
  request: IncomingRequest,
  permission: string,
  { keys, hosts }: Pick<Workspace, 'keys' | 'hosts'>,
): Answer | undefined {
  const permissions = keys.permissionsOf(request.headers['authorization']);
  const isHere = hosts === undefined || hosts.includes(request.headers['host']?.toLowerCase() ?? '');
  if (!permissions || !isHere) return refusals.unauthorized;
  return permissions.includes(permission) ? undefined : refusals.forbidden;
}

/** The parsed JSON of a request, or the refusal: 415, 413 or 400. */
export function readJson(
  request: IncomingRequest,
): { readonly refusal: Answer } | { readonly json: unknown } {
  const mediaType = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') return { refusal: refusals.mediaType };
  if (!request.body) return { refusal: refusals.tooLarge };
  const text = textOf(request.body);
  const json = text === undefined ? undefined : jsonOf(text);
  return json === undefined ? { refusal: refusals.syntax } : { json };
}

/** JSON is in UTF-8 (`api/basics`): `undefined` for bytes that are not. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
