/** A brand's server whose one page is what the test says. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PageServer {
  readonly url: string;
  /** What the next visit finds in the body, and under which content security policy. */
  setBody(html: string, policy?: string): void;
  close(): Promise<void>;
}

export function servePage(): Promise<PageServer> {
  let body = '';
  let policy: string | undefined;
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (policy !== undefined) response.setHeader('content-security-policy', policy);
    response.end(`<!doctype html><html lang="en"><title>A page</title><body>${body}</body></html>`);
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, 'localhost', () => {
      resolve({
        url: `http://localhost:${(server.address() as AddressInfo).port}`,
        setBody: (html, given) => {
          body = html;
          policy = given;
        },
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}
