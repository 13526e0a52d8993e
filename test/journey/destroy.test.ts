/** What the widget leaves on a page that it was taken off: nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ParleyChat } from '../../widget/parley-chat.ts';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import { openBrowser, type Visitor } from './visitor.ts';

const ask = (field: string, text: string, next: string) => ({
  type: 'ask',
  field,
  input: 'text',
  text,
  next,
});

const FLOW = {
  id: 'welcome',
  locale: 'en',
  start: 'name',
  nodes: {
    name: ask('first_name', 'What’s your name?', 'city'),
    city: ask('city', 'Where are you from?', 'save'),
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { first_name: '{{answers.first_name}}' },
      on: { success: 'more', error: 'more' },
    },
    more: ask('more', 'Anything else?', 'end'),
    end: { type: 'end', text: 'Goodbye.' },
  },
};

/** All that makes the widget listen to the page. */
const SITE = {
  events: { started: 'chat_started', abandoned: 'chat_abandoned', page: 'chat_page' },
  tags: { data_layer: ['page.category'] },
  consent: { google: ['analytics_storage'] },
};

/** What is left of each kind, by what it is: how often. */
type Left = Readonly<Record<string, number>>;

interface Watch {
  /** What the widget has begun and not ended. */
  readonly left: () => Left;
}

/**
 * In the page, before anything else runs there: notes what is begun from scripts of that address, and what of it is ended. A listener on an
 * element of ours goes with the element: those on others, and on what the whole page shares, are counted.
 */
function watch(address: string): void {
  const left = new Map<unknown, string>();
  Error.stackTraceLimit = 100;
  const isOurs = () => new Error().stack?.includes(address) === true;
  const begin = (key: unknown, name: string) => {
    if (isOurs()) left.set(key, name);
  };

  const { prototype } = EventTarget;
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const { addEventListener: add, removeEventListener: remove } = prototype;
  type Handler = EventListenerOrEventListenerObject | null;
  type Options = AddEventListenerOptions | boolean | undefined;
  const keys = new Map<EventTarget, Map<Handler, Map<string, object>>>();
  const optionsOf = (options: Options) =>
    typeof options === 'object' ? options : { capture: options === true };
  const keyOf = (target: EventTarget, type: string, handler: Handler, options: Options) => {
    const handlers = keys.get(target) ?? new Map<Handler, Map<string, object>>();
    const names = handlers.get(handler) ?? new Map<string, object>();
    const name = `${type} ${optionsOf(options).capture === true}`;
    const key = names.get(name) ?? {};
    keys.set(target, handlers.set(handler, names.set(name, key)));
    return key;
  };
  const isShared = (target: EventTarget) =>
    target instanceof Node
      ? [document, document.documentElement, document.body].includes(target as never)
      : !(target instanceof AbortSignal);
  prototype.addEventListener = function (
    this: EventTarget | undefined,
    type: string,
    handler: Handler,
    given?: Options,
  ) {
    const target = this ?? window;
    add.call(target, type, handler, given);
    const { once, signal, ...options } = optionsOf(given);
    if (!isShared(target) || signal?.aborted) return;
    const key = keyOf(target, type, handler, options);
    begin(key, `listener: ${target.constructor.name} ${type}`);
    const end = () => left.delete(key);
    if (once) add.call(target, type, end, { ...options, once });
    if (signal) add.call(signal, 'abort', end);
  };
  prototype.removeEventListener = function (
    this: EventTarget | undefined,
    type: string,
    handler: Handler,
    given?: Options,
  ) {
    const target = this ?? window;
    remove.call(target, type, handler, given);
    left.delete(keyOf(target, type, handler, given));
  };

  /** @param repeats it goes on until it is ended */
  const watchTimer = (start: string, end: string, repeats: boolean) => {
    const own = window as unknown as Record<string, ((...given: unknown[]) => unknown) | undefined>;
    const [begun, ended] = [own[start], own[end]];
    if (!begun || !ended) return;
    own[start] = (run, ...rest) => {
      const key: { id?: string } = {};
      const id = begun.call(
        window,
        (...told: unknown[]) => {
          if (!repeats) left.delete(key.id);
          (run as (...told: unknown[]) => void)(...told);
        },
        ...rest,
      );
      key.id = `${start} ${String(id)}`;
      begin(key.id, start);
      return id;
    };
    own[end] = (id) => {
      left.delete(`${start} ${String(id)}`);
      return ended.call(window, id);
    };
  };
  watchTimer('setTimeout', 'clearTimeout', false);
  watchTimer('setInterval', 'clearInterval', true);
  watchTimer('requestAnimationFrame', 'cancelAnimationFrame', false);
  watchTimer('requestIdleCallback', 'cancelIdleCallback', false);

  for (const name of [
    'MutationObserver',
    'IntersectionObserver',
    'ResizeObserver',
    'PerformanceObserver',
  ] as const) {
    const methods = window[name].prototype as unknown as Record<string, (...given: unknown[]) => unknown>;
    const { observe, disconnect } = methods as Record<
      'observe' | 'disconnect',
      (...given: unknown[]) => unknown
    >;
    methods['observe'] = function (this: unknown, ...given) {
      begin(this, name);
      return observe.apply(this, given);
    };
    methods['disconnect'] = function (this: unknown) {
      left.delete(this);
      return disconnect.call(this);
    };
  }

  const { BroadcastChannel: Channel } = window;
  window.BroadcastChannel = class extends Channel {
    constructor(name: string) {
      super(name);
      begin(this, 'channel');
    }
    override close() {
      left.delete(this);
      super.close();
    }
  };

  // As tag managers have it.
  const dataLayer: unknown[] = [];
  // Else each has that of its kind.
  const wrapped = () => ({
    'dataLayer.push': Object.hasOwn(dataLayer, 'push'),
    'history.pushState': Object.hasOwn(history, 'pushState'),
    'history.replaceState': Object.hasOwn(history, 'replaceState'),
  });
  Object.assign(window, {
    dataLayer,
    watch: {
      left: () => {
        const names = [
          ...left.values(),
          ...Object.entries(wrapped()).flatMap(([name, is]) => (is ? [name] : [])),
        ];
        return Object.fromEntries(
          [...new Set(names)].map((name) => [name, names.filter((each) => each === name).length]),
        );
      },
    } satisfies Watch,
  });
}

