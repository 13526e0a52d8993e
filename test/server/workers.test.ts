import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import { createWorker } from '../../server/adapters/workers.ts';
import type { SessionGrant } from '../../widget/contract/wire.ts';
import {
  createSubmission,
  FLOW,
  PROD_KEY,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
  settingsFor,
} from './relay-fixture.ts';

const ENDPOINT = 'https://rest.iad-01.braze.com';

/** As the platform serves static assets: who has a file already is told so. */
const ASSETS = {
  fetch: async (request: Request) => {
    if (new URL(request.url).pathname !== '/parley.js') return new Response(null, { status: 404 });
    const isKnown = request.headers.get('if-none-match') === '"1"';
    return new Response(isKnown ? null : 'loader', { status: isKnown ? 304 : 200, headers: { etag: '"1"' } });
  },
};

const worker = createWorker({ settings: settingsFor({ sandbox: ENDPOINT, prod: ENDPOINT }), flows: [FLOW] });
const env = { BRAZE_SANDBOX_KEY: SANDBOX_KEY, BRAZE_PROD_KEY: PROD_KEY, SESSION_SECRET };
const context = { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} };

describe('an asset on Cloudflare', () => {
  // The log of a Worker.
  before(() => {
    mock.method(console, 'log', () => undefined);
  });
  after(() => mock.restoreAll());

  for (const [name, path, headers, status] of [
    ['is there', '/parley.js', {}, 200],
    ['is not sent again to who has it', '/parley.js', { 'if-none-match': '"1"' }, 304],
    ['that is not there is a 404', '/other.js', {}, 404],
  ] as const) {
    it(name, async () => {
      const request = new Request(`https://relay.example${path}`, { headers });
      const response = await worker.fetch(request, { ...env, ASSETS }, context);
      assert.equal(response.status, status);
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      if (status !== 404) assert.equal(response.headers.get('cache-control'), 'no-cache');
    });
  }
});

describe('a visitor who leaves a page whose relay is on Cloudflare', () => {
  after(() => {
    mock.timers.reset();
    mock.restoreAll();
  });

  it('has abandoned the conversation when another request comes after the idle time', async () => {
    mock.method(console, 'log', () => undefined);
    mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-01-15T10:00:00.000Z') });
    const bodies: string[] = [];
    mock.method(globalThis, 'fetch', async (_: unknown, init?: RequestInit) => {
      bodies.push(init?.body as string);
      return Response.json({ message: 'success' }, { status: 201 });
    });
    const settings = settingsFor({ sandbox: ENDPOINT, prod: ENDPOINT });
    const brand = { ...settings.sites.brand, events: { abandoned: 'chat_abandoned' }, abandoned_after: 60 };
    const { fetch: ask } = createWorker({
      settings: { ...settings, sites: { ...settings.sites, brand } },
      flows: [FLOW],
    });
    // What the runtime keeps the worker alive for.
    let alive: Promise<unknown>[] = [];
    const keeping = { ...context, waitUntil: (work: Promise<unknown>) => void alive.push(work) };
    const post = async (path: string, body: object) => {
      alive = [];
      const response = await ask(
        new Request(`https://relay.example${path}`, {
          method: 'POST',
          headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
        env,
        keeping,
      );
      await Promise.all(alive);
      return response;
    };
    const { visitor } = (await (await post('/v1/sessions', {})).json()) as SessionGrant;
    const left = createSubmission({ id: '019b0000-0000-7000-8000-0000000000bb.4.abandoned', answers: {} });
    assert.equal((await post('/v1/departures', { visitor, sent: left.time, left })).status, 204);
    mock.timers.tick(59_999);
    await post('/v1/sessions', {});
    assert.deepEqual(bodies, []);
    mock.timers.tick(1);
    await post('/v1/sessions', {});
    assert.equal(bodies.length, 1);
    assert.match(bodies.join(), /chat_abandoned/);
  });
});
