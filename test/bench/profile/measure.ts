/** One run: readers over one store, the emulator and the visitors, each a process of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../relay/child.ts';
import { samplesOf } from '../../server/prometheus-text.ts';
import { PROD_KEY, PROD_ORIGIN } from '../../server/relay-fixture.ts';
import type { BrazeStart, ExportSeen } from './braze-process.ts';
import type { Crowd, Waits } from './crowd-process.ts';
import type { ReaderStart } from './reader-process.ts';

export const SETUP = {
  people: 10_000,
  /** Braze's default (`post_users_identifier`, rate limit). */
  exports: { limit: 250, window: 60_000 },
  /** Milliseconds that somebody waits. */
  deadline: 2_500,
  /** Milliseconds until Braze answers: exports are slower than what is written. */
  answersAfter: 150,
  /** Every tenth opens another page a little later. */
  again: { every: 10, after: 3_000 },
} as const;

export interface Arrival {
  readonly processes: number;
  /** Milliseconds within which all come. */
  readonly within: number;
}

export interface Figures {
  readonly exports: number;
  /** In one minute of the clock, and in any minute. */
  readonly inClockMinute: number;
  readonly inAnyMinute: number;
  readonly limited: number;
  readonly idsPerExport: number;
  /** Of all answers, percent: by Braze, from memory, and neither. */
  readonly byBraze: number;
  readonly fromMemory: number;
  readonly notNow: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export async function measure({ processes, within }: Arrival): Promise<Figures> {
  const { people, exports, deadline, answersAfter, again } = SETUP;
  const folder = mkdtempSync(join(tmpdir(), 'parley-profile-'));
  const braze = startChild('./braze-process.ts', import.meta.url);
  const crowd = startChild('./crowd-process.ts', import.meta.url);
  const readers = Array.from({ length: processes }, () => startChild('./reader-process.ts', import.meta.url));
  try {
    const brazeUrl = await braze.ask<string>('start', {
      key: PROD_KEY,
      customers: people,
      answersAfter,
    } satisfies BrazeStart);
    const settings = {
      organization: 'BrandExample',
      environments: { prod: { endpoint: brazeUrl, exports } },
      sites: { brand: { prod: [PROD_ORIGIN] } },
      deadline,
    };
    const start: ReaderStart = { settings, key: PROD_KEY, file: join(folder, 'relay.db') };
    const urls: string[] = [];
    for (const reader of readers) urls.push(await reader.ask<string>('start', start));
    const waits = await crowd.ask<Waits>('come', { urls, people, within, again } satisfies Crowd);
    const seen = await braze.ask<readonly ExportSeen[]>('exports');
    const reads = await Promise.all(urls.map(readsAt));
    const share = (source: keyof Reads) =>
      (100 * reads.reduce((sum, each) => sum + each[source], 0)) / waits.answers;
    return {
      exports: seen.length,
      inClockMinute: mostOf(seen, ({ at }, other) => minuteOf(at) === minuteOf(other.at)),
      inAnyMinute: mostOf(seen, ({ at }, other) => other.at >= at && other.at < at + MINUTE),
      limited: seen.filter(({ status }) => status === 429).length,
      idsPerExport: seen.reduce((sum, { ids }) => sum + ids, 0) / seen.length,
      byBraze: share('braze'),
      fromMemory: share('memory'),
      notNow: share('notNow'),
      p50Ms: waits.p50,
      p99Ms: waits.p99,
      maxMs: waits.max,
    };
  } finally {
    await Promise.all([braze, crowd, ...readers].map((child) => child.kill()));
    rmSync(folder, { recursive: true });
  }
}

const MINUTE = 60_000;

const minuteOf = (time: number): number => Math.floor(time / MINUTE);

/** Most of them that are together with one of them. */
function mostOf(
  seen: readonly ExportSeen[],
  isWith: (one: ExportSeen, other: ExportSeen) => boolean,
): number {
  return Math.max(0, ...seen.map((one) => seen.filter((other) => isWith(one, other)).length));
}

interface Reads {
  braze: number;
  memory: number;
  notNow: number;
}

/** What came of them, by the metrics of the process that has read them. */
async function readsAt(url: string): Promise<Reads> {
  const reads: Reads = { braze: 0, memory: 0, notNow: 0 };
  const samples = samplesOf(await (await fetch(`${url}/metrics`)).text());
  for (const [series, count] of samples) {
    const [, result = '', from] =
      /^parley_profile_reads_total\{environment="prod",result="(\w+)",from="(\w+)"\}$/.exec(series) ?? [];
    if (from === undefined) continue;
    const isRead = result === 'found' || result === 'unknown';
    reads[!isRead ? 'notNow' : from === 'memory' ? 'memory' : 'braze'] += count;
  }
  return reads;
}
