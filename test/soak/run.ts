/** One soak: a crowd, bad weather at Braze, a relay that is killed again and again; then all is calm, and accounts are made. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Emulator } from '../../demo/braze/emulator.ts';
import { serveEmulator } from '../../demo/braze/serve.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Store } from '../../server/store/store.ts';
import { accountFor } from '../relay/accounts.ts';
import { startChild } from '../relay/child.ts';
import type { RelayStart } from '../relay/relay-process.ts';
import { SANDBOX_KEY, settingsFor } from '../server/relay-fixture.ts';
import { gatherCrowd, type Crowd, type Said } from './crowd.ts';
import { judgeMemory, type Soaked, type SoakOptions } from './judging.ts';
import { startLives } from './lives.ts';
import { startWeather } from './weather.ts';

const VISITORS = 40;

/** Milliseconds: less than Braze's slowest answers in bad weather. */
const DEADLINE = 1_000;
const BRAZE_TIMEOUT = 1_500;

/** Milliseconds of calm after which something hangs. */
const LONGEST_DRAIN = 90_000;

export async function soak(options: SoakOptions): Promise<Soaked> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-soak-'));
  const braze = await serveEmulator({
    port: 0,
    workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions: ['users.track'] }] }],
  });
  const start: Omit<RelayStart, 'port'> = {
    settings: {
      ...settingsFor({ sandbox: braze.url, prod: braze.url, deadline: DEADLINE }),
      brazeTimeout: BRAZE_TIMEOUT,
    },
    key: SANDBOX_KEY,
    file: join(folder, 'relay.db'),
    assets: folder,
  };
  try {
    const storm = await passStorm(options, braze.emulator, start);
    return { ...options, ...storm.figures, ...(await makeAccounts(storm.crowd, braze.emulator, start)) };
  } finally {
    await braze.close();
    rmSync(folder, { recursive: true });
  }
}

/** Ends when all is calm again and nothing is left to deliver. */
async function passStorm(
  { seconds, seed, killEvery }: SoakOptions,
  emulator: Emulator,
  start: Omit<RelayStart, 'port'>,
) {
  const lives = await startLives(start, killEvery * 1_000);
  try {
    const crowd = gatherCrowd({ relayUrl: lives.url, seed, visitors: VISITORS });
    const weather = startWeather(emulator, seed);
    await pause(seconds * 1_000);
    weather.end();
    const calm = performance.now();
    const relay = await lives.settle();
    await inTime('the visitors', crowd.leave());
    await inTime('the spool', relay.ask('drained'));
    const drained = (performance.now() - calm) / 1_000;
    await relay.ask('close');
    const waits = [...crowd.waits].sort((a, b) => a - b);
    const waitAt = (share: number) => Math.round(waits[Math.floor(share * (waits.length - 1))] ?? NaN);
    const figures = {
      kills: lives.memory.length,
      outcomes: Object.fromEntries(crowd.outcomes),
      corrections: crowd.corrections(),
      requests: Object.fromEntries(weather.requests),
      drained: Math.round(drained * 10) / 10,
      p50Ms: waitAt(0.5),
      p99Ms: waitAt(0.99),
      ...judgeMemory(lives.memory),
    };
    return { figures, crowd };
  } finally {
    await lives.end();
  }
}

/** What is at Braze now, and again after the operator has given it what it refused. */
async function makeAccounts(crowd: Crowd, emulator: Emulator, start: Omit<RelayStart, 'port'>) {
  const { file } = start;
  const said = await crowd.said();
  const { outOfOrder, deadLetters, countedInDoubt } = await withStore(file, async (store) => ({
    outOfOrder: await visitorsOutOfOrder(said, emulator, store),
    deadLetters: await retryDeadLetters(store),
    countedInDoubt: (await store.stats()).inDoubt,
  }));
  const relay = startChild('../relay/relay-process.ts', import.meta.url);
  try {
    await relay.ask('start', { ...start, port: 0 } satisfies RelayStart);
    await inTime('the dead letters', relay.ask('drained'));
    await relay.ask('close');
  } finally {
    await relay.kill();
  }
  const chains = await crowd.chains();
  return withStore(file, async (store) => {
    const accounts = await accountFor(chains, emulator, store);
    return {
      submissions: said.reduce((sum, { submissions }) => sum + submissions.length, 0),
      ...accounts,
      inDoubt: accounts.inDoubt.length,
      countedInDoubt,
      outOfOrder,
      deadLetters,
      leftInSpool: (await store.stats()).unsettled,
    };
  });
}

async function inTime<T>(what: string, work: Promise<T>): Promise<T> {
  const late = new AbortController();
  const tooLate = pause(LONGEST_DRAIN, undefined, { signal: late.signal }).then(() => {
    throw new Error(`${what} did not come to an end within ${LONGEST_DRAIN / 1_000} s of calm`);
  });
  // It is told to stop where all goes well.
  tooLate.catch(() => undefined);
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    late.abort();
  }
}

async function withStore<T>(file: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = createSqliteStore({ file, clock: Date.now });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Each submission says its place in the first name: what Braze has may not be older than the last one that it took whole. */
async function visitorsOutOfOrder(
  said: readonly Said[],
  emulator: Emulator,
  store: Store,
): Promise<readonly string[]> {
  const names = new Map(
    emulator
      .profiles()
      .map(({ user_aliases: [alias], standard }) => [alias?.alias_name, standard['first_name']]),
  );
  const wrong: string[] = [];
  for (const { visitor, submissions } of said) {
    let lastTaken = 0;
    for (const [index, id] of submissions.entries()) {
      const settlement = await store.find(`${visitor}/${id}`);
      if (settlement?.receipt.outcome === 'success') lastTaken = index + 1;
    }
    const place = Number(/^Ada (\d+)$/.exec(String(names.get(visitor)))?.[1] ?? 0);
    if (place < lastTaken) wrong.push(`${visitor}: ${place} of ${lastTaken}`);
  }
  return wrong;
}

async function retryDeadLetters(store: Store): Promise<number> {
  const letters = await store.deadLetters.list(1_000_000);
  for (const { work } of letters) await store.deadLetters.retry(work.key);
  return letters.length;
}
