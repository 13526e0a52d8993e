/** A brand whose page holds the built widget, with its relay and its Braze: each answer of the conversation is submitted. */
import type { HTTPRequest, Page } from 'puppeteer-core';
import type { Emulator } from '../../demo/braze/emulator.ts';
import { serveEmulator } from '../../demo/braze/serve.ts';
import { serveRelay } from '../../server/adapters/node.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { SubmissionsRequest } from '../../widget/contract/wire.ts';
import { arrivalsIn, wordOf, WORDS_FLOW } from '../crash/browser-flow.ts';
import { SANDBOX_KEY, SESSION_SECRET } from '../server/relay-fixture.ts';
import { serveGate, type Gate } from './outbox-gate.ts';
import { servePage } from './page-server.ts';

export interface Brand {
  /** All of its pages are alike. */
  readonly url: string;
  /** Before the relay. */
  readonly gate: Gate;
  readonly emulator: Emulator;
  /** What was said and is at Braze: an entry for each time, in the order in which it arrived. */
  words(): readonly string[];
  close(): Promise<void>;
}

/** Milliseconds: a tab can be frozen before the relay has answered, also on a machine that is busy. */
const DEADLINE = 10_000;

export async function openBrand(): Promise<Brand> {
  const braze = await serveEmulator({
    port: 0,
    workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions: ['users.track'] }] }],
  });
  const pages = await servePage();
  const relay = await serveRelay({
    settings: {
      organization: 'BrandExample',
      environments: { sandbox: { endpoint: braze.url } },
      sites: { brand: { sandbox: [pages.url] } },
      deadline: DEADLINE,
    },
    env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
    flows: [{ source: 'words.json', json: WORDS_FLOW }],
    assets: 'dist',
    store: createSqliteStore({ file: ':memory:', clock: Date.now }),
    port: 0,
    hostname: 'localhost',
    log: () => undefined,
  });
  const gate = await serveGate(relay.url);
  pages.setBody(
    `<parley-chat flow="words" relay="${gate.url}"></parley-chat><script src="${gate.url}/parley.js"></script>`,
  );
  return {
    url: pages.url,
    gate,
    emulator: braze.emulator,
    words: () => arrivalsIn(braze.emulator.profiles()).map(({ word }) => word),
    async close() {
      await gate.close();
      await relay.close();
      await pages.close();
      await braze.close();
    },
  };
}

export interface Watch {
  /** What left the page: the words of each request, oldest first. */
  batches(): Promise<readonly (readonly string[])[]>;
  /** What the relay was told is lost, request by request. */
  losses(): Promise<readonly unknown[]>;
}

/** From now on, also on its next documents. */
export function watchRequests(page: Page): Watch {
  const bodies: Promise<SubmissionsRequest>[] = [];
  page.on('request', (request) => {
    if (request.method() !== 'POST' || !request.url().endsWith('/v1/submissions')) return;
    bodies.push(bodyOf(request));
  });
  return {
    batches: async () => (await Promise.all(bodies)).map(({ submissions }) => submissions.map(wordOf)),
    losses: async () => (await Promise.all(bodies)).flatMap(({ losses }) => losses ?? []),
  };
}

async function bodyOf(request: HTTPRequest): Promise<SubmissionsRequest> {
  return JSON.parse((await request.fetchPostData()) ?? '') as SubmissionsRequest;
}
