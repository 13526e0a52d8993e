/** A brand whose page holds the built widget, with a relay and a Braze of its own, and the visitor who comes to it. */
import { EventEmitter, once } from 'node:events';
import { after, afterEach, before, beforeEach } from 'node:test';
import type { Browser } from 'puppeteer-core';
import type { Emulator } from '../../demo/braze/emulator.ts';
import { serveEmulator } from '../../demo/braze/serve.ts';
import { serveRelay } from '../../server/adapters/node.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { builtWidget } from '../built-widget.ts';
import { SANDBOX_KEY, SESSION_SECRET } from '../server/relay-fixture.ts';
import { servePage, type PageServer } from './page-server.ts';
import { openBrowser, Visitor } from './visitor.ts';

export interface BrandOptions {
  /** As flow files have them. */
  readonly flows: readonly { readonly id: string }[];
  /** What the settings say of its site, beside its origin. */
  readonly site?: object;
  /** Milliseconds that a visitor waits for Braze; by default as long as the relay has it. */
  readonly deadline?: number;
  /** Variables beside the usual ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of its relay's store: milliseconds since 1970. */
  readonly clock?: () => number;
}

export interface Brand {
  /** All of its pages are alike: at first they hold the script tag and nothing else. */
  readonly url: string;
  readonly setBody: PageServer['setBody'];
  readonly relayUrl: string;
  /** Its relay's own port for whoever runs it. */
  readonly operatorUrl: string;
  readonly emulator: Emulator;
  /** What its relay has logged. */
  readonly log: readonly LogEntry[];
  /** Waits until its relay has logged so many of these. */
  logged(isOne: (entry: LogEntry) => boolean, count?: number): Promise<void>;
  /** The script tag of its pages. @param attributes beside `src` */
  scriptTag(attributes?: string): string;
  close(): Promise<void>;
}

export async function openBrand({
  flows,
  site,
  deadline,
  env,
  clock = Date.now,
}: BrandOptions): Promise<Brand> {
  const log: LogEntry[] = [];
  const logging = new EventEmitter();
  const braze = await serveEmulator({
    port: 0,
    workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions: ['users.track'] }] }],
  });
  const pages = await servePage();
  const relay = await serveRelay({
    settings: {
      organization: 'BrandExample',
      environments: { sandbox: { endpoint: braze.url } },
      sites: { brand: { sandbox: [pages.url], ...site } },
      ...(deadline !== undefined && { deadline }),
    },
    env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, SESSION_SECRET, PARLEY_DEVELOPMENT: '1', ...env },
    flows: flows.map((json) => ({ source: `${json.id}.json`, json })),
    assets: await builtWidget(),
    store: createSqliteStore({ file: ':memory:', clock }),
    port: 0,
    operatorPort: 0,
    hostname: 'localhost',
    log: (entry) => {
      log.push(entry);
      logging.emit('entry');
    },
  });
  const scriptTag = (attributes = 'data-flow="welcome" data-name="Tarn &amp; Tor"') =>
    `<script async crossorigin="anonymous" src="${relay.url}/parley.js" ${attributes}></script>`;
  pages.setBody(scriptTag());
  return {
    url: pages.url,
    setBody: (...page) => pages.setBody(...page),
    relayUrl: relay.url,
    operatorUrl: relay.operatorUrl ?? '',
    emulator: braze.emulator,
    log,
    async logged(isOne, count = 1) {
      while (log.filter(isOne).length < count) await once(logging, 'entry');
    },
    scriptTag,
    async close() {
      await relay.close();
      await pages.close();
      await braze.close();
    },
  };
}

/** Where a test finds itself. */
export interface Scene<Its extends Brand> {
  readonly browser: Browser;
  readonly brand: Its;
  /** Someone who was never here before. */
  readonly visitor: Visitor;
}

/** In a `describe`, before its own hooks: one browser, and for each test another brand and another visitor. */
export function eachWithBrand<Its extends Brand>(
  open: () => Promise<Its>,
  take: (scene: Scene<Its>) => void,
  launchBrowser: () => Promise<Browser> = openBrowser,
): void {
  let browser: Browser;
  let brand: Its;
  let visitor: Visitor;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    brand = await open();
    visitor = await Visitor.arrive(browser);
    take({ browser, brand, visitor });
  });
  afterEach(async () => {
    await visitor.leave();
    await brand.close();
  });
}
