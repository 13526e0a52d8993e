/** A brand's server whose one page is what the test says. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PageServer {
  readonly url: string;
  /** What the next visit finds in the body. */
  setBody(html: string): void;
  close(): Promise<void>;
}

export function servePage(): Promise<PageServer> {
  let body = '';
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><html lang="en"><title>A page</title><body>${body}</body></html>`);
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, 'localhost', () => {
      resolve({
        url: `http://localhost:${(server.address() as AddressInfo).port}`,
        setBody: (html) => (body = html),
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}
