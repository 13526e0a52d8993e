/** Tells the demo's pages how the flows stand: server-sent events at `/live`, and the script that hears them at `/live.js`. */
import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { LiveState } from './live/state.ts';

/** Milliseconds until a page connects again. */
const RETRY_TIME = 1_000;

export interface Live {
  readonly routes: Hono;
  /** Tells every page that is open, and each that is opened later. */
  show(state: LiveState): void;
  /** A page's HTML with the script in it. It is a file of its own: a content security policy may allow no other. */
  enliven(html: string): string;
}

export function createLive(first: LiveState): Live {
  let state = first;
  const listeners = new Set<() => void>();
  const routes = new Hono();
  routes.get('/live', (c) =>
    streamSSE(c, async (stream) => {
      const send = () =>
        void stream.writeSSE({ event: 'state', data: JSON.stringify(state), retry: RETRY_TIME });
      listeners.add(send);
      send();
      await new Promise<void>((resolve) => stream.onAbort(resolve));
      listeners.delete(send);
    }),
  );
  routes.get('/live.js', async (c) => {
    const script = await readFile('build/demo/live.js', 'utf8').catch(() => undefined);
    if (script === undefined) return c.notFound();
    return c.body(script, 200, {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'no-cache',
    });
  });
  return {
    routes,
    show: (next) => {
      state = next;
      for (const send of listeners) send();
    },
    enliven: (html) =>
      html.replace(
        '</head>',
        `<script type="module" src="/live.js?edition=${state.edition}"></script></head>`,
      ),
  };
}
