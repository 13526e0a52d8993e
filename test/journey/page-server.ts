/** A brand's server whose one page is what the test says. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PageServer {
  readonly url: string;
  /** What the next visit finds in the body, under which content security policy, and in which language; by default in English. */
  setBody(html: string, policy?: string, language?: string): void;
  close(): Promise<void>;
}

export function servePage(): Promise<PageServer> {
  let body = '';
  let policy: string | undefined;
  let language = 'en';
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (policy !== undefined) response.setHeader('content-security-policy', policy);
    response.end(`<!doctype html><html lang="${language}"><title>A page</title><body>${body}</body></html>`);
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, 'localhost', () => {
      resolve({
        url: `http://localhost:${(server.address() as AddressInfo).port}`,
        setBody: (html, given, spoken = 'en') => {
          body = html;
          policy = given;
          language = spoken;
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
