/**
 * A visitor who says word after word in a real page, while Chromium and the relay are killed and started again; then all is calm, and
 * each word is looked for at Braze.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { servePage, type PageServer } from '../journey/page-server.ts';
import { createRandom } from '../long/random.ts';
import { startChild, type Child } from '../relay/child.ts';
import type { RelayStart } from '../relay/relay-process.ts';
import { SANDBOX_KEY } from '../server/relay-fixture.ts';
import { WORDS_FLOW, type Arrival } from './browser-flow.ts';
import { judge, type Judgement } from './browser-judging.ts';
import { killAgainAndAgain } from './browser-lives.ts';
import { takeNotes, type Notes } from './browser-notes.ts';
import { visit, type Visit } from './browser-visitor.ts';

export interface CrashOptions {
  /** Of Chromium, and as many of the relay. */
  readonly kills: number;
  readonly seed: number;
}

/** Milliseconds that Chromium lives at most once it is told to load the page, and the relay once it listens. */
const LONGEST_VISIT = 4_000;
const LONGEST_RELAY = 4_000;

/** Milliseconds that the visitor thinks about a word, at most. */
const LONGEST_THOUGHT = 40;

/** Milliseconds. Short, so that what a dead relay held is soon taken over; long enough for a machine that is busy. */
const BRAZE_TIMEOUT = 1_000;
const DEADLINE = 800;

/** Words that the visitor says after the last kill: the conversation is not stuck. */
const MORE = 12;

/** Milliseconds of calm after which what is not there is lost: the outbox pauses for a minute at most. */
const LONGEST_DRAIN = 90_000;

/** File in the folder. */
const STORE = 'relay.db';

export async function crash({ kills, seed }: CrashOptions): Promise<Judgement> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-browser-crash-'));
  const scene: Scene = {
    folder,
    brand: await servePage(),
    braze: startChild('./browser-braze-process.ts', import.meta.url),
    notes: takeNotes(createRandom(seed * 3), LONGEST_THOUGHT),
  };
  const { relays, visits } = await raise(scene, seed);
  try {
    const [relay, lastVisit] = await Promise.all([relays.kill(kills), visits.kill(kills)]);
    if (!(await withPatience(scene.notes.end(MORE)))) {
      throw new Error('The conversation does not go on after the last kill.');
    }
    await drain(scene, lastVisit, relay);
    return await makeAccounts(scene);
  } finally {
    await Promise.all([relays.end(), visits.end()]);
    await Promise.all([scene.braze.kill(), scene.brand.close()]);
    // Processes that were killed may still be closing their files.
    rmSync(folder, { recursive: true, maxRetries: 5 });
  }
}

interface Scene {
  /** Of the relay's store, the built widget and Chromium's profile. */
  readonly folder: string;
  readonly brand: PageServer;
  readonly braze: Child;
  readonly notes: Notes;
}

async function raise({ folder, brand, braze, notes }: Scene, seed: number) {
  const endpoint = await braze.ask<string>('start', SANDBOX_KEY);
  // A build in the meantime changes nothing.
  const assets = join(folder, 'dist');
  cpSync('dist', assets, { recursive: true });
  const start: Omit<RelayStart, 'port'> = {
    settings: {
      organization: 'BrandExample',
      environments: { sandbox: { endpoint } },
      sites: { brand: { sandbox: [brand.url] } },
      deadline: DEADLINE,
      brazeTimeout: BRAZE_TIMEOUT,
      limits: { address: false, newVisitors: false },
    },
    key: SANDBOX_KEY,
    flow: WORDS_FLOW,
    file: join(folder, STORE),
    assets,
  };
  const relays = killAgainAndAgain({
    random: createRandom(seed * 3 + 1),
    longest: LONGEST_RELAY,
    start: (last?: Relay) => startRelay({ ...start, port: last?.port ?? 0 }),
  });
  const { url } = await relays.first;
  brand.setBody(
    `<parley-chat flow="words" relay="${url}"></parley-chat><script crossorigin="anonymous" src="${url}/parley.js"></script>`,
  );
  const visits = killAgainAndAgain({
    random: createRandom(seed * 3 + 2),
    longest: LONGEST_VISIT,
    start: () => visit({ profile: join(folder, 'profile'), url: brand.url, words: notes }),
  });
  return { relays, visits };
}

interface Relay {
  readonly child: Child;
  readonly url: string;
  readonly port: number;
  kill(): Promise<void>;
}

async function startRelay(options: RelayStart): Promise<Relay> {
  const child = startChild('../relay/relay-process.ts', import.meta.url);
  const { url } = await child.ask<{ url: string }>('start', options);
  return { child, url, port: Number(new URL(url).port), kill: () => child.kill() };
}

/** Ends when every word is at Braze that was accepted and nothing is under way any more, or when there is no hope of that. */
async function drain({ braze, notes }: Scene, { page }: Visit, { child }: Relay): Promise<void> {
  // The visitor turns the page: what failed while the relay was away is tried at once, and not after a pause.
  await page.reload();
  if (!(await withPatience(braze.ask('arrived', [...notes.accepted])))) return;
  // By now the browser has all receipts, or is about to.
  await page.waitForFunction(() => localStorage.getItem('parley-unsent') === null, {
    timeout: LONGEST_DRAIN,
  });
  await child.ask('drained');
  await child.ask('close');
}

async function makeAccounts({ folder, braze, notes }: Scene): Promise<Judgement> {
  const store = createSqliteStore({ file: join(folder, STORE), clock: Date.now, mustExist: true });
  try {
    return await judge(notes, await braze.ask<readonly Arrival[]>('arrivals'), store);
  } finally {
    await store.close();
  }
}

/** @returns whether it came to pass */
async function withPatience(event: Promise<unknown>): Promise<boolean> {
  const waiting = new AbortController();
  const patience = pause(LONGEST_DRAIN, false, waiting).catch(() => false);
  return Promise.race([event.then(() => true), patience]).finally(() => waiting.abort());
}