const left = () => (window as unknown as { watch: Watch }).watch.left();

/** @returns whether anything kept it from being deleted at once */
const isBlocked = async (relay: string) =>
  new Promise<boolean>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(`parley ${relay}`);
    request.onsuccess = () => resolve(false);
    request.onblocked = () => resolve(true);
    request.onerror = () => reject(new Error(request.error?.message));
  });

describe('a page that the widget was taken off', () => {
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () => openBrand({ flows: [FLOW], site: SITE }),
    (scene) => ({ brand, visitor } = scene),
  );

  const visit = async (body: string) => {
    await visitor.page.evaluateOnNewDocument(watch, brand.relayUrl);
    brand.setBody(body);
    await visitor.visit(`${brand.url}/`);
  };

  const talk = async () => {
    await visitor.answer('first_name', 'Ada');
    await visitor.answer('city', 'Leeds');
    await visitor.hears('Anything else?');
  };

  /** Each as a page would: what is left is looked at in the same task, by its second microtask, and once more when nothing is on its way any more. */
  const cases: [name: string, body: () => string, open: () => Promise<void>, destroy: () => Promise<Left>][] =
    [
      [
        'the element, by its own method',
        () =>
          `<parley-chat flow="welcome" relay="${brand.relayUrl}" data-layer></parley-chat>${brand.scriptTag('')}`,
        async () => visitor.hears('What’s your name?'),
        () =>
          visitor.page.evaluate(async () => {
            document.querySelector('parley-chat')?.destroy();
            window.parley?.push(['destroy']);
            await Promise.resolve();
            return (window as unknown as { watch: Watch }).watch.left();
          }),
      ],
      [
        'the script’s, by its command',
        () =>
          brand.scriptTag(
            'data-flow="welcome" data-data-layer data-teaser="Hello" data-badge data-trigger="scroll 90" data-preload="idle"',
          ),
        () => visitor.openChat('What’s your name?'),
        () =>
          visitor.page.evaluate(async () => {
            window.parley?.push(['destroy']);
            await Promise.resolve();
            return (window as unknown as { watch: Watch }).watch.left();
          }),
      ],
    ];
  for (const [name, body, open, destroy] of cases) {
    it(`holds nothing of it: ${name}`, async () => {
      await visit(body());
      await open();
      await talk();
      const before = await visitor.page.evaluate(left);
      for (const kind of ['listener: Window online', 'channel', 'dataLayer.push']) {
        assert.ok(before[kind], `The test sees no ${kind}: ${JSON.stringify(before)}`);
      }
      assert.deepEqual(await destroy(), {});
      await visitor.page.waitForNetworkIdle();
      assert.deepEqual(await visitor.page.evaluate(left), {});
      assert.equal(await visitor.page.$$eval('parley-chat, parley-launcher', ({ length }) => length), 0);
      assert.equal(await visitor.page.evaluate(isBlocked, brand.relayUrl), false);
    });
  }

  /** Takes off what the script has put there, and looks as the cases above do. */
  const leave = async () => {
    const atOnce = await visitor.page.evaluate(async () => {
      window.parley?.push(['destroy']);
      await Promise.resolve();
      return (window as unknown as { watch: Watch }).watch.left();
    });
    assert.deepEqual(atOnce, {});
    await visitor.page.waitForNetworkIdle();
    assert.deepEqual(await visitor.page.evaluate(left), {});
    assert.equal(await visitor.page.$$eval('parley-chat, parley-launcher', ({ length }) => length), 0);
  };

  const isSeen = async (kind: string) => {
    const before = await visitor.page.evaluate(left);
    assert.ok(before[kind], `The test sees no ${kind}: ${JSON.stringify(before)}`);
  };

  it('holds nothing of one that had a phone’s whole screen', async () => {
    await visitor.page.setViewport({ width: 390, height: 800, isMobile: true, hasTouch: true });
    await visit(
      `<meta name="viewport" content="width=device-width, initial-scale=1">${brand.scriptTag('data-flow="welcome"')}`,
    );
    await visitor.openChat('What’s your name?');
    // By its code, which is fetched for that.
    await visitor.page.waitForFunction(() =>
      document.querySelector('parley-chat')?.style.getPropertyValue('--_height'),
    );
    await isSeen('listener: VisualViewport resize');
    await leave();
  });

  it('holds nothing of what was to bring it forward, and had not yet', async () => {
    const attributes =
      'data-trigger="delay 900; scroll 90; exit; visit 9; tag pricing" data-teaser="Hello" data-badge';
    await visit(
      `<main style="height: 300vh">A long page</main>${brand.scriptTag(`data-flow="welcome" ${attributes}`)}`,
    );
    await visitor.find('parley-launcher >>> [part=teaser]');
    await isSeen('setTimeout');
    await isSeen('listener: HTMLDocument scroll');
    await leave();
  });

  it('holds nothing of one that was only removed, until it is put back', async () => {
    await visit(`<parley-chat flow="welcome" relay="${brand.relayUrl}"></parley-chat>`);
    await visitor.page.addScriptTag({ url: `${brand.relayUrl}/parley.js` });
    await visitor.hears('What’s your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Where are you from?');
    await visitor.page.evaluate(() => {
      const chat = document.querySelector('parley-chat');
      Object.assign(window, { chat });
      chat?.remove();
    });
    await visitor.page.waitForNetworkIdle();
    const after = await visitor.page.evaluate(left);
    // A site's consent tools are the page's, as is the loader.
    assert.deepEqual(
      Object.keys(after).filter((kind) => /channel|Observer|set|online|offline|visibility|page/.test(kind)),
      [],
    );
    await visitor.page.evaluate(() => document.body.append((window as unknown as { chat: ParleyChat }).chat));
    await visitor.answer('city', 'Leeds');
    await visitor.hears('Anything else?');
  });

  it('holds nothing of one that was destroyed before it had begun', async () => {
    await visit(brand.scriptTag(''));
    await visitor.page.evaluate(async (relay) => {
      await customElements.whenDefined('parley-chat');
      const chat = Object.assign(document.createElement('parley-chat'), { flow: 'welcome', relay });
      document.body.append(chat);
      chat.destroy();
      await chat.updateComplete;
    }, brand.relayUrl);
    // It would have begun in a task of its own.
    await visitor.page.waitForNetworkIdle();
    assert.deepEqual(await visitor.page.evaluate(left), {});
  });

  it('begins anew where it was destroyed and is put back', async () => {
    await visit(`<parley-chat flow="welcome" relay="${brand.relayUrl}"></parley-chat>${brand.scriptTag('')}`);
    await visitor.hears('What’s your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Where are you from?');
    await visitor.page.evaluate(() => {
      const chat = document.querySelector('parley-chat');
      chat?.destroy();
      if (chat) document.body.append(chat);
    });
    await visitor.answer('city', 'Leeds');
    await visitor.hears('Anything else?');
  });
});

