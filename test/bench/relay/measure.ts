/** One run: a server, an emulator and the load in three processes, phase after phase, and what it came to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { medianOf } from '../../median.ts';
import { startChild } from '../../relay/child.ts';
import type { RelayStart } from '../../relay/relay-process.ts';
import { SANDBOX_KEY, settingsFor } from '../../server/relay-fixture.ts';
import type { BrazeCounts, BrazeStart } from './braze-process.ts';
import type { Load } from './load-process.ts';

export type Contender = 'relay' | 'unbatched' | 'bare';

export interface Figures {
  readonly submissionsPerSecond: number;
  readonly cpuMicrosPerSubmission: number;
  readonly objectsPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly lost: number;
  readonly doubled: number;
}

export interface Run extends Figures {
  /** Of the relay only. */
  readonly addedWaitMs?: number;
  /** What else there is to know. */
  readonly notes: Readonly<Record<string, unknown>>;
}

/** What a run is measured with; the output repeats it. */
export const SETUP = {
  /** Of Braze, and the relay knows. A second of 1,000 would need more than two cores for the three processes. */
  requests: { limit: 40, window: 1_000 },
  /** Milliseconds until Braze answers. */
  answersAfter: 40,
  /** With a session each. */
  visitors: 3_000,
  /** Submissions at once in the full phase: as many as fill each request of a second. */
  atOnce: { relay: 1_000, unbatched: 40, bare: 64 },
  /** Submissions a second in the steady phase, in which CPU and waits are measured. */
  rate: { relay: 600, unbatched: 15, bare: 600 },
  /**
   * Milliseconds before anything is measured: a relay runs for days, and until some 8,000 submissions have gone through it, much of
   * its CPU is the compiler's. The bare route has them within a second; one request each would take minutes.
   */
  warmUp: { relay: 8_000, unbatched: 1_000, bare: 1_000 },
  /** Milliseconds of each phase. */
  full: 3_000,
  steady: 3_000,
  /** Evenly spaced submissions. */
  spaced: { rate: 20, count: 50 },
} as const;

export const PROBE_KEY = 'probe-key-0123456789';

export async function measure(contender: Contender): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const isBare = contender === 'bare';
  const server = isBare
    ? startChild('./bare-process.ts', import.meta.url)
    : startChild('../../relay/relay-process.ts', import.meta.url, { isQuiet: true });
  const braze = startChild('./braze-process.ts', import.meta.url);
  const load = startChild('./load-process.ts', import.meta.url);
  try {
    const { requests, answersAfter, visitors } = SETUP;
    const brazeUrl = await braze.ask<string>('start', {
      key: SANDBOX_KEY,
      probeKey: PROBE_KEY,
      requests,
      answersAfter,
    } satisfies BrazeStart);
    const { url } = await server.ask<{ url: string }>('start', {
      settings: settingsOf(brazeUrl, contender === 'relay'),
      key: SANDBOX_KEY,
      file: join(folder, 'relay.db'),
      assets: folder,
      port: 0,
      isLogging: true,
    } satisfies RelayStart);
    const connections = SETUP.atOnce.relay;
    await load.ask('start', { url, connections, visitors, isBare });
    const ids: string[] = [];
    const phase = async (name: 'full' | 'steady', value: unknown) => {
      await braze.ask('counts');
      const before = await server.ask<number>('cpu');
      const done = await load.ask<Load>(name, value);
      const cpu = (await server.ask<number>('cpu')) - before;
      ids.push(...done.ids);
      const counts = await braze.ask<BrazeCounts>('counts');
      return { done, counts, cpu: cpu / Math.max(1, done.ids.length) };
    };
    const atOnce = SETUP.atOnce[contender];
    await phase('full', { atOnce, milliseconds: SETUP.warmUp[contender] });
    const full = await phase('full', { atOnce, milliseconds: SETUP.full });
    const steady = await phase('steady', { rate: SETUP.rate[contender], milliseconds: SETUP.steady });
    const spaced = contender === 'relay' ? await addedWait() : undefined;
    if (!isBare) await server.ask('drained');
    const arrivals = new Map(await braze.ask<[string, number][]>('arrivals'));
    return {
      submissionsPerSecond: (full.done.answers['success'] ?? 0) / full.done.seconds,
      cpuMicrosPerSubmission: steady.cpu,
      objectsPerRequest: full.counts.requests === 0 ? 0 : full.counts.objects / full.counts.requests,
      p50Ms: steady.done.p50,
      p99Ms: steady.done.p99,
      lost: isBare ? 0 : ids.filter((id) => !arrivals.has(id)).length,
      doubled: [...arrivals.values()].filter((count) => count > 1).length,
      ...(spaced && { addedWaitMs: spaced.added }),
      notes: {
        full: { answers: full.done.answers, cpu: full.cpu, p50: full.done.p50, ...full.counts },
        steady: { answers: steady.done.answers, ...steady.counts },
        ...(spaced && { spaced: spaced.notes }),
      },
    };

    async function addedWait() {
      const waits = await load.ask<{ relay: number[]; direct: number[]; ids: string[] }>('spaced', {
        ...SETUP.spaced,
        braze: brazeUrl,
        key: PROBE_KEY,
      });
      ids.push(...waits.ids);
      const [relay, direct] = [medianOf(waits.relay), medianOf(waits.direct)];
      return { added: relay - direct, notes: { relay, direct } };
    }
  } finally {
    await Promise.all([server.kill(), braze.kill(), load.kill()]);
    rmSync(folder, { recursive: true });
  }
}

/** @param requests of Braze, as the relay is told */
export function settingsOf(
  brazeUrl: string,
  batching: boolean,
  requests: BrazeStart['requests'] = SETUP.requests,
): unknown {
  const settings = settingsFor({ sandbox: brazeUrl, prod: brazeUrl });
  return {
    ...settings,
    environments: { sandbox: { endpoint: brazeUrl, requests }, prod: { endpoint: brazeUrl, requests } },
    batching,
  };
}
