/** The JSON that a request carries. */
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';

/** A submission is a few kB; 50 of them, generously. Braze's own limit is 4 MB (`api/api_limits#payload-size-limits`). */
export const MAX_BODY_BYTES = 256 * 1024;

/** JSON is UTF-8 (RFC 8259, section 8.1). What is not is refused: replaced, it would be another answer than the visitor's. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws {HTTPException} 415, 413 or 400 */
export async function readJson(c: Context): Promise<unknown> {
  if (!/^application\/json\s*(?:;|$)/i.test(c.req.header('content-type') ?? '')) {
    throw new HTTPException(415, { message: 'The body should be application/json.' });
  }
  const bytes = await readBytes(c);
  if (bytes.byteLength === 0) throw new HTTPException(400, { message: 'The body is empty.' });
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new HTTPException(400, { message: 'The body is not UTF-8.' });
  }
  try {
    // Browsers write such escapes for halves of a pair alone.
    return SURROGATE_ESCAPE.test(text) ? JSON.parse(text, wellFormed) : JSON.parse(text);
  } catch {
    // Not JSON, or such escapes in lists within lists, deeper than the stack.
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
async function readBytes(c: Context): Promise<ArrayBuffer | Uint8Array> {
  const length = c.req.header('content-length');
  if (length !== undefined && c.req.header('transfer-encoding') === undefined) {
    if (Number(length) > MAX_BODY_BYTES) throw tooLarge();
    return c.req.raw.arrayBuffer().catch(endedEarly);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = c.req.raw.body?.getReader();
  for (;;) {
    const { value } = (await reader?.read().catch(endedEarly)) ?? {};
    if (!value) break;
    size += value.byteLength;
    if (size > MAX_BODY_BYTES) {
      await reader?.cancel();
      throw tooLarge();
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** A tab that is closed, a network that is gone: nobody is left to read this, and it is no fault of the relay. */
function endedEarly(): never {
  throw new HTTPException(400, { message: 'The body ended before it was whole.' });
}

function tooLarge(): HTTPException {
  return new HTTPException(413, { message: `The body is larger than ${MAX_BODY_BYTES} bytes.` });
}
