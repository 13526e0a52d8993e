/** The two servers of a run: one for the page, and one that answers submissions as the relay does, from another origin. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SessionGrant, SubmissionsResponse } from '../../../widget/contract/wire.ts';

export interface Site {
  readonly origin: string;
  close(): Promise<void>;
}

const HTML =
  '<!doctype html><meta charset="utf-8"><title>Bench</title><script type="module" src="/page.js"></script>';

/** @param scripts by their path */
export function serveScripts(scripts: ReadonlyMap<string, string>): Promise<Site> {
  return listen(({ url = '/' }, response) => {
    const script = scripts.get(url);
    // Not kept: a page that is left is gone, also for the back/forward cache.
    response.setHeader('cache-control', 'no-store');
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
    response.end(script ?? HTML);
  });
}

export interface Arrivals {
  /** The steps that came, each as often as it did. */
  readonly steps: ReadonlyMap<number, number>;
  /** Milliseconds since 1970 of the last one that was new. */
  readonly lastAt: number;
  readonly requests: number;
}

export interface RelayDouble extends Site {
  arrivalsOf(conversation: string): Arrivals;
}

/** Ids as this bench makes them, in whatever a contender sends. */
const ID = /\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.(\d+)/g;

/** Seconds that a browser may remember a preflight: as the relay says (server/app.ts). */
const PREFLIGHT_MAX_AGE = '7200';

/** Answers each request correctly and at once: what is measured is the browser's part. */
export async function startRelayDouble(): Promise<RelayDouble> {
  const arrivals = new Map<string, { steps: Map<number, number>; lastAt: number; requests: number }>();

  const arrive = (conversation: string, steps: readonly number[]) => {
    const known = arrivals.get(conversation) ?? { steps: new Map<number, number>(), lastAt: 0, requests: 0 };
    arrivals.set(conversation, known);
    known.requests += 1;
    for (const step of steps) {
      const before = known.steps.get(step) ?? 0;
      known.steps.set(step, before + 1);
      if (before === 0) known.lastAt = performance.timeOrigin + performance.now();
    }
  };

  const site = await listen((request, response) => void answer(request, response));
  return {
    ...site,
    arrivalsOf: (conversation) =>
      arrivals.get(conversation) ?? { steps: new Map<number, number>(), lastAt: 0, requests: 0 },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin = '*' } = request.headers;
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('vary', 'Origin');
    if (request.method === 'OPTIONS') {
      const asked = request.headers['access-control-request-headers'] ?? '';
      response.setHeader('access-control-allow-methods', 'POST');
      response.setHeader('access-control-allow-headers', asked);
      response.setHeader('access-control-max-age', PREFLIGHT_MAX_AGE);
      response.writeHead(204).end();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.setHeader('content-type', 'application/json');
    if (request.url === '/v1/sessions') {
      response.end(JSON.stringify(GRANT));
      return;
    }
    const found = [...Buffer.concat(chunks).toString().matchAll(ID)];
    // One that is named twice in one body was sent once.
    const ids = [...new Set(found.map(([id]) => id))];
    const conversation = found[0]?.[1];
    if (conversation !== undefined)
      arrive(
        conversation,
        ids.map((id) => Number(id.split('.')[1])),
      );
    // Peers look at the status only.
    const receipts = ids.map((id) => ({ id, outcome: 'success' as const, next: 'thanks' }));
    response.end(JSON.stringify({ receipts } satisfies SubmissionsResponse));
  }
}

/** Outlasts a run. */
const GRANT: SessionGrant = {
  visitor: 'v'.repeat(200),
  session: 's'.repeat(300),
  expires_in: 3_600,
  deadline: 2_500,
};

async function listen(listener: RequestListener): Promise<Site> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