describe('the consent tools of a page that the widget was taken off', () => {
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () =>
      openBrand({
        flows: [FLOW],
        site: { consent: { google: ['analytics_storage'], tcf: { purposes: [1], vendor: 7 } } },
      }),
    (scene) => ({ brand, visitor } = scene),
  );

  /** A consent management platform that tells who listens. */
  const PLATFORM = `<script>{
    const listeners = new Map();
    let last = 0;
    window.listening = () => listeners.size;
    window.__tcfapi = (command, version, hear, listenerId) => {
      if (command === 'addEventListener') {
        listeners.set((last += 1), hear);
        hear({ gdprApplies: true, eventStatus: 'cmpuishown', listenerId: last }, true);
      } else if (command === 'removeEventListener') hear(listeners.delete(listenerId));
    };
  }</script>`;

  const listening = () =>
    visitor.page.evaluate(() => (window as unknown as { listening?: () => number }).listening?.());

  /** @param body before the script of ours */
  const visit = async (body: string) => {
    await visitor.page.evaluateOnNewDocument(watch, brand.relayUrl);
    brand.setBody(body + brand.scriptTag('data-flow="welcome" data-consent="required"'));
    await visitor.visit(`${brand.url}/`);
    await visitor.openChat('What’s your name?');
  };

  const leave = () =>
    visitor.page.evaluate(async () => {
      window.parley?.push(['destroy']);
      await Promise.resolve();
      return (window as unknown as { watch: Watch }).watch.left();
    });

  it('are heard no more', async () => {
    await visit(PLATFORM);
    assert.equal(await listening(), 1);
    assert.equal((await visitor.page.evaluate(left))['dataLayer.push'], 1);
    assert.deepEqual(await leave(), {});
    assert.equal(await listening(), 0);
  });

  it('are looked for no more, where there were none yet', async () => {
    await visit('');
    // One of them looks for the tools, and one whether the page takes the chat off.
    assert.equal((await visitor.page.evaluate(left))['MutationObserver'], 2);
    assert.deepEqual(await leave(), {});
  });
});

