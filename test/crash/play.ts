/** A few visitors, a relay in a process of its own that may be killed meanwhile and is started again, and what became of it all. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '../../demo/braze/emulator.ts';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { StoreStats } from '../../server/store/store.ts';
import { accountFor, type Accounts, type Chain } from '../relay/accounts.ts';
import { createBrowserVisitor, type BrowserVisitor } from '../relay/browser-visitor.ts';
import { startChild, type Child } from '../relay/child.ts';
import type { RelayStart } from '../relay/relay-process.ts';
import type { Trap } from '../relay/trapped-store.ts';
import { createSubmission, SANDBOX_KEY, settingsFor } from '../server/relay-fixture.ts';

export interface Played {
  /** The call at which the relay was killed, e.g. `settle`, or `undefined` where it was not. */
  readonly killedAt: string | undefined;
  readonly accounts: Accounts;
  readonly stats: StoreStats;
}

/** Milliseconds. Short, so that what a dead relay held is soon taken over; long enough for a machine that is busy. */
const BRAZE_TIMEOUT = 1_000;
const DEADLINE = 800;
const LONGEST_PAUSE = 50;

/** Of one script, which takes some seconds: it will not end. */
const LONGEST_PLAY = 90_000;

/** Nothing of a visitor's browser: it is what Braze says of an address that it does not take. */
const REFUSED_EMAIL: Fault = {
  kind: 'errors',
  errors: [
    {
      type: "The value provided for the 'email' field is not a valid email.",
      input_array: 'attributes',
      index: 0,
    },
  ],
  times: 1,
};

const RELAY = '../relay/relay-process.ts';

export async function play(trap: Trap): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-crash-'));
  const file = join(folder, 'relay.db');
  const braze = await serveEmulator({
    port: 0,
    workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions: ['users.track'] }] }],
  });
  const options: RelayStart = {
    settings: {
      ...settingsFor({ sandbox: braze.url, prod: braze.url, deadline: DEADLINE }),
      brazeTimeout: BRAZE_TIMEOUT,
    },
    key: SANDBOX_KEY,
    file,
    assets: folder,
    port: 0,
  };
  // The second one is ready before the first one dies.
  const first = startChild(RELAY, import.meta.url);
  const second = startChild(RELAY, import.meta.url);
  const visitors: BrowserVisitor[] = [];
  let bound: NodeJS.Timeout | undefined;
  let killedAt: string | undefined;
  let isOver = false;
  first.listen('trapped', (call) => (killedAt = call as string));
  try {
    const start = (child: Child, change: Partial<RelayStart>) =>
      child.ask<{ url: string }>('start', { ...options, ...change });
    // It may die while it starts.
    const started = await start(first, { trap }).catch(() => undefined);
    const { url } = started ?? (await start(second, {}));
    let currentUrl = url;
    const restarted = first.ended.then(async () => {
      if (started && !isOver) currentUrl = (await start(second, {})).url;
      return second;
    });
    visitors.push(
      ...Array.from({ length: 3 }, () =>
        createBrowserVisitor({
          relayUrl: url,
          currentUrl: () => currentUrl,
          longestPause: LONGEST_PAUSE,
        }),
      ),
    );
    // Without a relay they would try for ever.
    const cutOff = new Promise<never>((_, reject) => {
      restarted.catch(reject);
      bound = setTimeout(() => {
        const waiting = visitors.map((visitor) => visitor.waiting).join(', ');
        reject(
          new Error(`killed at ${killedAt ?? 'nothing'}, it does not end; visitors wait for ${waiting}`),
        );
      }, LONGEST_PLAY);
    });
    const finish = async (child: Child) => {
      await child.ask('drained');
      await child.ask('close');
    };
    const perform = async () => {
      const said = await converse(visitors, braze);
      // It may die of this, too; then the other one has it to do.
      await finish(started ? first : second).catch(async () => finish(await restarted));
      return said;
    };
    const chains = await Promise.race([perform(), cutOff]);
    isOver = true;
    const store = createSqliteStore({ file, clock: Date.now });
    try {
      return {
        killedAt,
        accounts: await accountFor(chains, braze.emulator, store),
        stats: await store.stats(),
      };
    } finally {
      await store.close();
    }
  } finally {
    isOver = true;
    clearTimeout(bound);
    for (const visitor of visitors) visitor.leave();
    await Promise.all([first.kill(), second.kill(), braze.close()]);
    rmSync(folder, { recursive: true });
  }
}

/** Resolves when every submission has its verdict. */
async function converse(
  visitors: readonly BrowserVisitor[],
  { emulator }: EmulatorServer,
): Promise<readonly Chain[]> {
  const [ada, ben, cleo] = visitors as [BrowserVisitor, BrowserVisitor, BrowserVisitor];
  const chains: { readonly visitor: BrowserVisitor; readonly submissions: string[] }[] = [];
  const say = async (visitor: BrowserVisitor) => {
    const submission = createSubmission({ time: new Date().toISOString() });
    chains.push({ visitor, submissions: [submission.id] });
    return visitor.say(submission);
  };

  // The first leaves at once, the others together while it is under way.
  emulator.setFault({ kind: 'slow', ms: 20 });
  await Promise.all(visitors.map(say));

  emulator.setFault(REFUSED_EMAIL);
  const refused = createSubmission({ time: new Date().toISOString() });
  const chain = { visitor: ada, submissions: [refused.id] };
  chains.push(chain);
  if ((await ada.say(refused)).outcome === 'invalid') {
    const correction = createSubmission({
      time: new Date().toISOString(),
      corrects: refused.id,
      answers: { first_name: 'Ada', email: 'ada@example.org' },
    });
    chain.submissions.push(correction.id);
    await ada.say(correction);
  }

  emulator.setFault({ kind: 'status', status: 503, times: 1 });
  await Promise.all([say(ben), say(ben), say(cleo)]);
  emulator.setFault(undefined);

  return Promise.all(
    chains.map(async ({ visitor, submissions }) => ({ visitor: (await visitor.id()) ?? '', submissions })),
  );
}
