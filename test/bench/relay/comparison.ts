/** Relays that are started in one way or another, measured side by side: processes over a store, or runtimes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { medianOf } from '../../median.ts';
import { startChild, type Child } from '../../relay/child.ts';
import { SANDBOX_KEY } from '../../server/relay-fixture.ts';
import type { BrazeCounts, BrazeStart } from './braze-process.ts';
import type { Load } from './load-process.ts';
import { PROBE_KEY, settingsOf, SETUP } from './measure.ts';
import type { StartBenched } from './served.ts';

export interface ComparedFigures {
  readonly submissionsPerSecond: number;
  /** Of all processes of the relay; NaN where it cannot be told. */
  readonly cpuMicrosPerSubmission: number;
  /** In use by the relay at full speed, and by the load, Braze and a server of the store beside it. */
  readonly relayCores: number;
  readonly otherCores: number;
  readonly objectsPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Requests that Braze let in within any window of its limit, at most. */
  readonly mostInWindow: number;
  /** Requests that Braze refused as too many. */
  readonly limited: number;
  readonly lost: number;
  readonly doubled: number;
}

/** What is compared is how much a relay takes: so Braze takes more here than in `SETUP`, and more visitors knock. */
export const COMPARED = {
  ...SETUP,
  requests: { limit: 100, window: 1_000 },
  /** Submissions at once at full speed. */
  atOnce: 400,
  /** Submissions a second in the phase in which waits are measured: half of what the slowest takes. */
  rate: 200,
} as const;

export interface ComparedOptions {
  /** Of each that is compared. */
  readonly runs: number;
  /** Submissions at once at full speed. */
  readonly atOnce: number;
  /** Whether it is said how each phase was answered. */
  readonly hasNotes: boolean;
}

/** Milliseconds until what has a receipt has to be at Braze: `queued` may take a while. */
const LONGEST_DRAIN = 60_000;

export async function measureStarted(
  start: StartBenched,
  { hasNotes, atOnce }: ComparedOptions,
): Promise<ComparedFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const braze = startChild('./braze-process.ts', import.meta.url);
  const load = startChild('./load-process.ts', import.meta.url);
  const { requests, answersAfter, visitors, warmUp } = COMPARED;
  try {
    const brazeUrl = await braze.ask<string>('start', {
      key: SANDBOX_KEY,
      probeKey: PROBE_KEY,
      requests,
      answersAfter,
    } satisfies BrazeStart);
    const relay = await start({ folder, settings: settingsOf(brazeUrl, true, requests) });
    try {
      await load.ask('start', { url: relay.url, connections: atOnce, visitors, isBare: false });
      const ids: string[] = [];
      const usage = async () => ({
        relay: await relay.cpu(),
        others:
          (await load.ask<number>('cpu')) +
          (await braze.ask<number>('cpu')) +
          ((await relay.storeCpu?.()) ?? 0),
      });
      const phase = async (name: 'full' | 'steady', value: unknown) => {
        await braze.ask('counts');
        const before = await usage();
        const done = await load.ask<Load>(name, value);
        ids.push(...done.ids);
        if (hasNotes) console.error(`  ${name}: ${JSON.stringify(done.answers)}`);
        const after = await usage();
        const relayCpu = after.relay - before.relay;
        return {
          done,
          cpu: relayCpu / Math.max(1, done.ids.length),
          relayCores: relayCpu / 1_000_000 / done.seconds,
          otherCores: (after.others - before.others) / 1_000_000 / done.seconds,
          counts: await braze.ask<BrazeCounts>('counts'),
        };
      };
      const warm = await phase('full', { atOnce, milliseconds: warmUp.relay });
      const full = await phase('full', { atOnce, milliseconds: COMPARED.full });
      const steady = await phase('steady', { rate: COMPARED.rate, milliseconds: COMPARED.steady });
      const arrivals = await arrivalsOf(ids, braze);
      const phases = [warm, full, steady].map(({ counts }) => counts);
      return {
        submissionsPerSecond: (full.done.answers['success'] ?? 0) / full.done.seconds,
        cpuMicrosPerSubmission: full.cpu,
        relayCores: full.relayCores,
        otherCores: full.otherCores,
        objectsPerRequest: full.counts.requests === 0 ? 0 : full.counts.objects / full.counts.requests,
        p50Ms: steady.done.p50,
        p99Ms: steady.done.p99,
        mostInWindow: Math.max(...phases.map(({ mostInWindow }) => mostInWindow)),
        limited: phases.reduce((sum, { limited }) => sum + limited, 0),
        lost: ids.filter((id) => !arrivals.has(id)).length,
        doubled: [...arrivals.values()].filter((count) => count > 1).length,
      };
    } finally {
      await relay.close();
    }
  } finally {
    await Promise.all([braze.kill(), load.kill()]);
    rmSync(folder, { recursive: true, maxRetries: 5 });
  }
}

/** Waits until all of these are there, and not for ever. */
async function arrivalsOf(ids: readonly string[], braze: Child): Promise<ReadonlyMap<string, number>> {
  const started = performance.now();
  for (;;) {
    const arrivals = new Map(await braze.ask<[string, number][]>('arrivals'));
    if (ids.every((id) => arrivals.has(id)) || performance.now() - started > LONGEST_DRAIN) return arrivals;
    await pause(250);
  }
}

/** Medians, but of what nobody may have at all the sum, and of what may not be exceeded the most. */
export function together(runs: readonly ComparedFigures[]): ComparedFigures {
  const of = (name: keyof ComparedFigures) => runs.map((run) => run[name]);
  const median = (name: keyof ComparedFigures) => medianOf(of(name));
  const sum = (name: keyof ComparedFigures) => of(name).reduce((total, each) => total + each, 0);
  return {
    submissionsPerSecond: median('submissionsPerSecond'),
    cpuMicrosPerSubmission: median('cpuMicrosPerSubmission'),
    relayCores: median('relayCores'),
    otherCores: median('otherCores'),
    objectsPerRequest: median('objectsPerRequest'),
    p50Ms: median('p50Ms'),
    p99Ms: median('p99Ms'),
    mostInWindow: Math.max(...of('mostInWindow')),
    limited: sum('limited'),
    lost: sum('lost'),
    doubled: sum('doubled'),
  };
}