/** What V8 compiles of code that runs often lies on the heap as well, and comes and goes as it likes: here all of it is interpreted. */
const INTERPRETED = '--js-flags=--jitless --no-flush-bytecode';

describe('the heap of a page that had the widget', () => {
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () => openBrand({ flows: [FLOW], site: SITE }),
    (scene) => ({ brand, visitor } = scene),
    () => openBrowser([INTERPRETED]),
  );

  it('is no larger after fifty chats than after ten', async () => {
    // Not watched: who watches holds on to what they have seen.
    brand.setBody(brand.scriptTag(''));
    await visitor.visit(`${brand.url}/`);
    const session = await visitor.page.createCDPSession();
    /** Bytes in use, when what nobody holds is gone: some of it goes only after the page has come to rest, so the least counts. */
    const read = async () => {
      let least = Infinity;
      for (let reading = 0; reading < 7; reading += 1) {
        await session.send('HeapProfiler.collectGarbage');
        await visitor.page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
        const { usedSize } = await session.send('Runtime.getHeapUsage');
        least = Math.min(least, usedSize);
      }
      return least;
    };
    const mount = (times: number) =>
      visitor.page.evaluate(
        async (count, relay) => {
          await customElements.whenDefined('parley-chat');
          for (let mounts = 0; mounts < count; mounts += 1) {
            const chat = Object.assign(document.createElement('parley-chat'), { flow: 'welcome', relay });
            document.body.append(chat);
            while (!chat.shadowRoot?.querySelector('.question')) {
              await new Promise((resolve) => requestAnimationFrame(resolve));
            }
            chat.destroy();
          }
        },
        times,
        brand.relayUrl,
      );
    await mount(10);
    await visitor.page.waitForNetworkIdle();
    const ten = await read();
    await mount(40);
    await visitor.page.waitForNetworkIdle();
    const fifty = await read();
    console.log(ten, fifty, fifty / ten);
    assert.ok(fifty <= ten * 1.05, `${ten} bytes after 10 chats, ${fifty} after 50`);
  });
});
