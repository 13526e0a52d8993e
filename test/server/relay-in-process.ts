/** A relay without a server, with a delivery that does as it is told: for what can be seen of it at its `fetch` and in its ports. */
import { createPermissions } from '../../server/permissions.ts';
import { createProfileReading } from '../../server/profile-reading.ts';
import { createRelay } from '../../server/app.ts';
import { webPorts } from '../../server/adapters/web-ports.ts';
import { parseConfig, type RelayConfig } from '../../server/config.ts';
import type { Delivered } from '../../server/delivery/delivery.ts';
import type { Work } from '../../server/delivery/work.ts';
import { loadFlows } from '../../server/flows/load.ts';
import { createFlowShelf } from '../../server/flows/shelf.ts';
import { NO_METRICS } from '../../server/metrics.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import type { Ports } from '../../server/ports.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import type { SessionGrant, Submission } from '../../widget/contract/wire.ts';
import { FLOW, PROD_KEY, SANDBOX_KEY, SANDBOX_ORIGIN, SESSION_SECRET, settingsFor } from './relay-fixture.ts';

/** Of who may make entry links. */
export const ENTRY_LINK_KEY = 'a-key-for-entry-links-that-is-long-enough';

export type Served = readonly [route: string, method: string, status: number];

export interface RelayInProcess {
  readonly relay: ReturnType<typeof createRelay>;
  /** What the delivery was given. */
  readonly work: readonly Work[];
  readonly entries: readonly LogEntry[];
  readonly served: readonly Served[];
  readonly request: (path: string, init?: RequestInit) => Promise<Response>;
  /** From a page of the brand, as JSON unless it is a text or bytes. */
  readonly post: (path: string, body: unknown, headers?: Headers) => Promise<Response>;
  readonly openSession: () => Promise<SessionGrant>;
  readonly submit: (submissions: readonly Submission[], headers?: Headers) => Promise<Response>;
}

type Headers = Readonly<Record<string, string>>;

/** What a visitor is told where nothing goes wrong. */
export const SETTLED = ({ id }: Work): Delivered => ({
  type: 'settled',
  receipt: { id, outcome: 'success', next: 'thanks' },
});

/** @param siteSettings of the brand's site, besides its origins */
export function configOf(siteSettings: object = {}): RelayConfig {
  const endpoint = 'https://rest.iad-01.braze.com';
  const settings = settingsFor({ sandbox: endpoint, prod: endpoint });
  const { brand } = settings.sites;
  return parseConfig({
    settings: { ...settings, sites: { ...settings.sites, brand: { ...brand, ...siteSettings } } },
    env: {
      BRAZE_SANDBOX_KEY: SANDBOX_KEY,
      BRAZE_PROD_KEY: PROD_KEY,
      SESSION_SECRET,
      ENTRY_LINK_KEY,
      CHALLENGE_SECRET: 'of-the-challenge-alone',
    },
  });
}

export function startRelayInProcess(
  deliver: (work: Work) => Delivered = SETTLED,
  others: Partial<Ports> = {},
  /** As `configOf` takes them. */
  siteSettings: object = {},
): RelayInProcess {
  const config = configOf(siteSettings);
  const work: Work[] = [];
  const entries: LogEntry[] = [];
  const served: Served[] = [];
  const delivery: ReturnType<Ports['delivery']> = {
    deliver: async (works) => {
      work.push(...works);
      return works.map(deliver);
    },
    erase: () => undefined,
    replaceSettings: () => undefined,
    startSpool: () => undefined,
    deliverDue: async () => undefined,
    state: async () => ({ lanes: new Map() }),
    close: async () => undefined,
  };
  const shelf = createFlowShelf(loadFlows([{ source: 'welcome', json: FLOW }]));
  const ports: Ports = {
    ...webPorts,
    fetch,
    log: (entry) => entries.push(entry),
    assets: async ({ url }) =>
      new URL(url).pathname === '/parley.js'
        ? new Response('loader', { headers: { 'content-type': 'text/javascript', etag: '"1"' } })
        : undefined,
    metrics: {
      ...NO_METRICS,
      served: (route, method, status) => served.push([route, method, status]),
    },
    store: createMemoryStore(webPorts),
    delivery: () => delivery,
    profiles: () => profiles,
    permissions: createPermissions(),
    findFlow: shelf.find,
    listFlows: shelf.list,
    ...others,
  };
  const profiles = createProfileReading(config, ports.permissions, ports);
  const relay = createRelay(config, ports);
  const request = async (path: string, init: RequestInit = {}) =>
    relay.fetch(new Request(`https://relay.example${path}`, init));
  const post: RelayInProcess['post'] = (path, body, headers) =>
    request(path, {
      method: 'POST',
      headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    });
  const openSession = async () => (await (await post('/v1/sessions', {})).json()) as SessionGrant;
  return {
    relay,
    work,
    entries,
    served,
    request,
    post,
    openSession,
    async submit(submissions, headers = {}) {
      const { session } = await openSession();
      return post('/v1/submissions', { submissions }, { authorization: `Bearer ${session}`, ...headers });
    },
  };
}
