/**
 * `npm run bench:load`: what the built widget costs a page, beside a page with nothing on it and a minimal one written with Lit, in
 * headless Chromium at 4 times CPU slowdown. Medians of 9 rounds, in which each has its turn, unless `--runs N` says otherwise; with
 * `--rtt N` each request takes so many milliseconds more; `--flow FILE` for another flow than the demo's; with `--json` the figures as the
 * last line; with `--check` it fails where a bar is missed.
 */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { launch } from 'puppeteer-core';
import { rollup, type InputOptions } from 'rollup';
import { chromiumFlags, findChromium } from '../chromium.ts';
import { servePage } from '../journey/page-server.ts';
import { medianOf } from '../median.ts';
import { startChild } from '../relay/child.ts';
import type { RelayStart } from '../relay/relay-process.ts';
import { SANDBOX_KEY } from '../server/relay-fixture.ts';
import { measure, type Contender, type Figures } from './load/measure.ts';
import { report } from './report.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '9' },
    slowdown: { type: 'string', default: '4' },
    rtt: { type: 'string', default: '0' },
    flow: { type: 'string', default: 'demo/flows/welcome.json' },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});

const NAMES = ['parley', 'lit', 'blank'] as const;
type Name = (typeof NAMES)[number];

const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'));
const assets = join(folder, 'assets');
// One server for both, and as the relay serves: compressed with brotli, over HTTP/1.1.
await cp('dist', assets, { recursive: true });
await bundleLitPage(join(assets, 'lit.js'));
const flow = JSON.parse(await readFile(values.flow, 'utf8')) as { readonly id: string };
const pages = await servePage();
const relay = startChild('../relay/relay-process.ts', import.meta.url, { isQuiet: true });
const browser = await launch({ executablePath: findChromium(), args: [...chromiumFlags(), '--lang=en-US'] });
try {
  const { url: relayUrl } = await relay.ask<{ url: string }>('start', {
    settings: {
      organization: 'Bench',
      // Nothing is sent: nobody answers.
      environments: { sandbox: { endpoint: pages.url } },
      sites: { bench: { sandbox: [pages.url] } },
    },
    key: SANDBOX_KEY,
    file: join(folder, 'relay.db'),
    assets,
    port: 0,
    flow,
  } satisfies RelayStart);
  const tagOf = (file: string, attributes: string) =>
    `<script async src="${relayUrl}/${file}" ${attributes}></script>`;
  const both = (file: string, attributes: string): Contender => ({
    closed: tagOf(file, attributes),
    opened: tagOf(file, `${attributes} data-open`),
  });
  const contenders: Readonly<Record<Name, Contender>> = {
    parley: both('parley.js', `data-flow="${flow.id}" data-name="Tarn &amp; Tor"`),
    lit: both('lit.js', ''),
    blank: { closed: '', opened: '' },
  };
  const scene = {
    browser,
    url: `${pages.url}/`,
    setBody: (html: string) => pages.setBody(html),
    slowdown: Number(values.slowdown),
    roundTrip: Number(values.rtt),
  };
  const runs: Record<Name, Figures[]> = { parley: [], lit: [], blank: [] };
  // The first round starts browser and relay up, and does not count.
  for (let round = 0; round <= Number(values.runs); round += 1) {
    const turn = round % NAMES.length;
    for (const name of [...NAMES.slice(turn), ...NAMES.slice(0, turn)]) {
      const figures = await measure(contenders[name], scene);
      if (round > 0) runs[name].push(figures);
      console.error(`round ${round}, ${name}: ${JSON.stringify(mapped(figures, rounded))}`);
    }
  }
  const medians = mapped(runs, mediansOf);
  console.log(`Medians of ${values.runs} rounds of ${flow.id} in ${await browser.version()}, CPU ${values.slowdown} times slower, ${values.rtt} ms a round trip, one server for all.
Each visit has a browser context of its own: nothing is cached. A page holds its script tag and nothing else.

visibleMs: navigation to first contentful paint, which is the launcher; closed. bytesBeforeIntent: until then and at rest, as they travel
  from the relay (brotli), with headers. bytesAfterIntent: from the click on the launcher until at rest.
The others are of a visit that opens the chat at once, until at rest. readyMs: navigation to an input that can take the focus.
scriptMs: main thread, compile, evaluate, call. blockingMs: tasks beyond 50 ms each. longestTaskMs: of all tasks but the one in which the browser sets the document up; as for blockingMs.
heapKb: JavaScript, after a forced collection. cls: of the visit that had more of it.
`);
  report(
    mapped(medians, (figures) => mapped(figures, rounded)),
    ['lit', 'rollup', 'esbuild', 'puppeteer-core'],
  );
  const isMet = tellBars(medians);
  if (values.check && !isMet) process.exitCode = 1;
} finally {
  await browser.close();
  await relay.kill();
  await pages.close();
  await rm(folder, { recursive: true });
}

/** As the widget is minified, but with the whole of Lit; as a script of one scope. */
async function bundleLitPage(file: string): Promise<void> {
  const { toScripts: plugins } = (await import(pathToFileURL('rollup.config.mjs').href)) as {
    readonly toScripts: InputOptions['plugins'];
  };
  const built = await rollup({ input: 'test/bench/load/lit-page.ts', plugins });
  await built.write({ file, format: 'iife' });
  await built.close();
}

function mediansOf(of: readonly Figures[]): Figures {
  const [first] = of;
  if (!first) throw new Error('There has to be a round.');
  return mapped(first, (_, name) => medianOf(of.map((figures) => figures[name])));
}

/** Cumulative layout shift is a share of the window, and small. */
function rounded(value: number): number {
  return value < 1 ? Math.round(value * 10_000) / 10_000 : Math.round(value * 10) / 10;
}

/** @returns whether all are met */
function tellBars({ parley, lit, blank }: Readonly<Record<Name, Figures>>): boolean {
  const heap = parley.heapKb - blank.heapKb;
  const bars: readonly (readonly [words: string, figure: number, bar: number])[] = [
    ['visibleMs, the Lit page’s at most', parley.visibleMs, lit.visibleMs],
    ['readyMs, 2.5 times the Lit page’s at most', parley.readyMs, 2.5 * lit.readyMs],
    ['scriptMs, 2.5 times the Lit page’s at most', parley.scriptMs, 2.5 * lit.scriptMs],
    ['longestTaskMs, 50 at most', parley.longestTaskMs, 50],
    [`heapKb over blank, 400 at most (Lit ${rounded(lit.heapKb - blank.heapKb)})`, heap, 400],
    ['cls, 0', parley.cls, 0],
  ];
  console.error();
  for (const [words, figure, bar] of bars) {
    console.error(`${figure <= bar ? 'ok  ' : 'over'}  ${words}: ${rounded(figure)} of ${rounded(bar)}`);
  }
  return bars.every(([, figure, bar]) => figure <= bar);
}

/** The same names with other values. */
function mapped<Names extends string, From, To>(
  record: Readonly<Record<Names, From>>,
  change: (value: From, name: Names) => To,
): Record<Names, To> {
  const entries = Object.entries(record) as [Names, From][];
  return Object.fromEntries(entries.map(([name, value]) => [name, change(value, name)])) as Record<Names, To>;
}
