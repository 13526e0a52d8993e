/** A relay of its own, over SQLite and the emulator, and requests to it until time or number is up. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { serveEmulator } from '../../demo/braze/serve.ts';
import type { SessionGrant, SubmissionsResponse } from '../../widget/contract/wire.ts';
import { startChild } from '../relay/child.ts';
import type { RelayStart } from '../relay/relay-process.ts';
import {
  createSubmission,
  openVisitor,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
  settingsFor,
} from '../server/relay-fixture.ts';
import { exchange, type FuzzRequest } from './exchange.ts';
import { judge } from './judge.ts';
import { createRequests, type Belongings } from './requests.ts';

export interface FuzzOptions {
  readonly seed: number;
  /** Requests under way at once, each of a seed of its own: that of the first is `seed`, of the next one more. */
  readonly lanes: number;
  /** Milliseconds, */
  readonly time?: number;
  /** or requests of each lane. */
  readonly count?: number;
  /** Milliseconds of the limits by address. */
  readonly window?: number;
}

export interface Finding {
  /** Of the lane: with `--lanes 1 --count <number>` it comes again. */
  readonly seed: number;
  readonly number: number;
  readonly what: string;
  /** The beginning of the request, as JSON has it. */
  readonly request: string;
}

export interface Fuzzed {
  readonly requests: number;
  readonly kinds: Readonly<Record<string, number>>;
  /** 0 where the connection was closed without an answer. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

const ENTRY_LINK_KEY = 'Zx3vN0q7TtYl2mWcR8sKpB5hUoJdGfA1eI4yQ6w9';

/** Of the loader in the relay's folder of assets, so that there is one. */
const LOADER = 'void 0;\n';

/** Requests after which a visitor goes, and another one comes: with what they have said the relay gets slower to ask. */
const VISIT = 250;

/**
 * Of so many lanes one has all of its requests from one address, and is refused by the limits now and then; in the others each request has an
 * address of its own. By the seed of the lane, so that it comes again alone.
 */
const LIMITED = 4;

/** Requests of one address in each window. */
const limitsBy = (window: number) => ({
  address: { limit: 100, window },
  newVisitors: { limit: 50, window },
  erasures: { limit: 20, window },
});

/** Milliseconds in which a lane has sent what is its address's, so that it is refused now and then. */
const WINDOW = 10_000;

/** Those that would be of all lanes together, and end what the others look at. */
const UNLIMITED = { visitor: false, site: false, wrongKeysInAll: false };

/** Characters of a request that are shown. */
const SHOWN = 600;

/** Findings that are kept: the others mostly have the same cause. */
const MOST_FINDINGS = 20;

/** Milliseconds. Longer than any wait that the relay asks for in `Retry-After` here. */
const LONGEST_END = 90_000;

export async function fuzz(options: FuzzOptions): Promise<Fuzzed> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-fuzz-'));
  writeFileSync(join(folder, 'parley.js'), LOADER);
  const braze = await serveEmulator({
    port: 0,
    workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions: ['users.track', 'users.identify'] }] }],
  });
  const keys = await generateKeyPair('ES256', { extractable: true });
  const identity = { keys: [await exportSPKI(keys.publicKey)] };
  const settings = settingsFor({ sandbox: braze.url, prod: braze.url });
  const { brand } = settings.sites;
  const child = startChild('../relay/relay-process.ts', import.meta.url);
  const kinds = new Map<string, number>();
  const statuses = new Map<string, number>();
  const findings: Finding[] = [];
  let requests = 0;
  try {
    const { url } = await child.ask<{ readonly url: string }>('start', {
      settings: {
        ...settings,
        sites: { ...settings.sites, brand: { ...brand, identity } },
        limits: { ...limitsBy(options.window ?? WINDOW), ...UNLIMITED },
        trustedProxies: ['127.0.0.1'],
      },
      key: SANDBOX_KEY,
      env: { ENTRY_LINK_KEY },
      file: join(folder, 'relay.db'),
      assets: folder,
      port: 0,
    } satisfies RelayStart);
    const port = Number(new URL(url).port);
    const secrets = [SANDBOX_KEY, SESSION_SECRET];
    let ends = 0;
    void child.ended.then(() => (ends += 1));
    const isGone = () => ends > 0;
    const end = options.time === undefined ? Infinity : performance.now() + options.time;

    const runLane = async (seed: number) => {
      const drawn = createRequests(seed);
      let renewals = 0;
      // Not what is looked at, so never refused for its number.
      const renew = () => belongings(url, keys.privateKey, `11.${addressIn(seed, (renewals += 1))}`);
      let has = await renew();
      for (let number = 1; number <= (options.count ?? Infinity); number += 1) {
        if (performance.now() > end || isGone() || findings.length >= MOST_FINDINGS) return;
        if (number % VISIT === 0) has = await renew().catch(() => has);
        const request = drawn.next(has, addressOf(seed, number));
        const answer = await exchange(port, request);
        requests += 1;
        count(kinds, request.kind);
        count(statuses, String(answer.status));
        // It is told to whoever has it, and to nobody else.
        const hidden = request.kind === 'entry-link' ? secrets : [...secrets, ENTRY_LINK_KEY];
        const what = isGone() ? 'the relay has ended' : judge(request, answer, hidden);
        // Nobody has these any more.
        if (request.kind === 'erasure' && answer.status === 204) has = await renew().catch(() => has);
        if (what !== undefined) findings.push({ seed, number, what, request: shown(request) });
      }
    };
    await Promise.all(Array.from({ length: options.lanes }, (_, lane) => runLane(options.seed + lane)));
    const last = isGone() ? 'the relay has ended' : await ending(url, () => child.ask('drained'));
    if (last !== undefined) findings.push({ seed: options.seed, number: requests, what: last, request: '' });
    // Where one of several submissions fails, the answer is 200 all the same: nothing was made to fail, so nothing may have.
    for (const event of isGone() ? [] : await child.ask<readonly string[]>('errors'))
      findings.push({ seed: options.seed, number: requests, what: `"${event}" in the log`, request: '' });
    if (!isGone()) await child.ask('close');
  } finally {
    await child.kill();
    await braze.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return {
    requests,
    kinds: Object.fromEntries([...kinds].sort()),
    statuses: Object.fromEntries([...statuses].sort()),
    findings,
  };
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function shown({ chunks }: FuzzRequest): string {
  return JSON.stringify(Buffer.concat(chunks).toString('latin1').slice(0, SHOWN));
}

/** @param number of the request */
const addressOf = (seed: number, number: number): string =>
  `10.${addressIn(seed, seed % LIMITED === 0 ? 0 : number)}`;

const addressIn = (seed: number, number: number): string =>
  `${seed & 255}.${(number >> 8) & 255}.${number & 255}`;

let customers = 0;

async function belongings(url: string, key: CryptoKey, address: string): Promise<Belongings> {
  const post = async (path: string, body: object, headers: Readonly<Record<string, string>>) => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
    return (await response.json()) as unknown;
  };
  const grant = (await post(
    '/v1/sessions',
    {},
    {
      origin: SANDBOX_ORIGIN,
      'x-forwarded-for': address,
    },
  )) as SessionGrant;
  const identity = await new SignJWT({ sub: `customer-${(customers += 1)}` })
    .setProtectedHeader({ alg: 'ES256' })
    .setExpirationTime('1h')
    .sign(key);
  const order = { site: 'brand', environment: 'sandbox', flow: 'welcome', cohort: 'vip' };
  const authorization = `Bearer ${ENTRY_LINK_KEY}`;
  const { token } = (await post('/v1/entry-links', order, { authorization })) as { readonly token: string };
  const { session, visitor } = grant;
  return { session, visitor, identity, entryLink: token, entryLinkKey: ENTRY_LINK_KEY };
}

/** What is wrong with the relay after all that: it delivers what a visitor says, and gets rid of what it has taken on. */
async function ending(url: string, drained: () => Promise<unknown>): Promise<string | undefined> {
  const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), LONGEST_END).unref());
  const submission = createSubmission();
  const visitor = await openVisitor(url);
  const response = await visitor.submit(submission);
  if (response.status !== 200) return `a good submission was answered with ${response.status}`;
  const { receipts } = (await response.json()) as SubmissionsResponse;
  if (receipts[0]?.id !== submission.id) return 'a good submission has no receipt';
  return (await Promise.race([drained(), late])) === 'late'
    ? 'what was taken on is not delivered'
    : undefined;
}
