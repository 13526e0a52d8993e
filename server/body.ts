/** The JSON that a request carries. */
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { shapeProblem } from './doors/json-shape.ts';
import type { Ports } from './ports.ts';
import { Refusal } from './problem.ts';

/**
 * Bytes of a body. What comes is held until it is whole, at most paths before anybody knows of whom it is: so each takes no more than it
 * needs, and only where the session is checked first that is much.
 */
export const BODY_LIMITS = {
  /** A submission is a few kB; 50 of them, generously. Braze's own limit is 4 MB (`api/api_limits#payload-size-limits`). */
  submissions: 256 * 1024,
  /** As much as a browser lets outlive its page (Fetch, section 4.6), which is how it tells that it goes. */
  departure: 64 * 1024,
  /** Two credentials of 4 kB each at most, and what a challenge gave, of 8 kB (`schema.ts`). */
  session: 24 * 1024,
  /** A credential; an order of an entry link. */
  others: 16 * 1024,
} as const;

export type BodyKind = keyof typeof BODY_LIMITS;

/** JSON is UTF-8 (RFC 8259, section 8.1). What is not is refused: replaced, it would be another answer than the visitor's. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Milliseconds from the end of the headers until the body is whole. One of some kB is there at once, and one of the largest needs 13 kB/s. With
 * the time that headers have (`adapters/listen.ts`) it is the half minute after which the widget gives a request up.
 */
export const BODY_TIMEOUT = 20_000;

/**
 * Chunks of a body that does not say how long it is. Each costs the relay some 50 µs, however little is in it: 256 kB in chunks of a byte would
 * be seconds of its time. No browser sends ours in chunks, and a proxy that does puts some kB into each.
 */
const MAX_CHUNKS = 2_048;

/** Reads the body of a request. @throws {HTTPException} 415, 413, 408 or 400 */
export type ReadJson = (c: Context, kind?: BodyKind) => Promise<unknown>;

export const createReadJson =
  (ports: Pick<Ports, 'setTimer'>): ReadJson =>
  (c, kind = 'others') =>
    inBodyTime(ports, (tooLate) => readJson(c, BODY_LIMITS[kind], tooLate));

/** @param read is given what rejects with a 408 when the time is over that a body may take */
export async function inBodyTime<T>(
  { setTimer }: Pick<Ports, 'setTimer'>,
  read: (tooLate: Promise<never>) => Promise<T>,
): Promise<T> {
  let cancelTimer: (() => void) | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    cancelTimer = setTimer(() => reject(tooSlow()), BODY_TIMEOUT);
  });
  try {
    return await read(tooLate);
  } finally {
    cancelTimer?.();
  }
}

async function readJson(c: Context, limit: number, tooLate: Promise<never>): Promise<unknown> {
  if (!/^application\/json\s*(?:;|$)/i.test(c.req.header('content-type') ?? '')) {
    throw new HTTPException(415, { message: 'The body should be application/json.' });
  }
  const bytes = await readBytes(c, limit, tooLate);
  if (bytes.byteLength === 0) throw new HTTPException(400, { message: 'The body is empty.' });
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new HTTPException(400, { message: 'The body is not UTF-8.' });
  }
  const problem = shapeProblem(text);
  if (problem !== undefined) throw new HTTPException(400, { message: `The body ${problem}.` });
  try {
    // Browsers write such escapes for halves of a pair alone.
    return SURROGATE_ESCAPE.test(text) ? JSON.parse(text, wellFormed) : JSON.parse(text);
  } catch {
    throw new HTTPException(400, { message: 'The body is not JSON.' });
  }
}

/** `\ud83d` and the like: half of a surrogate pair. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/**
 * Half of a surrogate pair is no character: cut off by a program that counts in UTF-16, and changed on its way by whatever writes
 * UTF-8. It becomes U+FFFD here, as in every `USVString` of the web (https://webidl.spec.whatwg.org/#idl-USVString).
 */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value;
}

/** Of a body that says how long it is the runtime gives no more than that: it need not pass through a stream, which costs more. */
async function readBytes(
  c: Context,
  limit: number,
  tooLate: Promise<never>,
): Promise<ArrayBuffer | Uint8Array> {
  const length = c.req.header('content-length');
  if (length !== undefined && c.req.header('transfer-encoding') === undefined) {
    if (Number(length) > limit) throw tooLarge(limit);
    return Promise.race([c.req.raw.arrayBuffer().catch(endedEarly), tooLate]);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = c.req.raw.body?.getReader();
  for (;;) {
    const { value } = (await Promise.race([reader?.read().catch(endedEarly), tooLate])) ?? {};
    if (!value) break;
    size += value.byteLength;
    chunks.push(value);
    if (size > limit || chunks.length > MAX_CHUNKS) {
      await reader?.cancel();
      throw size > limit ? tooLarge(limit) : tooManyChunks();
    }
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/**
 * A tab that is closed, a network that is gone: nobody is left to read this, and it is no fault of the relay.
 * @throws {HTTPException} 400
 */
export function endedEarly(): never {
  throw new HTTPException(400, { message: 'The body ended before it was whole.' });
}

/** What comes after it on that connection would be the rest of the body. */
function tooSlow(): Refusal {
  const seconds = BODY_TIMEOUT / 1_000;
  return new Refusal(408, `The body was not whole after ${seconds} s.`, { headers: { connection: 'close' } });
}

function tooManyChunks(): HTTPException {
  return new HTTPException(413, { message: `The body comes in more than ${MAX_CHUNKS} chunks.` });
}

function tooLarge(limit: number): HTTPException {
  return new HTTPException(413, { message: `The body is larger than ${limit} bytes.` });
}
