/** One contender at both pieces of work, each in a browser profile of its own. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'puppeteer-core';
import type { Name, Progress, Task } from './page/page.ts';
import type { RelayDouble, Site } from './servers.ts';

export interface World {
  readonly browser: Browser;
  readonly site: Site;
  readonly relay: RelayDouble;
  /** Submissions of each piece of work. */
  readonly count: number;
  /** Milliseconds that a contender has for one piece of work. */
  readonly limit: number;
  /** What was put while offline is drained by the same page. */
  readonly isStaying: boolean;
}

/** Of the table and of `--json`. */
export interface Figures {
  /** Submissions a second, put and settled one after another while online, until the server had the last and the contender said it was done. */
  readonly putPerSecond: number;
  /** Submissions a second from the moment that the next page, online, opens the contender, until the same. */
  readonly drainPerSecond: number;
  /** Of all pages of both pieces of work. */
  readonly longTasks: number;
  readonly longTaskMs: number;
  readonly storedBytes: number;
  /** Neither came to the server nor is it in the browser's storage after the page was left. */
  readonly lost: number;
  /** Came to the server again although they were answered. */
  readonly doubled: number;
  /** Still in the browser's storage when the time was up. */
  readonly left: number;
}

/** What one piece of work came to. */
interface Result {
  readonly perSecond: number;
  readonly made: number;
  readonly arrived: number;
  readonly lost: number;
  readonly left: number;
  readonly doubled: number;
  readonly requests: number;
  readonly pages: readonly Progress[];
}

/** Milliseconds without anything new at the server after which nothing more is expected: Sentry waits 5 s, Segment 0.6 s. */
const SILENCE = 20_000;

/** Milliseconds between looks. Each costs the page a short task. */
const LOOK_INTERVAL = 500;

/** Milliseconds that leaving a page may take: Segment merges its whole queue then. */
const LEAVING = 120_000;

/** Milliseconds beyond the limit that a contender has to end what it has begun. */
const GRACE = 15_000;

export async function measure(contender: Name, world: World): Promise<Figures> {
  const put = await inProfile(world, (context) => putAndSettle(contender, world, context));
  tell(contender, 'put and settled online', put);
  const drained = await inProfile(world, (context) => storeAndDrain(contender, world, context));
  tell(contender, 'stored offline, then drained', drained);
  const sum = (of: (progress: Progress) => number) =>
    [...put.pages, ...drained.pages].reduce((total, progress) => total + of(progress), 0);
  return {
    putPerSecond: Math.round(put.perSecond * 10) / 10,
    drainPerSecond: Math.round(drained.perSecond * 10) / 10,
    longTasks: sum(({ longTasks }) => longTasks),
    longTaskMs: Math.round(sum(({ longTaskMs }) => longTaskMs)),
    storedBytes: sum(({ storedBytes }) => storedBytes),
    lost: put.lost + drained.lost,
    doubled: put.doubled + drained.doubled,
    left: put.left + drained.left,
  };
}

function tell(contender: Name, work: string, { pages, perSecond, ...result }: Result): void {
  const seconds = pages.map(({ startedAt, endedAt = NaN }) => ((endedAt - startedAt) / 1_000).toFixed(1));
  const failures = pages.flatMap(({ failure, refusal }) => [failure ?? [], refusal ?? []].flat());
  console.error(
    `${contender}, ${work}: ${perSecond.toFixed(1)} a second; ${JSON.stringify({ ...result, pageSeconds: seconds, failures })}`,
  );
}

async function inProfile<T>({ browser }: World, run: (context: BrowserContext) => Promise<T>): Promise<T> {
  const context = await browser.createBrowserContext();
  try {
    return await run(context);
  } finally {
    await context.close();
  }
}

async function putAndSettle(name: Name, world: World, context: BrowserContext): Promise<Result> {
  const conversation = randomUUID();
  const tab = await openContender(name, world, context);
  await tab.start({ ...workOf(world), conversation, work: 'both' });
  const perSecond = await untilDelivered(tab, world, conversation);
  const left = await tab.leave();
  return { perSecond, ...(await account(world, context, conversation, left.made)), pages: [left] };
}

