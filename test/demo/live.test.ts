/** Flows that are saved while the demo runs: what the relay serves, the terminal says and the open page shows. */
import assert from 'node:assert/strict';
import { EventEmitter, on } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { startDemo, type Demo } from '../../demo/demo.ts';
import type { LiveState } from '../../demo/live/state.ts';
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import { builtWidget } from '../built-widget.ts';
import { openBrowser, Visitor } from '../journey/visitor.ts';

/** Evaluated, not put on the page: its policy would not have it. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const FLOW = readFileSync('demo/flows/welcome.json', 'utf8');
const GREETING = 'Hello, and welcome to Tarn & Tor.';
const LETTER = 'Where should the letter go?';

/** The demo flow with other words. */
const withWords = (before: string, words: string) => {
  assert.ok(FLOW.includes(before));
  return FLOW.replace(before, words);
};

const GOOD = withWords(LETTER, 'Where shall we write to?');
const BAD = withWords('"start": "hello"', '"start": "helo"');
const LINE = FLOW.split('\n').findIndex((line) => line.includes('"start"')) + 1;
const PROBLEM = `${LINE}:12: error: start: there is no node "helo"; did you mean "hello"? [unknown-node]`;
const GOES_ON = 'The flows of before are served on until this is mended.';

/** The demo on a copy of its flows. */
async function startOnCopy() {
  const folder = mkdtempSync(join(tmpdir(), 'parley-demo-'));
  const file = join(folder, 'welcome.json');
  cpSync('demo/flows', folder, { recursive: true });
  const terminal = new EventEmitter<{ line: [string] }>();
  const lines = on(terminal, 'line')[Symbol.asyncIterator]();
  const assets = await builtWidget();
  const start = (pages: number) =>
    startDemo({ relay: 0, pages, braze: 0 }, () => undefined, {
      folder,
      report: (line) => terminal.emit('line', line),
      events: {},
      assets,
    });
  let demo = await start(0);
  return {
    file,
    get demo(): Demo {
      return demo;
    },
    /** At once: whoever looks sees the one text or the other. */
    save: (text: string) => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    },
    /** Resolves with the next line in the terminal. */
    nextLine: async () => String((await lines.next()).value),
    /** Ends it, and starts it again where its pages were. */
    restart: async (between: () => void) => {
      const port = Number(new URL(demo.pagesUrl).port);
      await demo.close();
      between();
      demo = await start(port);
    },
    end: async () => {
      await demo.close();
      rmSync(folder, { recursive: true });
    },
  };
}

type Running = Awaited<ReturnType<typeof startOnCopy>>;

const isTakenUp = async (running: Running): Promise<string> => {
  const line = await running.nextLine();
  const [, revision] = /welcome\.json: taken up \(revision ([0-9a-f]{16})\)$/.exec(line) ?? [];
  assert.ok(revision !== undefined, line);
  return revision;
};

const isRefused = async (running: Running) => {
  assert.equal(await running.nextLine(), `${running.file}:${PROBLEM}`);
  assert.equal(await running.nextLine(), GOES_ON);
};

describe('a flow that is saved while the demo runs', () => {
  let running: Running;
  beforeEach(async () => (running = await startOnCopy()));
  afterEach(() => running.end());

  const fetchFlow = async () => {
    const response = await fetch(`${running.demo.relayUrl}/v1/flows/welcome`);
    return { headers: response.headers, flow: (await response.json()) as PublishedFlow };
  };

  /** What an open page hears: one state after the other. */
  const listen = async () => {
    const { body } = await fetch(`${running.demo.pagesUrl}/live`);
    assert.ok(body);
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    return async (): Promise<LiveState> => {
      for (;;) {
        const [message, ...rest] = text.split('\n\n');
        if (message !== undefined && rest.length > 0) {
          text = rest.join('\n\n');
          return JSON.parse(/^data: (.*)$/m.exec(message)?.[1] ?? '') as LiveState;
        }
        const { value, done } = await reader.read();
        assert.ok(!done, 'the stream has ended');
        text += value;
      }
    };
  };

  it('is served at once under its new revision, kept by no cache, and told of in the terminal', async () => {
    const before = await fetchFlow();
    assert.equal(before.headers.get('cache-control'), 'no-cache');
    running.save(GOOD);
    const revision = await isTakenUp(running);
    const { flow } = await fetchFlow();
    assert.equal(flow.revision, revision);
    assert.notEqual(revision, before.flow.revision);
    assert.match(JSON.stringify(flow.nodes['email']), /Where shall we write to\?/);
  });

  it('is not taken up with a mistake in it: lint’s words are in the terminal and the page until it is mended', async () => {
    const next = await listen();
    const first = await next();
    assert.deepEqual(first.mistakes, []);
    const before = await fetchFlow();
    running.save(BAD);
    await isRefused(running);
    assert.deepEqual(await next(), {
      edition: first.edition,
      mistakes: [`${running.file}:${PROBLEM}`],
    });
    assert.deepEqual((await fetchFlow()).flow, before.flow);
    running.save(FLOW);
    assert.equal(await running.nextLine(), 'There are no mistakes any more.');
    assert.deepEqual(await next(), first);
    running.save(GOOD);
    await isTakenUp(running);
    const { edition, mistakes } = await next();
    assert.notEqual(edition, first.edition);
    assert.deepEqual(mistakes, []);
  });

  it('that is half written is no more than lint’s words', async () => {
    const next = await listen();
    await next();
    running.save(FLOW.slice(0, 500));
    const { mistakes } = await next();
    assert.equal(mistakes.length, 1);
    assert.match(mistakes[0] ?? '', /welcome\.json:\d+:\d+: error: \(the whole file\): is not JSON: /);
    assert.equal((await fetchFlow()).flow.id, 'welcome');
  });

  it('is what a relay that was stopped comes back with', async () => {
    await running.demo.stopRelay();
    running.save(GOOD);
    const revision = await isTakenUp(running);
    running.save(BAD);
    await isRefused(running);
    await running.demo.startRelay();
    assert.equal((await fetchFlow()).flow.revision, revision);
  });

  it('keeps the demo from ending no longer than a page that hears of it', async () => {
    const next = await listen();
    await next();
    await running.demo.close();
    await assert.rejects(next());
  });
});

