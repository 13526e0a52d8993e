/** One request as bytes on a connection of its own, and what comes back. */
import { connect } from 'node:net';

export interface FuzzRequest {
  /** What was meant, for the totals: `submission`, `raw`. */
  readonly kind: string;
  readonly method: string;
  /** In the order in which they are written, each on its own. */
  readonly chunks: readonly Uint8Array[];
  /** Whether HTTP has a request in it, whatever the relay thinks of that. What is none may also be answered by a closed connection. */
  readonly isWhole: boolean;
}

export interface FuzzAnswer {
  /** 0 where the connection was closed without one. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** All of it as it came: head and body. */
  readonly text: string;
  readonly body: string;
  readonly isLate: boolean;
}

/** Milliseconds. Visitors wait 2.5 s for Braze at most, and for nothing else. */
const LATE = 5_000;

/** Milliseconds after which what is no whole request is ended: the relay waits for the rest of it, as it should. */
const PATIENCE = 100;

export function exchange(port: number, { chunks, isWhole, method }: FuzzRequest): Promise<FuzzAnswer> {
  return new Promise((resolve) => {
    const received: Buffer[] = [];
    let isLate = false;
    const socket = connect(port, '127.0.0.1');
    const late = setTimeout(() => {
      isLate = true;
      socket.destroy();
    }, LATE);
    const patience = isWhole ? undefined : setTimeout(() => socket.end(), PATIENCE);
    socket.on('data', (chunk) => received.push(chunk));
    // A connection that the relay has had enough of: what came before is the answer.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(late);
      clearTimeout(patience);
      resolve({ ...read(Buffer.concat(received).toString('utf8'), method), isLate });
    });
    for (const chunk of chunks) socket.write(chunk);
  });
}

/** Of several answers the first. An interim one (RFC 9110, section 15.2) is none. */
function read(text: string, method: string): Omit<FuzzAnswer, 'isLate'> {
  const end = text.indexOf('\r\n\r\n');
  const [line = '', ...lines] = text.slice(0, Math.max(0, end)).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1] ?? 0);
  const rest = text.slice(end + 4);
  if (status >= 100 && status < 200) return read(rest, method);
  const headers = new Map(
    lines.map((each) => {
      const colon = each.indexOf(':');
      return [each.slice(0, colon).toLowerCase(), each.slice(colon + 1).trim()] as const;
    }),
  );
  return { status, headers, text, body: method === 'HEAD' ? '' : bodyOf(rest, headers) };
}

/** Behind it may be another answer, to what came after the first request. */
function bodyOf(rest: string, headers: FuzzAnswer['headers']): string {
  if (headers.get('transfer-encoding') === 'chunked') return joined(rest);
  const length = headers.get('content-length');
  return length === undefined ? rest : Buffer.from(rest).subarray(0, Number(length)).toString();
}

/** A chunked body (RFC 9112, section 7.1) in one. The relay's are ASCII where their lengths matter. */
function joined(text: string): string {
  const [, digits = '0'] = /^([\da-f]+)\r\n/i.exec(text) ?? [];
  const size = parseInt(digits, 16);
  if (size === 0) return '';
  const start = digits.length + 2;
  return text.slice(start, start + size) + joined(text.slice(start + size + 2));
}
