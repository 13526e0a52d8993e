/** One contender, once: two visits with nothing cached, one that opens the chat at once and one that opens it by a click. */
import type { Browser, CDPSession, Page } from 'puppeteer-core';
import { CATEGORIES, readTrace, type MainThread, type TraceEvent } from './trace.ts';
import { watchPage } from './watch.ts';

/** The tags that a page holds, none of the blank one. */
export interface Contender {
  /** The chat stays closed. */
  readonly closed: string;
  /** The chat is open as soon as can be. */
  readonly opened: string;
}

/** Of the table and of `--json`. What a blank page does not have is NaN, in JSON null. */
export interface Figures extends MainThread {
  /** Navigation to the first contentful paint of a page that is empty otherwise: the launcher's. */
  readonly visibleMs: number;
  /** Navigation to the first input that can take the focus, of a chat that is opened at once. */
  readonly readyMs: number;
  /** JavaScript heap of the opened chat at rest, after a forced collection; kB of 1,000 bytes, as in all of these. */
  readonly heapKb: number;
  /** Cumulative layout shift, of the visit that had more of it. */
  readonly cls: number;
  /** As they travelled from the relay, with headers: until the page was at rest with its launcher. */
  readonly bytesBeforeIntent: number;
  /** As those, from there on until the opened chat was at rest. */
  readonly bytesAfterIntent: number;
}

export interface Scene {
  readonly browser: Browser;
  readonly url: string;
  /** What the next visit finds in the body. */
  readonly setBody: (html: string) => void;
  /** CPU slowdown. */
  readonly slowdown: number;
  /** Milliseconds that each request takes on its way, there and back. */
  readonly roundTrip: number;
}

/** Milliseconds without a request after which a page is at rest: timers of 0 and idle callbacks have run by then. */
const REST = 500;

/** How both contenders mark their launcher, and nothing else on their pages before it is pressed. */
const LAUNCHER = '>>> button[aria-expanded]';

export async function measure({ closed, opened }: Contender, scene: Scene): Promise<Figures> {
  const isBlank = closed === '';
  const resting = await visit(closed, scene, async ({ page, bytes }) => {
    const bytesBeforeIntent = bytes();
    const visibleMs = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    );
    if (!isBlank) {
      await page.click(LAUNCHER);
      await rested(page, true);
    }
    const cls = await shiftsOf(page);
    return { visibleMs, cls, bytesBeforeIntent, bytesAfterIntent: bytes() - bytesBeforeIntent };
  });
  const atOnce = await visit(
    opened,
    scene,
    async ({ page, session, trace }) => ({
      readyMs: isBlank ? NaN : await page.evaluate(() => window.seen.ready),
      ...(await trace()),
      heapKb: await heapOf(session),
      cls: await shiftsOf(page),
    }),
    !isBlank,
  );
  return { ...resting, ...atOnce, cls: Math.max(resting.cls, atOnce.cls) };
}

interface Visit {
  readonly page: Page;
  readonly session: CDPSession;
  /** That came so far. */
  readonly bytes: () => number;
  /** Of the main thread until now. */
  readonly trace: () => Promise<MainThread>;
}

/** @param isReady whether there will be an input to wait for */
async function visit<T>(
  body: string,
  { browser, url, setBody, slowdown, roundTrip }: Scene,
  look: (visit: Visit) => Promise<T>,
  isReady = false,
): Promise<T> {
  // With neither HTTP cache nor compiled code of an earlier visit.
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    const session = await page.createCDPSession();
    let bytes = 0;
    const own = new Set<string>();
    session.on('Network.requestWillBeSent', ({ requestId, request }) => {
      if (request.url.startsWith(url)) own.add(requestId);
    });
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (!own.has(requestId)) bytes += encodedDataLength;
    });
    await session.send('Network.enable');
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
    if (roundTrip > 0) {
      const unlimited = { downloadThroughput: -1, uploadThroughput: -1 };
      await session.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: roundTrip,
        ...unlimited,
      });
    }
    await page.evaluateOnNewDocument(watchPage);
    setBody(body);
    await page.tracing.start({ categories: CATEGORIES });
    await page.goto(url, { waitUntil: 'load' });
    await rested(page, isReady);
    const trace = async () => {
      const told = await page.tracing.stop();
      const { traceEvents } = JSON.parse(new TextDecoder().decode(told)) as { traceEvents: TraceEvent[] };
      return readTrace(traceEvents, page.url());
    };
    return await look({ page, session, bytes: () => bytes, trace });
  } finally {
    await context.close();
  }
}

async function rested(page: Page, isReady: boolean): Promise<void> {
  if (isReady) await page.evaluate(() => window.seen.ready);
  await page.waitForNetworkIdle({ idleTime: REST });
}

const shiftsOf = (page: Page) => page.evaluate(() => window.seen.shifts);

async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.enable');
  // What the first one finalises is free after the second.
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize / 1_000;
}
