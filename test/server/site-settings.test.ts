/** What a site's settings let its pages know, from the settings file to the page. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError, parseConfig } from '../../server/config.ts';
import type { FlowResponse } from '../../widget/contract/wire.ts';
import {
  OTHER_ORIGIN,
  PROD_KEY,
  PROD_ORIGIN,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
  settingsFor,
} from './relay-fixture.ts';
import { SETTLED, startRelayInProcess } from './relay-in-process.ts';

const SITE = {
  tags: {
    meta: false,
    json_ld: true,
    paths: [{ path: '/shoes/*', tags: ['shoes'] }],
    data_layer: ['page.category'],
  },
  page: { query: ['size'], title: true },
  entry: { query: true },
  consent: { google: ['analytics_storage'], tcf: { purposes: [1, 3], vendor: 755 } },
};

const EVENTS = {
  page: 'chat_page',
  abandoned: 'chat_abandoned',
  handed_off: 'chat_handed_off',
  completed: 'chat_completed',
  started: 'chat_started',
};

const problemsOf = (siteSettings: object): readonly string[] => {
  const endpoint = 'https://rest.iad-01.braze.com';
  const settings = settingsFor({ sandbox: endpoint, prod: endpoint });
  const { brand } = settings.sites;
  try {
    parseConfig({
      settings: { ...settings, sites: { ...settings.sites, brand: { ...brand, ...siteSettings } } },
      env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, BRAZE_PROD_KEY: PROD_KEY, SESSION_SECRET },
    });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
};

describe('the settings of a site', () => {
  for (const [name, settings, problem] of [
    ['all of them', SITE, undefined],
    ['none', {}, undefined],
    ['one that there is not', { tag: {} }, 'sites.brand.tag: unknown setting'],
    ['a source that there is not', { tags: { forms: true } }, 'sites.brand.tags.forms: unknown setting'],
    [
      'keys of one environment that are none',
      { identity: { sandbox: { keys: ['key'] }, prod: { jwks: 'https://login.example/jwks.json' } } },
      'sites.brand.identity.sandbox.keys.0: should be a public key in PEM ("-----BEGIN PUBLIC KEY-----"): RSA of 2,048 bits or more, P-256, or Ed25519',
    ],
    [
      'keys for each environment beside some for both',
      { identity: { prod: { jwks: 'https://login.example/jwks.json' }, issuer: 'https://login.example' } },
      'sites.brand.identity.issuer: unknown setting',
    ],
    ['a source in words', { tags: { meta: 'yes' } }, 'sites.brand.tags.meta: should be true or false'],
    [
      'a path that is none',
      { tags: { paths: [{ path: 'shoes', tags: ['shoes'] }] } },
      'sites.brand.tags.paths.0.path: should be a path such as "/shoes/*" or "/journal/**"',
    ],
    [
      'a key in place of a list',
      { page: { query: 'size' } },
      'sites.brand.page.query: should be a list of keys of the query',
    ],
    [
      'a purpose that there is not',
      { consent: { tcf: { purposes: [0] } } },
      'sites.brand.consent.tcf.purposes.0: should be 1 or more',
    ],
    [
      'no purpose',
      { consent: { tcf: { purposes: [] } } },
      'sites.brand.consent.tcf.purposes: should have one purpose at least, such as [1]',
    ],
    ['profiles that are not kept', { profile_max_age: 0 }, undefined],
    ...[-1, 3_601, 1.5, '60'].map(
      (age) =>
        [
          `profiles that are kept for ${JSON.stringify(age)}`,
          { profile_max_age: age },
          'sites.brand.profile_max_age: should be a whole number of seconds, from 0 (profiles are not kept) to 3600',
        ] as const,
    ),
    ['lifecycle events', { events: EVENTS }, undefined],
    ['an idle time', { events: { abandoned: 'chat_abandoned' }, abandoned_after: 86_400 }, undefined],
    ['lifecycle events of which none has a name', { events: {} }, undefined],
    [
      'a lifecycle event that there is not',
      { events: { gone: 'x' } },
      'sites.brand.events.gone: unknown setting',
    ],
    [
      'lifecycle events without names',
      { events: 'started' },
      'sites.brand.events: should be an object such as {"started": "chat_started"}',
    ],
    [
      'a lifecycle event that is on and has no name',
      { events: { started: true } },
      'sites.brand.events.started: should be the name of a Braze event, such as "chat_started"',
    ],
    ...['', '$started', 'a'.repeat(256)].map((name) => [
      `a lifecycle event with a name that Braze does not take: ${name.slice(0, 8)}`,
      { events: { page: name } },
      'sites.brand.events.page: a name should have 1 to 255 characters and no $ before them (developer_guide/analytics/logging_events)',
    ]),
    ...[0, 86_401, 1.5, '60'].map((seconds) => [
      `an idle time of ${JSON.stringify(seconds)}`,
      { events: { abandoned: 'chat_abandoned' }, abandoned_after: seconds },
      'sites.brand.abandoned_after: should be a whole number of seconds, from 1 to 86400',
    ]),
    ['that it is counted where people leave', { counts: true, abandoned_after: 60 }, undefined],
    [
      'that it is counted by a name',
      { counts: 'where_people_leave' },
      'sites.brand.counts: should be true or false',
    ],
    [
      'an idle time of nothing',
      { events: { started: 'chat_started' }, abandoned_after: 60 },
      'sites.brand.abandoned_after: does nothing without "abandoned" among the "events", or "counts": name it there',
    ],
  ] as [string, object, string | undefined][]) {
    it(`may${problem === undefined ? '' : ' not'} be ${name}`, () => {
      assert.deepEqual(problemsOf(settings), problem === undefined ? [] : [problem]);
    });
  }
});

describe('a published flow', () => {
  const { request } = startRelayInProcess(SETTLED, {}, SITE);
  const ask = async (origin: string | undefined, host = '') => {
    const response = await request(`${host}/v1/flows/welcome`, {
      headers: origin === undefined ? {} : { origin },
    });
    return { response, flow: (await response.json()) as FlowResponse };
  };

  for (const origin of [SANDBOX_ORIGIN, PROD_ORIGIN]) {
    it(`brings the settings of its site to a page of it: ${origin}`, async () => {
      const { response, flow } = await ask(origin);
      assert.deepEqual(flow.site, SITE);
      assert.equal(response.headers.get('vary'), 'Origin');
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
    });
  }

  for (const [name, origin] of [
    ['of another site', OTHER_ORIGIN],
    ['of nobody', 'https://elsewhere.example'],
    ['that does not say where it stands', undefined],
  ] as const) {
    it(`brings none to a page ${name}`, async () => {
      const { response, flow } = await ask(origin);
      assert.equal(flow.site, undefined);
      assert.equal(response.headers.get('vary'), 'Origin', 'a cache is to tell them apart');
    });
  }

  it('brings them to a page of the relay’s own origin, which says nothing of where it stands', async () => {
    const { hostname, host } = new URL(SANDBOX_ORIGIN);
    assert.ok(hostname);
    // Behind a proxy that has ended TLS the address has another scheme.
    const response = await request('/v1/flows/welcome', { headers: { host } });
    assert.deepEqual(((await response.json()) as FlowResponse).site, SITE);
  });

  for (const [name, events, published] of [
    ['all of them', EVENTS, ['started', 'completed', 'handed_off', 'abandoned', 'page']],
    ['one', { page: 'chat_page' }, ['page']],
    ['abandoned, and what it needs to be known', { abandoned: 'x' }, ['started', 'completed', 'abandoned']],
    ['none', {}, undefined],
  ] as const) {
    it(`brings which lifecycle events are told, and not their names at Braze: ${name}`, async () => {
      const relay = startRelayInProcess(SETTLED, {}, { events });
      const response = await relay.request('/v1/flows/welcome', { headers: { origin: SANDBOX_ORIGIN } });
      const text = await response.text();
      assert.deepEqual((JSON.parse(text) as FlowResponse).site, published && { events: published });
      for (const word of Object.values(events)) if (word !== 'x') assert.ok(!text.includes(word));
    });
  }

  it('brings that it is counted where people leave, and what that goes with', async () => {
    const siteOf = async (settings: object) => {
      const { request: read } = startRelayInProcess(SETTLED, {}, settings);
      const response = await read('/v1/flows/welcome', { headers: { origin: SANDBOX_ORIGIN } });
      return ((await response.json()) as FlowResponse).site;
    };
    assert.deepEqual(await siteOf({ counts: true }), {
      events: ['started', 'completed', 'handed_off', 'abandoned', 'passed'],
    });
    assert.deepEqual(await siteOf({ counts: true, events: { page: 'chat_page' } }), {
      events: ['started', 'completed', 'handed_off', 'abandoned', 'page', 'passed'],
    });
    assert.equal(await siteOf({ counts: false }), undefined);
  });

  it('has another ETag with other settings, and the same with the same', async () => {
    const etagOf = async (settings: object, origin: string) =>
      (
        await startRelayInProcess(SETTLED, {}, settings).request('/v1/flows/welcome', { headers: { origin } })
      ).headers.get('etag');
    const etag = await etagOf(SITE, SANDBOX_ORIGIN);
    assert.equal(await etagOf(SITE, SANDBOX_ORIGIN), etag);
    const others = [
      await etagOf({ page: { title: false } }, SANDBOX_ORIGIN),
      await etagOf({}, SANDBOX_ORIGIN),
      await etagOf(SITE, OTHER_ORIGIN),
    ];
    assert.equal(others.includes(etag), false);
    assert.equal(others[1], others[2], 'without settings it is that of the flow');
  });

  it('is not sent again while its settings are the same', async () => {
    const { response } = await ask(SANDBOX_ORIGIN);
    const again = await request('/v1/flows/welcome', {
      headers: { origin: SANDBOX_ORIGIN, 'if-none-match': response.headers.get('etag') ?? '' },
    });
    assert.equal(again.status, 304);
    assert.equal(again.headers.get('vary'), 'Origin');
  });
});