/** The page that stored them is left while offline; the next one is online from its start. Or else the same page comes back online. */
async function storeAndDrain(name: Name, world: World, context: BrowserContext): Promise<Result> {
  const conversation = randomUUID();
  const first = await openContender(name, world, context);
  await first.page.setOfflineMode(true);
  await first.start({ ...workOf(world), conversation, work: 'put' });
  await untilEnded(first, world);
  const { made } = await first.look();
  const stored = world.isStaying ? undefined : await first.leave();
  const second = stored ? await openContender(name, world, context) : first;
  await second.page.setOfflineMode(false);
  await second.start({ ...workOf(world), conversation, work: 'settle' });
  const perSecond = await untilDelivered(second, world, conversation, made);
  const left = await second.leave();
  return {
    perSecond,
    ...(await account(world, context, conversation, made)),
    pages: stored ? [stored, left] : [left],
  };
}

const workOf = ({ count, limit }: World) => ({ count, milliseconds: limit });

async function openContender(
  name: Name,
  { site, relay, count }: World,
  context: BrowserContext,
): Promise<Tab> {
  const tab = await Tab.open(context, site);
  const setup = { relay: relay.origin, count };
  await tab.page.evaluate((of, given) => window.outboxBench.open(of, given), name, setup);
  return tab;
}

async function untilEnded(tab: Tab, { limit }: World): Promise<void> {
  const giveUpAt = Date.now() + limit + GRACE;
  while (Date.now() < giveUpAt && (await tab.look()).endedAt === undefined) await sleep(LOOK_INTERVAL);
}

/**
 * @param stored how many there are to deliver; without, as many as the page makes
 * @returns submissions a second
 */
async function untilDelivered(
  tab: Tab,
  { relay, limit }: World,
  conversation: string,
  stored?: number,
): Promise<number> {
  const begun = Date.now();
  // One that is being made is not cut off.
  const giveUpAt = begun + limit + (stored === undefined ? GRACE : 0);
  for (;;) {
    await sleep(LOOK_INTERVAL);
    const { startedAt, endedAt, made } = await tab.look();
    const { steps, lastAt } = relay.arrivalsOf(conversation);
    const rate = (until: number) => (steps.size === 0 ? 0 : (steps.size * 1_000) / (until - startedAt));
    if (endedAt !== undefined && steps.size >= (stored ?? made)) return rate(Math.max(endedAt, lastAt));
    if (endedAt !== undefined && Date.now() - Math.max(lastAt, endedAt, begun) > SILENCE) return rate(lastAt);
    if (Date.now() > giveUpAt) return rate(giveUpAt);
  }
}

/** What became of those that were made. */
async function account(
  { relay, site }: World,
  context: BrowserContext,
  conversation: string,
  made: number,
): Promise<Omit<Result, 'perSecond' | 'pages'>> {
  const tab = await Tab.open(context, site);
  const kept = new Set(await tab.page.evaluate((of) => window.outboxBench.survey(of), conversation));
  const { steps, requests } = relay.arrivalsOf(conversation);
  const missing = Array.from({ length: made }, (_, index) => index + 1).filter((step) => !steps.has(step));
  const left = missing.filter((step) => kept.has(step)).length;
  return {
    made,
    arrived: steps.size,
    left,
    lost: missing.length - left,
    doubled: [...steps.values()].reduce((total, times) => total + times - 1, 0),
    requests,
  };
}

/** A tab of the visitor. */
class Tab {
  readonly page: Page;
  readonly #origin: string;

  private constructor(page: Page, origin: string) {
    this.page = page;
    this.#origin = origin;
  }

  static async open(context: BrowserContext, { origin }: Site): Promise<Tab> {
    const tab = new Tab(await context.newPage(), origin);
    tab.page.on('pageerror', (error) => console.error(error));
    await tab.#visit();
    return tab;
  }

  async #visit(): Promise<void> {
    await this.page.goto(this.#origin, { waitUntil: 'load' });
    await this.page.waitForFunction(() => 'outboxBench' in window);
  }

  async start(task: Task): Promise<void> {
    await this.page.evaluate((given) => window.outboxBench.start(given), task);
  }

  look(): Promise<Progress> {
    return this.page.evaluate(() => window.outboxBench.look());
  }

  /** Goes elsewhere, as a visitor does: the contender may store what it has in memory. */
  async leave(): Promise<Progress> {
    const last = await this.look();
    await this.page.goto('about:blank', { timeout: LEAVING });
    await this.page.setOfflineMode(false);
    await this.#visit();
    const observed = await this.page.evaluate(() => window.outboxBench.observedBefore());
    await this.page.close();
    return { ...last, ...observed };
  }
}
