/**
 * `npm run bench:outbox`: Parley's outbox beside what other libraries deliver with, in headless Chromium, on the same work. 10,000
 * submissions unless `--count N` says otherwise, and 180 seconds for each piece of work unless `--seconds N` does; `--only NAME` takes
 * one contender; with `--stay` the page that stored while offline also drains, without being left; with `--json` the figures as the last line.
 */
import { parseArgs } from 'node:util';
import { launch } from 'puppeteer-core';
import { chromiumFlags, findChromium } from '../chromium.ts';
import { measure, type Figures } from './outbox/measure.ts';
import type { Name } from './outbox/page/page.ts';
import { bundleScripts, installPeers, PEERS } from './outbox/peers.ts';
import { serveScripts, startRelayDouble } from './outbox/servers.ts';
import { report } from './report.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '180' },
    only: { type: 'string' },
    stay: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const count = Number(values.count);
const seconds = Number(values.seconds);
const names = (['parley', 'sentry', 'workbox', 'segment'] as const satisfies readonly Name[]).filter(
  (name) => values.only === undefined || values.only === name,
);

await installPeers();
const site = await serveScripts(await bundleScripts());
const relay = await startRelayDouble();
const browser = await launch({ executablePath: findChromium(), args: chromiumFlags() });
const rows: Record<string, Readonly<Record<string, number>>> = {};
try {
  for (const name of names) {
    const figures: Figures = await measure(name, {
      browser,
      site,
      relay,
      count,
      limit: seconds * 1_000,
      isStaying: values.stay,
    });
    rows[name] = { ...figures };
  }
  const { sentry, workbox, segment } = PEERS;
  console.log(`${count} submissions of the same content, in ${await browser.version()}; a server in another process of this machine answers each request
at once. Each contender has a profile of its own for each piece of work, and ${seconds} s for it: what it reached by then counts.

putPerSecond: online, one after another, each put and settled before the next is made.
drainPerSecond: as many put while offline${values.stay ? '; from when the page is online again' : "; the page is left; from the next page's start, online"}, until all came.
longTasks, longTaskMs: of the main thread, 50 ms or more each (Long Tasks API), over all pages; with what is done in \`pagehide\`.
storedBytes: of the values handed to IndexedDB and localStorage, as UTF-8 of their JSON, whether or not they were taken.
lost: neither at the server nor in the browser's storage after the page was left. doubled: came again although answered.
left: still in the browser's storage when the time was up.

parley: widget/outbox and widget/transport as they are shipped; a snapshot of the conversation is written with each submission.
sentry: ${sentry.package} ${sentry.version}, offline transport; maxQueueSize ${count} (30 by default), flushAtStartup on. Online, it stores nothing beforehand.
  It takes one from its store every 100 ms, and removes it before it is sent.
workbox: ${workbox.package} ${workbox.version}, Queue in a page and not in a service worker, replayed by hand. It removes a request before it is sent, and
  takes every answer for a success.
segment: ${segment.package} ${segment.version}, Segment.io destination, its defaults: no limit can be set. Its queue is in memory, and is written to localStorage in
  one piece when the page is left; Chromium’s localStorage refuses all of it where it is more than some 5 million characters.
`);
  report(rows, ['idb-keyval', 'esbuild', 'puppeteer-core']);
} finally {
  await browser.close();
  await relay.close();
  await site.close();
}
