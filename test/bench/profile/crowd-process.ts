/** The visitors, as a process of their own: each comes when it is time, whatever became of those before. */
import { setTimeout as pause } from 'node:timers/promises';
import { importPKCS8, SignJWT } from 'jose';
import { Pool } from 'undici';
import type { PublishedFlow } from '../../../widget/contract/flow.ts';
import type { SessionGrant, SubmissionsResponse } from '../../../widget/contract/wire.ts';
import { answerParent } from '../../relay/child.ts';
import { createSubmission, PROD_ORIGIN } from '../../server/relay-fixture.ts';
import { customerOf, planOf, PROFILE_FLOW } from './customers.ts';

export interface Crowd {
  /** Of the relays: whoever comes again comes to the same. */
  readonly urls: readonly string[];
  /** Of the brand's backend, as PEM: by it they are vouched for. */
  readonly key: string;
  readonly people: number;
  /** Milliseconds within which they come, evenly. */
  readonly within: number;
  /** Every so many comes again, on another page. */
  readonly again: { readonly every: number; readonly after: number };
}

export interface Waits {
  /** Milliseconds, of each answer to a branch. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** The longest of requests that wait for nothing, at the same time: what the machine itself takes. */
  readonly idle: number;
  /** Answers to a branch: all, and where they led. */
  readonly answers: number;
  readonly byProfile: number;
  readonly byElse: number;
  /** Requests that were answered with neither. */
  readonly failed: number;
}

/** Of each relay: more wait at once only where it fails. */
const CONNECTIONS = 2_000;

/** Seconds that a token holds: longer than a run. */
const HOUR = 3_600;

answerParent({
  come: async ({ urls, key, people, within, again }: Crowd): Promise<Waits> => {
    const pools = urls.map((url) => new Pool(url, { connections: CONNECTIONS, pipelining: 1 }));
    const tokens = await tokensOf(people, key);
    const revision = await revisionAt(pools[0] as Pool);
    const waits: number[] = [];
    const led = { byProfile: 0, byElse: 0, failed: 0 };
    const open = async (pool: Pool, session: string, number: number): Promise<void> => {
      const submission = createSubmission({
        flow: PROFILE_FLOW.id,
        revision,
        node: PROFILE_FLOW.start,
        answers: {},
        time: new Date().toISOString(),
      });
      const before = performance.now();
      const told = await post<SubmissionsResponse>(
        pool,
        '/v1/submissions',
        { submissions: [submission] },
        { authorization: `Bearer ${session}` },
      );
      waits.push(performance.now() - before);
      const next = told?.receipts[0]?.next;
      if (next === planOf(number)) led.byProfile += 1;
      else if (next === PROFILE_FLOW.nodes.plan.else) led.byElse += 1;
      else led.failed += 1;
    };
    const visit = async (number: number): Promise<void> => {
      const pool = pools[number % pools.length] as Pool;
      const grant = await post<SessionGrant>(pool, '/v1/sessions', { identity: tokens[number] });
      if (grant?.identity !== 'verified') {
        led.failed += 1;
        return;
      }
      await open(pool, grant.session, number);
      if (number % again.every !== 0) return;
      await pause(again.after);
      await open(pool, grant.session, number);
    };
    const idle = startProbe(urls);
    const start = performance.now();
    const visits: Promise<void>[] = [];
    while (visits.length < people) {
      const due = Math.min(people, Math.floor(((performance.now() - start) / within) * people));
      while (visits.length < due) visits.push(visit(visits.length));
      await pause(1);
    }
    await Promise.all(visits);
    const longest = await idle.end();
    await Promise.all(pools.map((pool) => pool.close()));
    waits.sort((one, other) => one - other);
    const at = (share: number) => waits[Math.floor(share * (waits.length - 1))] ?? NaN;
    return {
      p50: at(0.5),
      p95: at(0.95),
      p99: at(0.99),
      max: at(1),
      idle: longest,
      answers: waits.length,
      ...led,
    };
  },
});

/** Milliseconds between two that wait for nothing. */
const PROBE = 20;

function startProbe(urls: readonly string[]): { readonly end: () => Promise<number> } {
  let isOver = false;
  let longest = 0;
  const probing = urls.map(async (url) => {
    const pool = new Pool(url, { connections: 1 });
    while (!isOver) {
      const before = performance.now();
      const { body } = await pool.request({ method: 'GET', path: '/healthz' });
      await body.dump();
      longest = Math.max(longest, performance.now() - before);
      await pause(PROBE);
    }
    await pool.close();
  });
  return {
    async end() {
      isOver = true;
      await Promise.all(probing);
      return longest;
    },
  };
}

/** As a widget has it that has just fetched the flow. */
async function revisionAt(pool: Pool): Promise<string> {
  const { body } = await pool.request({ method: 'GET', path: `/v1/flows/${PROFILE_FLOW.id}` });
  return ((await body.json()) as PublishedFlow).revision;
}

/** Each with its own, signed before the first comes: that is the backend's work. */
async function tokensOf(people: number, pem: string): Promise<readonly string[]> {
  const key = await importPKCS8(pem, 'ES256');
  const exp = Math.floor(Date.now() / 1_000) + HOUR;
  return Promise.all(
    Array.from({ length: people }, (_, number) =>
      new SignJWT({ sub: customerOf(number), exp }).setProtectedHeader({ alg: 'ES256' }).sign(key),
    ),
  );
}

/** @returns `undefined` where it is refused, or not answered at all */
async function post<T>(
  pool: Pool,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<T | undefined> {
  try {
    const answer = await pool.request({
      method: 'POST',
      path,
      headers: { origin: PROD_ORIGIN, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const text = await answer.body.text();
    return answer.statusCode === 200 ? (JSON.parse(text) as T) : undefined;
  } catch {
    return undefined;
  }
}
