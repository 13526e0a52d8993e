/** Stands between two who speak HTTP, and remembers what each has said. */
import { createServer, request as send, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly asked: IncomingHttpHeaders;
  readonly question: string;
  readonly status: number;
  readonly answered: IncomingHttpHeaders;
  readonly answer: string;
}

type Question = Pick<Exchange, 'method' | 'path' | 'asked' | 'question'>;

export interface Proxy {
  readonly url: string;
  /** Oldest first: those that are answered. */
  readonly exchanges: readonly Exchange[];
  /** Waits for one that is answered, also before. */
  until(isOne: (exchange: Exchange) => boolean): Promise<Exchange>;
  /** From now on it is answered here, with 400 and these words, and nobody behind hears of it; `undefined` ends that. */
  refuseWith(words: ((question: Question) => string) | undefined): void;
  close(): Promise<void>;
}

/** @param added to each request */
export async function serveProxy(
  target: string,
  added: Readonly<Record<string, string>> = {},
): Promise<Proxy> {
  const exchanges: Exchange[] = [];
  const waiting = new Set<() => void>();
  let refusal: ((question: Question) => string) | undefined;

  const pass = async (question: Question): Promise<Pick<Exchange, 'status' | 'answered' | 'answer'>> => {
    if (refusal) {
      const answer = JSON.stringify({ message: refusal(question) });
      return { status: 400, answered: { 'content-type': 'application/json' }, answer };
    }
    // To be searched it is asked for as it is.
    const { 'accept-encoding': _, host: __, connection: ___, ...asked } = question.asked;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const { method, path } = question;
      send(new URL(path, target), { method, headers: { ...asked, ...added }, agent: false }, resolve)
        .on('error', reject)
        .end(question.question);
    });
    const { connection: _c, 'keep-alive': _k, 'transfer-encoding': _t, ...answered } = response.headers;
    return {
      status: response.statusCode ?? 0,
      answered,
      answer: (await buffer(response)).toString('latin1'),
    };
  };

  const server = createServer((message, response) => {
    void (async () => {
      const { method = '', url: path = '', headers: asked } = message;
      const question = { method, path, asked, question: (await buffer(message)).toString() };
      const passed = await pass(question);
      const exchange = { ...question, ...passed };
      exchanges.push(exchange);
      for (const look of waiting) look();
      response.writeHead(passed.status, passed.answered).end(Buffer.from(passed.answer, 'latin1'));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    exchanges,
    until: (isOne) =>
      new Promise((resolve) => {
        const look = () => {
          const found = exchanges.find(isOne);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    refuseWith: (words) => (refusal = words),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
