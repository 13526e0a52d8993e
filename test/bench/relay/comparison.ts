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
import type { Benched, StartBenched } from './served.ts';

export interface ComparedFigures extends Fate {
  readonly submissionsPerSecond: number;
  /** Of all processes of the relay; NaN where it cannot be told. */
  readonly cpuMicrosPerSubmission: number;
  /** In use by the relay at full speed, by a server of its store, and by the load and Braze beside it. */
  readonly relayCores: number;
  readonly storeCores: number;
  readonly otherCores: number;
  readonly objectsPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Requests that Braze let in within any window of its limit, at most. */
  readonly mostInWindow: number;
  /** Requests that Braze refused as too many. */
  readonly limited: number;
}

/** What became of what visitors sent. */
export interface Fate {
  /** Answered with neither success nor `queued`, or not at all. */
  readonly refused: number;
  readonly lost: number;
  readonly doubled: number;
}

export type ScarceFigures = Pick<ComparedFigures, 'mostInWindow' | 'limited' | keyof Fate>;

/** Answers to a submission that the relay delivers, now or later. */
const TAKEN: readonly string[] = ['success', 'queued'];

/** What is compared is how much a relay takes: so Braze takes more here than in `SETUP`, and more visitors knock. */
export const COMPARED = {
  ...SETUP,
  requests: { limit: 100, window: 1_000 },
  /** Submissions at once at full speed. */
  atOnce: 400,
  /** Submissions a second in the phase in which waits are measured: half of what the slowest takes. */
  rate: 200,
} as const;

/** A hundredth of what Braze takes by default (`api/api_limits`): 370 submissions a second, less than half of what one process would send. */
export const SCARCE = {
  requests: { limit: 30, window: 3_000 },
  atOnce: 400,
  visitors: 1_000,
  milliseconds: 3_000,
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

export function measureStarted(
  start: StartBenched,
  { hasNotes, atOnce }: ComparedOptions,
): Promise<ComparedFigures> {
  const { requests, visitors, warmUp } = COMPARED;
  return atWork(start, requests, async ({ relay, braze, load }) => {
    await load.ask('start', { url: relay.url, connections: atOnce, visitors, isBare: false });
    const usage = async () => ({
      relay: await relay.cpu(),
      store: (await relay.storeCpu?.()) ?? 0,
      others: (await load.ask<number>('cpu')) + (await braze.ask<number>('cpu')),
    });
    const phase = async (name: 'full' | 'steady', value: unknown) => {
      await braze.ask('counts');
      const before = await usage();
      const done = await load.ask<Load>(name, value);
      if (hasNotes) console.error(`  ${name}: ${JSON.stringify(done.answers)}`);
      const after = await usage();
      const relayCpu = after.relay - before.relay;
      return {
        done,
        cpu: relayCpu / Math.max(1, done.ids.length),
        relayCores: relayCpu / 1_000_000 / done.seconds,
        storeCores: (after.store - before.store) / 1_000_000 / done.seconds,
        otherCores: (after.others - before.others) / 1_000_000 / done.seconds,
        counts: await braze.ask<BrazeCounts>('counts'),
      };
    };
    const warm = await phase('full', { atOnce, milliseconds: warmUp.relay });
    const full = await phase('full', { atOnce, milliseconds: COMPARED.full });
    const steady = await phase('steady', { rate: COMPARED.rate, milliseconds: COMPARED.steady });
    const phases = [warm, full, steady];
    const { fate, counts } = await fateOf(
      phases.map(({ done }) => done),
      braze,
    );
    return {
      submissionsPerSecond: (full.done.answers['success'] ?? 0) / full.done.seconds,
      cpuMicrosPerSubmission: full.cpu,
      relayCores: full.relayCores,
      storeCores: full.storeCores,
      otherCores: full.otherCores,
      objectsPerRequest: full.counts.requests === 0 ? 0 : full.counts.objects / full.counts.requests,
      p50Ms: steady.done.p50,
      p99Ms: steady.done.p99,
      mostInWindow: counts.mostInWindow,
      limited: [...phases.map((each) => each.counts), counts].reduce((sum, { limited }) => sum + limited, 0),
      ...fate,
    };
  });
}

/** Where Braze takes far fewer requests than all processes would send: what they share is used, and not passed. */
export function measureScarce(start: StartBenched): Promise<ScarceFigures> {
  const { requests, atOnce, visitors, milliseconds } = SCARCE;
  return atWork(start, requests, async ({ relay, braze, load }) => {
    await load.ask('start', { url: relay.url, connections: atOnce, visitors, isBare: false });
    const done = await load.ask<Load>('full', { atOnce, milliseconds });
    const { fate, counts } = await fateOf([done], braze);
    return { mostInWindow: counts.mostInWindow, limited: counts.limited, ...fate };
  });
}

interface AtWork {
  readonly relay: Benched;
  readonly braze: Child;
  readonly load: Child;
}

/** With a relay, Braze and the load in processes of their own, which are gone afterwards. */
async function atWork<Figures>(
  start: StartBenched,
  requests: BrazeStart['requests'],
  measure: (at: AtWork) => Promise<Figures>,
): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const braze = startChild('./braze-process.ts', import.meta.url);
  const load = startChild('./load-process.ts', import.meta.url);
  try {
    const brazeUrl = await braze.ask<string>('start', {
      key: SANDBOX_KEY,
      probeKey: PROBE_KEY,
      requests,
      answersAfter: COMPARED.answersAfter,
    } satisfies BrazeStart);
    const relay = await start({ folder, settings: settingsOf(brazeUrl, true, requests) });
    try {
      return await measure({ relay, braze, load });
    } finally {
      await relay.close();
    }
  } finally {
    await Promise.all([braze.kill(), load.kill()]);
    rmSync(folder, { recursive: true, maxRetries: 5 });
  }
}

/** What became of all that was sent, once what waited has left, and what Braze counted meanwhile. */
async function fateOf(
  done: readonly Load[],
  braze: Child,
): Promise<{ readonly fate: Fate; readonly counts: BrazeCounts }> {
  const ids = done.flatMap((each) => each.ids);
  const arrivals = await arrivalsOf(ids, braze);
  const answers = done.flatMap((each) => Object.entries(each.answers));
  return {
    fate: {
      refused: answers
        .filter(([answer]) => !TAKEN.includes(answer))
        .reduce((sum, [, count]) => sum + count, 0),
      lost: ids.filter((id) => !arrivals.has(id)).length,
      doubled: [...arrivals.values()].filter((count) => count > 1).length,
    },
    counts: await braze.ask<BrazeCounts>('counts'),
  };
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
    storeCores: median('storeCores'),
    otherCores: median('otherCores'),
    objectsPerRequest: median('objectsPerRequest'),
    p50Ms: median('p50Ms'),
    p99Ms: median('p99Ms'),
    mostInWindow: Math.max(...of('mostInWindow')),
    limited: sum('limited'),
    refused: sum('refused'),
    lost: sum('lost'),
    doubled: sum('doubled'),
  };
}
