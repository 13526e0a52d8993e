/** One run: relays over one store, the emulator and the visitors, each a process of its own. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportPKCS8, exportSPKI, generateKeyPair } from 'jose';
import type { Fault } from '../../../demo/braze/faults.ts';
import { startChild } from '../../relay/child.ts';
import type { RelayStart } from '../../relay/relay-process.ts';
import { samplesOf } from '../../server/prometheus-text.ts';
import { PROD_KEY, PROD_ORIGIN } from '../../server/relay-fixture.ts';
import type { BrazeStart, ExportSeen } from './braze-process.ts';
import type { Crowd, Waits } from './crowd-process.ts';
import { PROFILE_FLOW } from './customers.ts';

export const SETUP = {
  people: 10_000,
  /** Braze's default (`post_users_identifier`, rate limit). */
  exports: { limit: 250, window: 60_000 },
  /** Milliseconds that somebody waits. */
  deadline: 2_500,
  /** Milliseconds until Braze answers: exports are slower than what is written. */
  answersAfter: 150,
  /** The same of a Braze that is slow: nobody waits for it. */
  slow: 4_000,
  /** Every tenth opens another page a little later. */
  again: { every: 10, after: 3_000 },
} as const;

const BRAZE: Readonly<Record<'well' | 'slow' | 'failing', Fault>> = {
  well: { kind: 'slow', ms: SETUP.answersAfter },
  slow: { kind: 'slow', ms: SETUP.slow },
  failing: { kind: 'status', status: 503 },
};

export interface Arrival {
  readonly processes: number;
  readonly people: number;
  /** Milliseconds within which all come. */
  readonly within: number;
  readonly braze: keyof typeof BRAZE;
}

export interface Figures {
  readonly exports: number;
  /** In any minute, wherever it begins. */
  readonly inAnyMinute: number;
  readonly limited: number;
  readonly idsPerExport: number;
  /** Answers to visitors: by what the profile says, and by `else`. */
  readonly byProfile: number;
  readonly byElse: number;
  readonly failed: number;
  /** Of the reads: out of the memory, and why there was none. */
  readonly fromMemory: number;
  readonly deadline: number;
  readonly shut: number;
  readonly budget: number;
  readonly unavailable: number;
  readonly otherwise: number;
  /** The longest that a submission took a relay, from where it has the request to where the answer leaves. */
  readonly relayMs: number;
  /** What visitors waited. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** The longest of requests that wait for nothing, at the same time. */
  readonly idleMs: number;
}

export async function measure({ processes, people, within, braze: state }: Arrival): Promise<Figures> {
  const { exports, deadline, again } = SETUP;
  const folder = mkdtempSync(join(tmpdir(), 'parley-profile-'));
  const assets = join(folder, 'assets');
  mkdirSync(assets);
  const braze = startChild('./braze-process.ts', import.meta.url);
  const crowd = startChild('./crowd-process.ts', import.meta.url);
  const relays = Array.from({ length: processes }, () =>
    startChild('../../relay/relay-process.ts', import.meta.url, { isQuiet: true }),
  );
  try {
    const brazeUrl = await braze.ask<string>('start', {
      key: PROD_KEY,
      customers: people,
      fault: BRAZE[state],
    } satisfies BrazeStart);
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const start: RelayStart = {
      settings: {
        organization: 'BrandExample',
        environments: { prod: { endpoint: brazeUrl, exports } },
        sites: { brand: { prod: [PROD_ORIGIN], identity: { keys: [await exportSPKI(publicKey)] } } },
        deadline,
        // All of them come from this machine.
        limits: { address: false, newVisitors: false },
      },
      key: PROD_KEY,
      file: join(folder, 'relay.db'),
      assets,
      port: 0,
      isLogging: true,
      flow: PROFILE_FLOW,
    };
    const doors: { readonly url: string; readonly operatorUrl: string }[] = [];
    for (const relay of relays) doors.push(await relay.ask('start', start));
    const urls = doors.map(({ url }) => url);
    const key = await exportPKCS8(privateKey);
    const waits = await crowd.ask<Waits>('come', { urls, key, people, within, again } satisfies Crowd);
    const seen = await braze.ask<readonly ExportSeen[]>('exports');
    const took = await Promise.all(
      relays.map((relay) => relay.ask<number | undefined>('longest', '/v1/submissions')),
    );
    const reads = await Promise.all(doors.map(({ operatorUrl }) => readsAt(operatorUrl)));
    const sum = (is: (read: Read) => boolean) =>
      reads.flat().reduce((total, read) => total + (is(read) ? read.count : 0), 0);
    const notNow = (...reasons: readonly string[]) => sum(({ result }) => reasons.includes(result));
    return {
      exports: seen.length,
      inAnyMinute: mostInMinute(seen),
      limited: seen.filter(({ status }) => status === 429).length,
      idsPerExport: seen.reduce((total, { ids }) => total + ids, 0) / seen.length,
      byProfile: waits.byProfile,
      byElse: waits.byElse,
      failed: waits.failed,
      fromMemory: sum(({ from }) => from === 'memory'),
      deadline: notNow('deadline'),
      shut: notNow('shut'),
      budget: notNow('budget'),
      unavailable: notNow('unavailable'),
      otherwise: notNow('unknown', 'unreadable', 'too_large', 'refused', 'fault'),
      relayMs: Math.max(...took.map((milliseconds = NaN) => milliseconds)),
      p50Ms: waits.p50,
      p95Ms: waits.p95,
      p99Ms: waits.p99,
      maxMs: waits.max,
      idleMs: waits.idle,
    };
  } finally {
    await Promise.all([braze, crowd, ...relays].map((child) => child.kill()));
    rmSync(folder, { recursive: true });
  }
}

const MINUTE = 60_000;

/** Most of them in a minute that begins with one of them. */
function mostInMinute(seen: readonly ExportSeen[]): number {
  return Math.max(
    0,
    ...seen.map(({ at }) => seen.filter((other) => other.at >= at && other.at < at + MINUTE).length),
  );
}

interface Read {
  readonly result: string;
  readonly from: string;
  readonly count: number;
}

/** What came of them, by the metrics of the process that has read them. */
async function readsAt(operatorUrl: string): Promise<readonly Read[]> {
  const samples = samplesOf(await (await fetch(`${operatorUrl}/metrics`)).text());
  return [...samples].flatMap(([series, count]) => {
    const [, result, from] =
      /^parley_profile_reads_total\{environment="prod",result="(\w+)",from="(\w+)"\}$/.exec(series) ?? [];
    return result === undefined || from === undefined ? [] : [{ result, from, count }];
  });
}
