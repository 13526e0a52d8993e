/** As much of WebDriver (https://www.w3.org/TR/webdriver2/) as the test runner needs: one window, one test file after the other. */
import type { BrowserLauncher } from '@web/test-runner';

/** https://www.w3.org/TR/webdriver2/#keyboard-actions */
const KEYS: Readonly<Record<string, string>> = {
  Backspace: '\uE003',
  Tab: '\uE004',
  Enter: '\uE007',
  Shift: '\uE008',
  Control: '\uE009',
  Alt: '\uE00A',
  Escape: '\uE00C',
  Space: ' ',
  PageUp: '\uE00E',
  PageDown: '\uE00F',
  End: '\uE010',
  Home: '\uE011',
  ArrowLeft: '\uE012',
  ArrowUp: '\uE013',
  ArrowRight: '\uE014',
  ArrowDown: '\uE015',
  Delete: '\uE017',
};

const keyOf = (name: string) => KEYS[name] ?? name;

/** Pages that may come one after the other while one is asked: `about:blank` and the test's, and as many more for a hang to end. */
const SWAPS = 10;

/** Pixels between two clicks that are none of them a double click's second. */
const APART = 8;

interface Size {
  readonly width: number;
  readonly height: number;
}

type Send = (method: string, path: string, body?: object) => Promise<unknown>;

/** A page of Playwright's, as far as the runner's commands use it: of no other kind would they ask as much. */
interface CommandedPage {
  readonly keyboard: Readonly<Record<'type' | 'press' | 'down' | 'up', (text: string) => Promise<unknown>>>;
  readonly mouse: {
    move(x: number, y: number): Promise<unknown>;
    click(x: number, y: number): Promise<unknown>;
    down(): Promise<unknown>;
    up(): Promise<unknown>;
  };
  setViewportSize(size: Size): Promise<void>;
  /** A browser that cannot be told while it runs: the page itself has the scheme then, and motion is what it was started with. */
  emulateMedia(media: { readonly colorScheme?: string }): Promise<void>;
}

/**
 * @param driver address of the running driver
 * @param capabilities which browser it is to start, and how
 */
export function webdriverLauncher(
  name: string,
  driver: string,
  capabilities: object,
): BrowserLauncher & { getPage(): CommandedPage } {
  let session: Promise<Send> | undefined;
  let page: CommandedPage | undefined;
  let active: string | undefined;

  const send: Send = async (method, path, body) => {
    const response = await fetch(driver + path, { method, ...(body && { body: JSON.stringify(body) }) });
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`${name} refused ${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  };
  const begin = async (): Promise<Send> => {
    const { sessionId } = (await send('POST', '/session', {
      // A page is watched by the runner while it loads.
      capabilities: { alwaysMatch: { pageLoadStrategy: 'none', ...capabilities } },
    })) as { readonly sessionId: string };
    const within: Send = (method, path, body) => send(method, `/session/${sessionId}${path}`, body);
    page = command(within);
    return within;
  };
  const visit = async (url: string) => {
    const within = await (session ??= begin());
    await within('POST', '/url', { url });
  };

  return {
    name,
    type: 'playwright',
    concurrency: 1,
    isActive: (id) => id === active,
    async startSession(id, url) {
      active = id;
      await visit(url);
      await page?.setViewportSize({ width: 800, height: 600 });
    },
    async stopSession() {
      active = undefined;
      // Whatever still runs on it ends.
      await visit('about:blank');
      return {};
    },
    startDebugSession: () => Promise.reject(new Error(`${name} is not debugged from here.`)),
    async getBrowserUrl() {
      return (await (
        await session
      )?.('GET', '/url')) as string;
    },
    async stop() {
      // It may close the connection before it answers.
      await (await session)?.('DELETE', '').catch(() => undefined);
    },
    getPage() {
      if (!page) throw new Error(`${name} has no page yet.`);
      return page;
    },
  };
}

function command(within: Send): CommandedPage {
  const act = (type: 'key' | 'pointer', ...actions: object[]) =>
    within('POST', '/actions', { actions: [{ type, id: type, actions }] });
  const execute = (script: string, ...args: unknown[]) => within('POST', '/execute/sync', { script, args });

  const press = (name: string) =>
    act('key', { type: 'keyDown', value: keyOf(name) }, { type: 'keyUp', value: keyOf(name) });
  const button = (type: 'pointerDown' | 'pointerUp') => ({ type, button: 0 });
  const moveTo = (x: number, y: number) => ({ type: 'pointerMove', duration: 0, x, y });
  let clicks = 0;

  return {
    keyboard: {
      press,
      async type(text) {
        for (const character of text) {
          // What no key has comes from an input method, as a whole.
          if (character > '~')
            await execute('document.execCommand("insertText", false, arguments[0])', character);
          else await press(character);
        }
      },
      down: (name) => act('key', { type: 'keyDown', value: keyOf(name) }),
      up: (name) => act('key', { type: 'keyUp', value: keyOf(name) }),
    },
    mouse: {
      move: (x, y) => act('pointer', moveTo(x, y)),
      click(x, y) {
        // Twice in one place would be a double click, also where each is another test's.
        const beside = (clicks += 1) % 2 ? -APART / 2 : APART / 2;
        return act('pointer', moveTo(x + beside, y), button('pointerDown'), button('pointerUp'));
      },
      down: () => act('pointer', button('pointerDown')),
      up: () => act('pointer', button('pointerUp')),
    },
    async setViewportSize({ width, height }) {
      const look = async (swaps = SWAPS): Promise<Size> => {
        try {
          return (await execute('return { width: innerWidth, height: innerHeight }')) as Size;
        } catch (error) {
          // The page that was asked has gone: the one that has come is asked.
          if (swaps === 0 || !String(error).includes('"no such frame"')) throw error;
          return look(swaps - 1);
        }
      };
      const outer = (await within('GET', '/window/rect')) as Size;
      const inner = await look();
      await within('POST', '/window/rect', {
        width: outer.width - inner.width + width,
        height: outer.height - inner.height + height,
      });
      // The page hears of it later.
      for (let now = inner; now.width !== width || now.height !== height;) now = await look();
    },
    async emulateMedia({ colorScheme }) {
      if (colorScheme)
        await execute('document.documentElement.style.colorScheme = arguments[0]', colorScheme);
    },
  };
}
