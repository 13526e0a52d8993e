import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import { createWorker } from '../../server/adapters/workers.ts';
import { FLOW, PROD_KEY, SANDBOX_KEY, SESSION_SECRET, settingsFor } from './relay-fixture.ts';

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
    });
  }
});
