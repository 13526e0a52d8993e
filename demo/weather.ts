/**
 * Relays in bad weather, for the showcase: each is the demo's own relay, and what goes wrong on the way to it is in its address. What is
 * said to one of them is kept apart from what is said to the others.
 */
import { Hono, type Context } from 'hono';
import { proxy } from 'hono/proxy';

/** Milliseconds that a visitor lets the slow relay take: longer than anybody looks at it. */
const LONG = 3_600_000;

/** The node of the flow `showcase-slow` that is never answered. */
const UNANSWERED = '"node":"waits"';

/** The node of the flow `showcase-changing` that has another name each time. */
const CHANGING = '"question"';

/** @param relayUrl where the relay is; asked with each request */
export function createWeather(relayUrl: () => string | Promise<string>): Hono {
  const passOn = async (c: Context) => {
    const { method } = c.req;
    const path = c.req.path.replace(/^\/weather\/[a-z-]+/, '');
    const { search } = new URL(c.req.url);
    const body = method === 'POST' ? await c.req.text() : null;
    return proxy(`${await relayUrl()}${path}${search}`, { method, headers: c.req.header(), body });
  };
  const fail = (c: Context) => c.body(null, 503);

  const weather = new Hono();
  weather.all('/away/*', fail);
  weather.post('/down/*', fail);
  weather.post('/refusing/v1/submissions', (c) =>
    c.json({ title: 'Refused, as the address says.' }, 422, { 'content-type': 'application/problem+json' }),
  );
  weather.get('/silent/*', (c) => untilGone(c));
  weather.post('/slow/v1/sessions', async (c) => {
    const granted = await passOn(c);
    return c.json({ ...((await granted.json()) as object), deadline: LONG });
  });
  weather.post('/slow/v1/submissions', async (c) => {
    const isUnanswered = (await c.req.text()).includes(UNANSWERED);
    return isUnanswered ? untilGone(c) : passOn(c);
  });
  let editions = 0;
  weather.get('/changing/*', async (c) => {
    const flow = await (await passOn(c)).text();
    editions += 1;
    const changed = flow.replaceAll(CHANGING, `"question-${editions}"`);
    const { revision, ...others } = JSON.parse(changed) as { readonly revision: string };
    return c.json({ ...others, revision: `${revision}-${editions}` }, 200, { 'cache-control': 'no-store' });
  });
  weather.all('/:kind{fair[a-z-]*|down|refusing|slow}/*', passOn);
  return weather;
}

/** No answer, for as long as somebody waits for one. */
function untilGone(c: Context): Promise<Response> {
  const { signal } = c.req.raw;
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(c.body(null, 503)), { once: true });
  });
}
