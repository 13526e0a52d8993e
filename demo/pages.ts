/** The web server of one of the demo's brands: its pages on an origin of their own, as a customer would have them. */
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono, type Context } from 'hono';
import type { Live } from './live.ts';

/** What the pages call the parts of the demo by, and what is there where nobody has moved it. */
export const NAMED = {
  relay: 'http://localhost:8787',
  'tarn-and-tor': 'http://localhost:8788',
  braze: 'http://localhost:8789',
  tsubame: 'http://localhost:8791',
  carambola: 'http://localhost:8792',
} as const;

/** Where each part really is. */
export type Places = Readonly<Record<keyof typeof NAMED, string>>;

/** Folders of the brands' fonts, from the packages that bring them. */
const FONTS = ['fraunces', 'figtree', 'bricolage-grotesque'].map(
  (name) => `node_modules/@fontsource-variable/${name}/files`,
);

export interface PagesOptions {
  /** Of the pages, below `demo/pages/`. */
  readonly folder: string;
  /** Asked with each page, which waits for it: a part may have moved, or not be up yet. */
  readonly places: () => Places | Promise<Places>;
  /** What the brand's server does beside its pages. */
  readonly routes?: Hono;
  /** What of a page is another for each visitor. */
  readonly fill?: (c: Context, html: string) => string | Promise<string>;
  /** Pages with scripts of their own in them, which no strict policy lets run: they have none. */
  readonly unguarded?: RegExp;
  /** Tells the pages of flows as they are saved; by default nothing does. */
  readonly live?: Live | undefined;
}

export interface RunningPages {
  /** E.g. `http://localhost:8788`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * As strict as `docs/embedding.md` has it, with what the brand itself needs: its styles, fonts, forms and pictures. In the list of the
 * demos there are pictures of all of them.
 */
const policyWith = ({ relay, ...others }: Places) =>
  [
    "default-src 'none'",
    `script-src 'self' ${relay}`,
    `connect-src 'self' ${relay}`,
    `img-src 'self' ${[relay, ...Object.values(others)].join(' ')}`,
    "style-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
    "require-trusted-types-for 'script'",
    'trusted-types lit-html',
  ].join('; ');

export function servePages(port: number, options: PagesOptions): Promise<RunningPages> {
  const { folder, places, routes, fill, unguarded, live } = options;
  const root = new URL(`./pages/${folder}/`, import.meta.url);
  const app = new Hono();
  const showPage = async (c: Context, page: string) => {
    const html = await readFile(new URL(page, root), 'utf8').catch(() => undefined);
    if (html === undefined) return c.notFound();
    const found = await places();
    const placed = Object.entries(NAMED).reduce<string>(
      (text, [part, name]) => text.replaceAll(name, found[part as keyof Places]),
      fill ? await fill(c, html) : html,
    );
    if (!unguarded?.test(page)) c.header('content-security-policy', policyWith(found));
    return c.html(live ? live.enliven(placed) : placed, 200, { 'cache-control': 'no-cache' });
  };
  app.get('/', (c) => showPage(c, 'index.html'));
  app.get('/:page{[a-z-]+\\.html}', (c) => showPage(c, c.req.param('page')));
  if (routes) app.route('/', routes);
  if (live) app.route('/', live.routes);
  for (const fonts of FONTS) {
    app.get(
      '/fonts/*',
      serveStatic({ root: fonts, rewriteRequestPath: (path) => path.replace('/fonts', '') }),
    );
  }
  app.get('*', serveStatic({ root: `demo/pages/${folder}` }));

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
