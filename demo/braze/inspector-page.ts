import { Hono } from 'hono';

/** Nothing but this origin's script and calls. The page's styles are constructed by the script, which needs no source. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const icon =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#0f766e"/>' +
      '<path d="M4 8h2l1.5-3.5 2 7L11 8h1.5" fill="none" stroke="#fff" stroke-width="1.5" ' +
      'stroke-linecap="round" stroke-linejoin="round"/></svg>',
  );

const disclaimer = 'It is not Braze and not affiliated with Braze.';

const notBuilt = 'The inspector is not built yet. Run "npm run build", then reload this page.';

const page = (content: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Inspector · local emulator (not Braze)</title>
    <link rel="icon" href="${icon}" />
  </head>
  <body>
    ${content}
  </body>
</html>
`;

const app = `<emulator-inspector></emulator-inspector>
    <noscript>The inspector of this local emulator needs JavaScript. ${disclaimer}</noscript>
    <script type="module" src="/inspector.js"></script>`;

/**
 * The inspector page at `/` and its script at `/inspector.js`.
 *
 * @param script the script's source, `undefined` where it is not built: then the page, and 404, say what to run
 */
export function createInspector(script: () => Promise<string | undefined>): Hono {
  const inspector = new Hono();
  inspector.get('/', async (context) => {
    const isBuilt = (await script()) !== undefined;
    const content = isBuilt
      ? app
      : `<main><h1>Local emulator (not Braze)</h1><p>${disclaimer}</p><p>${notBuilt}</p></main>`;
    return context.html(page(content), 200, { 'Content-Security-Policy': contentSecurityPolicy });
  });
  inspector.get('/inspector.js', async (context) => {
    const source = await script();
    if (source === undefined) return context.text(notBuilt, 404);
    return context.body(source, 200, { 'Content-Type': 'text/javascript; charset=utf-8' });
  });
  return inspector;
}
