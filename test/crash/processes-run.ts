/**
 * Visitors who talk to several processes of a relay behind one port, while these, all of them together and their store are killed at
 * random, and Braze is slow, fails and loses answers; then all is calm, and each submission is looked for.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import { createRandom, type Random } from '../long/random.ts';
import { accountFor, type Accounts, type Chain } from '../relay/accounts.ts';
import { createBrowserVisitor, type BrowserVisitor } from '../relay/browser-visitor.ts';
import { freePort } from '../relay/free-port.ts';
import { startServed, type ServedRelay } from '../relay/served-relay.ts';
import { createSubmission, SANDBOX_KEY, settingsFor } from '../server/relay-fixture.ts';
import { createSharedStore, type SharedStore, type SharedStoreName } from '../relay/shared-store.ts';

export interface ProcessesCrashOptions {
  readonly store: SharedStoreName;
  readonly processes: number;
  readonly visitors: number;
  /** Of processes, of all of them at once, and of the store's server. */
  readonly kills: number;
  readonly seed: number;
}

export interface ProcessesCrash {
  /** Of single processes. */
  readonly kills: number;
  /** Of the command, and all processes with it. */
  readonly killsOfAll: number;
  /** Of the store's server. */
  readonly restarts: number;
  readonly submissions: number;
  readonly accounts: Accounts;
  /** Settled in doubt, as the store has counted them: also those that arrived once. */
  readonly countedInDoubt: number;
  /** Left to deliver. */
  readonly unsettled: number;
  /** How the store has kept it. */
  readonly persistence: string;
}

/** Milliseconds between two kills at most. */
const LONGEST_LIFE = 1_500;

/** Milliseconds that a visitor thinks between two submissions at most. */
const LONGEST_THOUGHT = 150;

/** One kill in so many is of all processes, and one in so many of the store's server. */
const ALL_IN = 10;
const STORE_IN = 5;

/** Milliseconds. Short, so that what a dead relay held is soon taken over; long enough for a machine that is busy. */
const BRAZE_TIMEOUT = 1_000;
const DEADLINE = 800;

/** Milliseconds: the longest pause before a visitor's outbox tries again. */
const LONGEST_PAUSE = 200;

/** Milliseconds of calm after which what is not there is lost: longer than anything that was killed holds its work. */
const LONGEST_DRAIN = 120_000;

/** Share of the requests to Braze that go wrong. Of slow answers some are slower than the relay waits. */
const CHAOS = { share: 0.15, kinds: ['slow', 'status', 'lost', 'reset'] } as const;

export async function crashProcesses(options: ProcessesCrashOptions): Promise<ProcessesCrash> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-processes-crash-'));
  const random = createRandom(options.seed);
  const braze = await serveEmulator({
    port: 0,
    workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions: ['users.track'] }] }],
  });
  const store = await createSharedStore(options.store, folder);
  const port = await freePort();
  const start = () =>
    startServed({
      folder,
      settings: settingsOf(braze),
      store: store.name,
      processes: options.processes,
      port,
    });
  let relay = await start();
  const crowd = createCrowd(relay.url, options.visitors, random);
  try {
    braze.emulator.setChaos({ seed: options.seed, ...CHAOS });
    const counts = { kills: 0, killsOfAll: 0, restarts: 0 };
    for (let kill = 0; kill < options.kills; kill += 1) {
      await pause(random.nat(LONGEST_LIFE));
      if (store.restart && random.nat(STORE_IN) === 0) {
        counts.restarts += 1;
        await store.restart();
      } else if (options.processes === 1 || random.nat(ALL_IN) === 0) {
        counts.killsOfAll += 1;
        await relay.kill();
        relay = await start();
      } else if (killOneOf(relay, random)) counts.kills += 1;
    }
    braze.emulator.setChaos(undefined);
    const chains = await withPatience(crowd.end(), () => `visitors still wait for ${crowd.waiting()}`);
    return { ...counts, submissions: chains.length, ...(await makeAccounts(store, chains, braze, relay)) };
  } finally {
    crowd.leave();
    await relay.kill();
    await Promise.all([braze.close(), store.close()]);
    // Processes that were killed may still be closing their files.
    rmSync(folder, { recursive: true, maxRetries: 5 });
  }
}

function settingsOf({ url }: EmulatorServer): unknown {
  return {
    ...settingsFor({ sandbox: url, prod: url, deadline: DEADLINE }),
    brazeTimeout: BRAZE_TIMEOUT,
    // All of them come from one address.
    limits: { address: false, newVisitors: false, visitor: false },
  };
}

/** @returns whether there was one: all may be about to start */
function killOneOf(relay: ServedRelay, random: Random): boolean {
  const pids = relay.pids();
  if (pids.length === 0) return false;
  relay.killOne(random.pick(pids));
  return true;
}

function createCrowd(relayUrl: string, count: number, random: Random) {
  const said: { readonly visitor: BrowserVisitor; readonly submission: string }[] = [];
  let isEnding = false;
  const visitors = Array.from({ length: count }, () =>
    createBrowserVisitor({ relayUrl, longestPause: LONGEST_PAUSE }),
  );
  const talk = async (visitor: BrowserVisitor) => {
    while (!isEnding) {
      const submission = createSubmission({ time: new Date().toISOString() });
      said.push({ visitor, submission: submission.id });
      await visitor.say(submission);
      await pause(random.nat(LONGEST_THOUGHT));
    }
  };
  const talking = visitors.map(talk);
  return {
    waiting: () => visitors.map(({ waiting }) => waiting).reduce((sum, each) => sum + each, 0),
    /** Lets each end with what they say. Resolves with all that was said. */
    async end(): Promise<readonly Chain[]> {
      isEnding = true;
      await Promise.all(talking);
      return Promise.all(
        said.map(async ({ visitor, submission }) => ({
          visitor: (await visitor.id()) ?? '',
          submissions: [submission],
        })),
      );
    },
    leave() {
      for (const visitor of visitors) visitor.leave();
    },
  };
}

async function makeAccounts(
  sharedStore: SharedStore,
  chains: readonly Chain[],
  { emulator }: EmulatorServer,
  relay: ServedRelay,
): Promise<Pick<ProcessesCrash, 'accounts' | 'countedInDoubt' | 'unsettled' | 'persistence'>> {
  const store = sharedStore.open();
  try {
    const started = performance.now();
    // Other processes settle it: there is nothing to await but its end.
    while ((await store.stats()).unsettled > 0 && performance.now() - started < LONGEST_DRAIN)
      await pause(100);
    await relay.kill('SIGTERM');
    const { unsettled, inDoubt } = await store.stats();
    const accounts = await accountFor(chains, emulator, store);
    return { accounts, countedInDoubt: inDoubt, unsettled, persistence: sharedStore.persistence };
  } finally {
    await store.close();
  }
}

/** @throws where it does not come to pass */
async function withPatience<T>(event: Promise<T>, words: () => string): Promise<T> {
  const waiting = new AbortController();
  const cutOff = pause(LONGEST_DRAIN, undefined, waiting).then(
    () => Promise.reject(new Error(`It does not end after the last kill: ${words()}.`)),
    () => event,
  );
  return Promise.race([event, cutOff]).finally(() => waiting.abort());
}
