/** A relay as a process of its own, over SQLite, that many addresses knock at: in calm, and while one of them knocks far too often. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, type Child } from '../../relay/child.ts';
import { DEFAULT_LIMITS } from '../../../server/doors/limits.ts';
import type { RelayStart } from '../../relay/relay-process.ts';
import { SANDBOX_KEY, settingsFor } from '../../server/relay-fixture.ts';
import type { BrazeStart } from '../relay/braze-process.ts';
import type { Knocks, KnockingStart, Pace } from './knocking-process.ts';

export interface AbuseSetup {
  /** Requests and submissions of one address in a minute: the relay's setting. */
  readonly limit: number;
  readonly others: {
    readonly addresses: number;
    readonly visitors: number;
    readonly warmUp: Pace;
    /** In calm, and again during the flood. */
    readonly pace: Pace;
  };
  readonly flood: Pace & { readonly visitors: number };
}

export interface Abuse {
  readonly calm: Knocks;
  /** Of the others, meanwhile. */
  readonly meanwhile: Knocks;
  readonly flood: Knocks;
  /** Submissions of the others that were not answered with a receipt. */
  readonly refused: number;
  /** Those that were, and that the emulator does not have, or has more than once. */
  readonly lost: number;
  readonly doubled: number;
}

/** What `npm run bench:abuse` measures with; it repeats it. */
export const SETUP: AbuseSetup = {
  limit: DEFAULT_LIMITS.address.limit,
  others: {
    addresses: 40,
    visitors: 200,
    warmUp: { rate: 300, count: 3_000, batch: 1 },
    pace: { rate: 100, count: 1_000, batch: 1 },
  },
  // Ten times as many submissions as are allowed in a minute, in each of the ten seconds in which the others are measured: in requests that are as
  // full as they may be, so that what the limit lets in comes all at once.
  flood: { visitors: 20, rate: 240, count: 2_400, batch: 50 },
};

/** Milliseconds until Braze answers. */
const ANSWERS_AFTER = 40;

const ABUSER = '203.0.113.7';

export async function measureAbuse({ limit, others, flood }: AbuseSetup): Promise<Abuse> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-abuse-'));
  const relay = startChild('../../relay/relay-process.ts', import.meta.url, { isQuiet: true });
  const braze = startChild('../relay/braze-process.ts', import.meta.url);
  const crowd = startChild('./knocking-process.ts', import.meta.url);
  const abuser = startChild('./knocking-process.ts', import.meta.url);
  const knock = (who: Child, { rate, count, batch }: Pace) =>
    who.ask<Knocks>('knock', { rate, count, batch });
  try {
    const brazeUrl = await braze.ask<string>('start', {
      key: SANDBOX_KEY,
      probeKey: 'probe-key-0123456789',
      requests: { limit: 3_000, window: 3_000 },
      answersAfter: ANSWERS_AFTER,
    } satisfies BrazeStart);
    const { url } = await relay.ask<{ url: string }>('start', {
      settings: {
        ...settingsFor({ sandbox: brazeUrl, prod: brazeUrl }),
        trustedProxies: ['127.0.0.1', '::1'],
        limits: { address: { limit, window: 60_000 } },
      },
      key: SANDBOX_KEY,
      file: join(folder, 'relay.db'),
      assets: folder,
      port: 0,
      isLogging: true,
    } satisfies RelayStart);
    const addresses = Array.from({ length: others.addresses }, (_, number) => `198.51.100.${number + 1}`);
    await crowd.ask('start', {
      url,
      addresses,
      visitors: others.visitors,
      mark: 'a',
    } satisfies KnockingStart);
    await abuser.ask('start', {
      url,
      addresses: [ABUSER],
      visitors: flood.visitors,
      mark: 'b',
    } satisfies KnockingStart);

    const warmUp = await knock(crowd, others.warmUp);
    const calm = await knock(crowd, others.pace);
    const [meanwhile, flooded] = await Promise.all([knock(crowd, others.pace), knock(abuser, flood)]);
    await relay.ask('drained');
    const arrivals = new Map(await braze.ask<[string, number][]>('arrivals'));
    const phases = [warmUp, calm, meanwhile];
    const ids = phases.flatMap((phase) => phase.ids);
    const sent = others.warmUp.count + 2 * others.pace.count;
    return {
      calm,
      meanwhile,
      flood: flooded,
      refused: sent - ids.length,
      lost: ids.filter((id) => !arrivals.has(id)).length,
      doubled: ids.filter((id) => (arrivals.get(id) ?? 0) > 1).length,
    };
  } finally {
    await Promise.all([relay, braze, crowd, abuser].map((each) => each.kill()));
    rmSync(folder, { recursive: true });
  }
}
