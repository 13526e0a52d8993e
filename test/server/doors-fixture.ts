/** A relay over real HTTP that believes this machine's `X-Forwarded-For`, so that many addresses can knock at it; and who knocks. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import type { Store } from '../../server/store/store.ts';
import type { Problem } from '../../widget/contract/wire.ts';
import {
  FLOW,
  PROD_KEY,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  serveRecorder,
  SESSION_SECRET,
  settingsFor,
  type WireAnswer,
} from './relay-fixture.ts';

export const ENTRY_LINK_KEY = 'a-key-for-entry-links-that-is-long-enough';

export interface DoorsOptions {
  readonly limits?: object;
  readonly trustedProxies?: readonly string[];
  /** Of the brand's site. */
  readonly challenge?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly store?: Store;
  readonly spoolLimit?: number;
  /** What Braze answers; that it has taken it, if absent. */
  readonly braze?: WireAnswer;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Guarded extends AsyncDisposable {
  readonly relay: RunningRelay;
  readonly entries: readonly LogEntry[];
  /** From a page of the brand, as JSON. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** With other settings, and all else as it was. */
  reload(change: object): Promise<void>;
}

/** Far in the future no window ends while a test counts in it: a store of its own clock is not needed. */
export async function startGuarded(options: DoorsOptions = {}): Promise<Guarded> {
  const { limits, trustedProxies = ['127.0.0.1', '::1'], challenge, env, store, spoolLimit } = options;
  const braze = await serveRecorder();
  if (options.braze) braze.answerWith(options.braze);
  const settings = settingsFor({ sandbox: braze.url, prod: braze.url });
  const { brand } = settings.sites;
  const entries: LogEntry[] = [];
  const sources = {
    settings: {
      ...settings,
      sites: { ...settings.sites, brand: { ...brand, ...(challenge && { challenge }) } },
      limits: { ...settings.limits, ...limits },
      trustedProxies,
      ...(spoolLimit !== undefined && { spoolLimit }),
    },
    env: {
      BRAZE_SANDBOX_KEY: SANDBOX_KEY,
      BRAZE_PROD_KEY: PROD_KEY,
      SESSION_SECRET,
      ENTRY_LINK_KEY,
      PARLEY_DEVELOPMENT: '1',
      ...env,
    },
    flows: [{ source: 'welcome.json', json: FLOW }],
  };
  const relay = await serveRelay({
    ...sources,
    assets: async ({ url }) => (new URL(url).pathname === '/parley.js' ? new Response('loader') : undefined),
    store: store ?? createMemoryStore({ clock: Date.now }),
    port: 0,
    hostname: '127.0.0.1',
    operatorPort: 0,
    log: (entry) => entries.push(entry),
  });
  return {
    relay,
    entries,
    post: (path, body, headers = {}) =>
      send(
        relay.url,
        'POST',
        path,
        { origin: SANDBOX_ORIGIN, 'content-type': 'application/json', ...headers },
        body,
      ),
    get: (path, headers = {}) => send(relay.url, 'GET', path, { origin: SANDBOX_ORIGIN, ...headers }),
    reload: (change) => relay.reload({ ...sources, settings: { ...sources.settings, ...change } }),
    async [Symbol.asyncDispose]() {
      await relay.close();
      await braze.close();
    },
  };
}

/** Not by `fetch`, which lets nobody write every header. */
export function send(
  url: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: unknown,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(new URL(path, url), { method, headers, agent: false }, (response) => {
      text(response).then(
        (read) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
}

/** What comes back until the connection ends, for what is said on it byte for byte. */
export async function say(url: string, words: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname);
  socket.on('error', () => undefined);
  socket.write(words);
  return text(socket).catch(() => '');
}

export const problemOf = ({ body }: Answer): Problem => JSON.parse(body) as Problem;