describe('an open page of the demo', () => {
  let browser: Browser;
  let running: Running;
  let visitor: Visitor;
  before(async () => (browser = await openBrowser()));
  after(() => browser.close());
  beforeEach(async () => {
    running = await startOnCopy();
    visitor = await Visitor.arrive(browser);
    await visitor.visit(`${running.demo.pagesUrl}/`);
  });
  afterEach(async () => {
    await visitor.leave();
    await running.end();
  });

  const BANNER = 'demo-mistakes >>> [role=alert]';

  const isShown = () => visitor.page.waitForSelector(BANNER, { visible: true });
  const isGone = () => visitor.page.waitForSelector(BANNER, { hidden: true });

  const shownLines = () =>
    visitor.page.$eval(BANNER, (alert) => [...alert.querySelectorAll('li')].map((line) => line.textContent));

  it('goes on with a conversation in the new words, and keeps the answers that were given', async () => {
    await visitor.openChat();
    await visitor.answer('first_name', 'Ada');
    await visitor.answer('last_name', 'Lovelace');
    await visitor.hears(LETTER);
    running.save(GOOD);
    await visitor.hears('Where shall we write to?');
    assert.match(await visitor.transcript(), /: Ada\n[\s\S]*Lovely to meet you, Ada\.[\s\S]*: Lovelace\n/);
    await visitor.answer('email', 'ada@example.com');
    await visitor.answer('date_of_birth', '1815-12-10');
    await visitor.answer('city', 'Leeds');
    await visitor.hears('Thank you, Ada.');
    const profile = await running.demo.emulator.until((emulator) =>
      emulator.profiles().find(({ events }) => events.length > 0),
    );
    assert.equal(profile.standard['last_name'], 'Lovelace');
  });

  it('shows lint’s words, and lets the visitor go on, until they are heeded', async () => {
    await visitor.openChat();
    running.save(BAD);
    await isShown();
    assert.deepEqual(await shownLines(), [`${running.file}:${PROBLEM}`]);
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Lovely to meet you, Ada.');
    running.save(FLOW);
    await isGone();
    running.save(withWords(GREETING, 'Good day from Tarn & Tor.'));
    await visitor.hears('Good day from Tarn & Tor.');
  });

  it('shows them where they cover neither the launcher nor the chat, and without a barrier', async () => {
    await visitor.page.setViewport({ width: 1024, height: 640 });
    running.save(FLOW.replaceAll('"type": "ask"', '"type": "question"'));
    await isShown();
    await visitor.openChat();
    const boxes = await visitor.page.evaluate(() =>
      ['demo-mistakes', 'parley-launcher', 'parley-chat'].map((name) => {
        const { top, right, bottom, left } = document.querySelector(name)?.getBoundingClientRect() ?? {};
        return { top, right, bottom, left };
      }),
    );
    const [banner, ...others] = boxes as Record<'top' | 'right' | 'bottom' | 'left', number>[];
    assert.ok(banner && others.length === 2);
    for (const box of others) {
      const isApart = banner.right <= box.left || banner.bottom <= box.top;
      assert.ok(isApart && box.bottom > box.top, JSON.stringify(boxes));
    }
    await visitor.page.evaluate(AXE);
    const violations = await visitor.page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: { run(context: string): Promise<{ violations: readonly { id: string }[] }> };
      };
      return (await axe.run('demo-mistakes')).violations.map(({ id }) => id);
    });
    assert.deepEqual(violations, []);
  });

  it('shows them no more once they are closed, until something else is wrong', async () => {
    running.save(BAD);
    await isShown();
    await (await visitor.find('demo-mistakes >>> button')).click();
    await isGone();
    running.save('{');
    await isShown();
    assert.match((await shownLines()).join(), /is not JSON/);
  });

  it('hears again of a demo that was ended and started anew, and takes up what was saved meanwhile', async () => {
    await visitor.page.evaluate(() => (document.documentElement.id = 'before'));
    await running.restart(() => running.save(withWords(GREETING, 'Good day from Tarn & Tor.')));
    await visitor.page.waitForSelector('html:not(#before) parley-launcher', { visible: true });
    await visitor.openChat();
    await visitor.hears('Good day from Tarn & Tor.');
    running.save(BAD);
    await isShown();
  });
});
