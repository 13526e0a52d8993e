/** The pictures in `docs/flows.md`: its own examples, in the built widget as visitors meet it. */
import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'puppeteer-core';
import { serveEmulator } from '../demo/braze/serve.ts';
import { NAMED, servePages } from '../demo/pages.ts';
import { serveRelay, type RunningRelay } from '../server/adapters/node.ts';
import { createSqliteStore } from '../server/store/sqlite.ts';
import { EXAMPLES, type Example } from './flow-examples.ts';
import { servePage } from './journey/page-server.ts';
import { Visitor } from './journey/visitor.ts';
import { SANDBOX_KEY, SESSION_SECRET } from './server/relay-fixture.ts';

const FOLDER = 'docs/screenshots/flows';

/** A phone's, in CSS pixels. The picture is cut to what the conversation fills. */
const WIDTH = 390;
const HEIGHT = 844;

/** Small enough to load a page of them, and nobody sees what is lost. */
const QUALITY = 80;

/** Around the chat, so that its corners are seen. */
const MARGIN = 4;

/** What is done before some of them. Else the picture is of the beginning. */
const SCENES: Readonly<Record<string, (visitor: Visitor) => Promise<void>>> = {
  multiline: (visitor) =>
    visitor.page
      .locator('parley-chat >>> textarea')
      .fill('Up Skiddaw in the fog,\nand down again behind\na very patient sheep.'),
  retry: async (visitor) => {
    await visitor.answer('email', 'ada at example');
    await visitor.isRefused('It should look like');
  },
  branch: async (visitor) => {
    await visitor.answer('city', 'Keswick');
    await visitor.hears('Go well');
  },
  split: (visitor) => visitor.hears('Go well'),
  action: async (visitor) => {
    await visitor.answer('birthday', '1990-12-10');
    await visitor.answer('walks', '12');
    await visitor.hears('You’re in');
  },
  correction: async (visitor) => {
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('where do you live');
    await (await visitor.find('parley-chat >>> button[aria-label^="Change"]')).click();
    await visitor.page.waitForFunction(() => {
      const question = document.querySelector('parley-chat')?.shadowRoot?.querySelector('.question');
      return question?.querySelector('input')?.value === 'Ada';
    });
  },
};

export async function shootFlows(browser: Browser): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const pictured = EXAMPLES.filter(({ picture }) => picture !== undefined);
  const braze = await serveEmulator({
    port: 0,
    hostname: 'localhost',
    workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions: ['users.track'] }] }],
  });
  let relay: RunningRelay | undefined;
  // The one has the brand's pictures, the other the page that the conversation is on.
  const pages = await servePages(0, { folder: 'tarn-and-tor', places: () => NAMED });
  const page = await servePage();
  try {
    relay = await serveRelay({
      settings: {
        organization: 'TarnAndTor',
        environments: { sandbox: { endpoint: braze.url } },
        sites: { 'tarn-and-tor': { sandbox: [page.url] } },
      },
      env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
      flows: pictured,
      assets: 'dist',
      store: createSqliteStore({ file: ':memory:', clock: Date.now }),
      port: 0,
      hostname: 'localhost',
      log: () => undefined,
    });
    for (const example of pictured) {
      page.setBody(bodyOf(example, relay.url, pages.url));
      await shoot(browser, page.url, example.picture ?? '');
    }
  } finally {
    await relay?.close();
    await Promise.all([page.close(), pages.close(), braze.close()]);
  }
}

/** Nothing but the conversation. */
function bodyOf({ text }: Example, relayUrl: string, pagesUrl: string): string {
  const { id } = JSON.parse(text) as { readonly id: string };
  return `
    <base href="${pagesUrl}/">
    <style>
      body { margin: ${MARGIN}px; background: #fff }
      parley-chat { --parley-accent: #b24c1a }
    </style>
    <parley-chat flow="${id}" relay="${relayUrl}" name="Tarn &amp; Tor"></parley-chat>
    <script async crossorigin="anonymous" src="${relayUrl}/parley.js"></script>`;
}

async function shoot(browser: Browser, url: string, picture: string): Promise<void> {
  const visitor = await Visitor.arrive(browser);
  const { page } = visitor;
  await page.setViewport({ width: WIDTH, height: HEIGHT, hasTouch: true });
  // Still pictures: nothing is caught while it moves.
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: 'light' },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
  await visitor.visit(url);
  await page.waitForFunction(() => {
    const chat = document.querySelector('parley-chat');
    const transcript = chat?.shadowRoot?.querySelector('.transcript');
    const images = [...(transcript?.querySelectorAll('img') ?? [])];
    return transcript?.querySelector('li') && images.every(({ complete }) => complete);
  });
  await SCENES[picture]?.(visitor);
  const height = await fit(page);
  await page.screenshot({
    path: `${FOLDER}/${picture}.webp`,
    quality: QUALITY,
    clip: { x: 0, y: 0, width: WIDTH, height: height + 2 * MARGIN },
  });
  await visitor.leave();
}

/** Makes the chat as high as what it holds. Resolves with its height once that is painted. */
function fit(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const chat = document.querySelector('parley-chat');
    const transcript = chat?.shadowRoot?.querySelector<HTMLElement>('.transcript');
    if (!chat || !transcript) return 0;
    await document.fonts.ready;
    // With more room than it needs, nothing but the transcript is larger than what it holds.
    chat.style.height = '2000px';
    const said = transcript.shadowRoot?.querySelector('div')?.offsetHeight ?? 0;
    const { paddingBlockStart, paddingBlockEnd } = getComputedStyle(transcript);
    const around = chat.offsetHeight - transcript.offsetHeight;
    const height = around + said + parseFloat(paddingBlockStart) + parseFloat(paddingBlockEnd);
    chat.style.height = `${height}px`;
    await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
    return height;
  });
}
