/** The brand's web server: the demo pages on an origin of their own, as a customer would have them. */
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono, type Context } from 'hono';
import type { Live } from './live.ts';
import { createWeather } from './weather.ts';

/** The relay's origin as the pages' script tags name it. */
const RELAY_IN_PAGES = 'http://localhost:8787';

const PAGES = new URL('./pages/', import.meta.url);

/** Folders of the brand's fonts, from the packages that bring them. */
const FONTS = ['fraunces', 'figtree'].map((name) => `node_modules/@fontsource-variable/${name}/files`);

export interface RunningPages {
  /** E.g. `http://localhost:8788`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * @param relayUrl where the relay really is; asked with each page, which waits for it: it may have moved, or not be up yet
 * @param live tells the pages of flows as they are saved; by default nothing does
 */
export function servePages(
  port: number,
  relayUrl: () => string | Promise<string>,
  live?: Live,
): Promise<RunningPages> {
  const app = new Hono();
  const showPage = async (c: Context, page: string) => {
    const html = await readFile(new URL(page, PAGES), 'utf8').catch(() => undefined);
    if (html === undefined) return c.notFound();
    const placed = html.replaceAll(RELAY_IN_PAGES, await relayUrl());
    return c.html(live ? live.enliven(placed) : placed, 200, { 'cache-control': 'no-cache' });
  };
  app.get('/', (c) => showPage(c, 'index.html'));
  app.get('/:page{[a-z-]+\\.html}', (c) => showPage(c, c.req.param('page')));
  app.route('/weather', createWeather(relayUrl));
  if (live) app.route('/', live.routes);
  for (const root of FONTS) {
    app.get('/fonts/*', serveStatic({ root, rewriteRequestPath: (path) => path.replace('/fonts', '') }));
  }
  app.get('*', serveStatic({ root: 'demo/pages' }));

  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: 'localhost' }, (address: AddressInfo) => {
      resolve({
        url: `http://localhost:${address.port}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      });
    });
    server.on('error', reject);
  });
}
