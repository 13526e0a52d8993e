/** A client that sees what `fetch` hides: how a connection ends, and half an answer. It may also send a `Host` of its choice. */
import { request, type IncomingHttpHeaders } from 'node:http';

export interface RawReply {
  /** 0 if there was no answer. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As much of the body as has come. */
  readonly text: string;
  /** Message of the error in which it ended; `undefined` for an answer that is whole. */
  readonly error: string | undefined;
}

/** Sends a POST on a connection of its own. */
export function sendRaw(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<RawReply> {
  return new Promise((resolve) => {
    const sent = request(url, { method: 'POST', headers, agent: false }, (response) => {
      const { statusCode: status = 0, headers: answered } = response;
      let text = '';
      const end = (error?: Error): void =>
        resolve({ status, headers: answered, text, error: error?.message });
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => (text += chunk))
        .on('end', () => end())
        .on('error', end);
    });
    sent
      .on('error', ({ message }) => resolve({ status: 0, headers: {}, text: '', error: message }))
      .end(body);
  });
}
