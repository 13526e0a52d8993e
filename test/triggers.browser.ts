import { assert, expect } from '@open-wc/testing';
import { drawLauncher } from '../widget/launcher.ts';
import { createTriggers, type Triggers, type TriggerSettings } from '../widget/triggers.ts';

const NOON = Date.parse('2026-11-21T12:00:00.000Z');
const HOUR = 3_600_000;
const HOME = location.href;

/** What a browser keeps from page to page. */
type Kept = Map<string, string>;

const soon = () => new Promise((resolve) => setTimeout(resolve));

/** A page with a launcher, whose clock and timers stand still until they are told. */
function openPage(
  settings: Partial<TriggerSettings> = {},
  kept: Kept = new Map<string, string>(),
  at = NOON,
) {
  const drawn = drawLauncher(
    { name: 'Tarn & Tor' },
    () => undefined,
    () => undefined,
  );
  const page = {
    now: at,
    timers: new Set<{ readonly at: number; readonly callback: () => void }>(),
    isOpen: false,
    /** How it was opened, each time. */
    opened: [] as string[],
    /** Seconds go by. */
    wait(seconds: number) {
      const end = page.now + seconds * 1000;
      for (;;) {
        const [next] = [...page.timers]
          .filter((timer) => timer.at <= end)
          .sort((one, other) => one.at - other.at);
        if (!next) break;
        page.timers.delete(next);
        page.now = Math.max(page.now, next.at);
        next.callback();
      }
      page.now = end;
    },
    /** As the loader does. */
    show(isOpen: boolean) {
      page.isOpen = isOpen;
      page.button.ariaExpanded = String(isOpen);
    },
    /** Part of the launcher's shadow tree. */
    part: (name: string) => page.root.querySelector<HTMLElement>(`[part=${name}]`),
    dismiss: () => page.root.querySelector<HTMLElement>('[part=teaser] button:last-child'),
    ...drawn,
    root: drawn.button.getRootNode() as ShadowRoot,
    triggers: undefined as unknown as Triggers,
  };
  page.triggers = createTriggers(
    {
      settings: { tags: '', locale: 'en', ...settings },
      root: page.root,
      button: page.button,
      isOpen: () => page.isOpen,
      open() {
        page.opened.push('by itself');
        page.show(true);
      },
      openByVisitor() {
        page.opened.push('by the visitor');
        page.show(true);
      },
      remembered: (key) => kept.get(key) ?? null,
      remember: (key, value) => void kept.set(key, value),
    },
    {
      now: () => page.now,
      setTimer(callback, milliseconds) {
        const timer = { at: page.now + milliseconds, callback };
        page.timers.add(timer);
        return () => void page.timers.delete(timer);
      },
    },
  );
  return page;
}

type Opened = ReturnType<typeof openPage>;

/** The visitor turns to another tab, or back to this one. */
function show(state: DocumentVisibilityState): void {
  Object.defineProperty(document, 'visibilityState', { configurable: true, value: state });
  document.dispatchEvent(new Event('visibilitychange'));
}

/** Puts something into the page that is taken out after the test. */
function put<E extends HTMLElement>(element: E, parent: Element = document.body): E {
  element.classList.add('of-test');
  parent.append(element);
  return element;
}

const make = <N extends keyof HTMLElementTagNameMap>(name: N, set: object = {}) =>
  Object.assign(document.createElement(name), set);

const leaveByTop = (init: PointerEventInit = {}) =>
  document.documentElement.dispatchEvent(
    new PointerEvent('pointerleave', { pointerType: 'mouse', clientY: -3, ...init }),
  );

/** Scrolls, and waits until the page's code knows. */
async function scrollTo(top: number): Promise<void> {
  const scrolled = new Promise((resolve) => document.addEventListener('scroll', resolve, { once: true }));
  window.scrollTo({ top, behavior: 'instant' });
  await scrolled;
}

describe('a chat that opens by itself', () => {
  let pages: Opened[] = [];
  const warn = console.warn;
  let warned: unknown[] = [];

  const open = (...given: Parameters<typeof openPage>): Opened => {
    // One page at a time.
    leave();
    const page = openPage(...given);
    pages.push(page);
    return page;
  };
  const leave = () => {
    for (const page of pages) {
      page.triggers.disconnect();
      page.host.remove();
    }
    pages = [];
  };

  beforeEach(() => {
    warned = [];
    console.warn = (said) => warned.push(said);
  });
  afterEach(() => {
    leave();
    console.warn = warn;
    Reflect.deleteProperty(document, 'visibilityState');
    document.querySelectorAll('.of-test').forEach((element) => element.remove());
    history.replaceState(null, '', HOME);
    window.scrollTo(0, 0);
  });

  it('does nothing where nothing is asked for', () => {
    const page = open();
    page.wait(10_000);
    leaveByTop();
    assert.deepEqual(page.opened, []);
    assert.deepEqual(warned, []);
  });

  it('warns of what it does not know, and does the rest', () => {
    const page = open({ trigger: 'sroll 50; delay 2', repeat: 'always' });
    assert.deepEqual(warned, [
      'Parley: data-repeat "always" is unknown. Right would be: visitor, session, page.',
      'Parley: data-trigger "sroll 50" is unknown. Right would be: delay 10 (seconds); scroll 50 (per cent); exit; visit 2; tag pricing, suv.',
    ]);
    page.wait(2);
    assert.deepEqual(page.opened, ['by itself']);
  });

  describe('after a delay', () => {
    it('opens once the page was looked at for so long', () => {
      const page = open({ trigger: 'delay 10' });
      page.wait(9);
      assert.deepEqual(page.opened, []);
      page.wait(1);
      assert.deepEqual(page.opened, ['by itself']);
    });

    it('does not count the time in which the page is hidden', () => {
      const page = open({ trigger: 'delay 10' });
      page.wait(6);
      show('hidden');
      page.wait(100);
      show('visible');
      page.wait(3);
      assert.deepEqual(page.opened, []);
      page.wait(1);
      assert.deepEqual(page.opened, ['by itself']);
    });
  });

  describe('at a depth', () => {
    it('opens when so much of what can be scrolled has been', async () => {
      put(make('div')).style.height = '5000px';
      const page = open({ trigger: 'scroll 50' });
      const room = document.documentElement.scrollHeight - innerHeight;
      await scrollTo(room * 0.45);
      assert.deepEqual(page.opened, []);
      await scrollTo(room * 0.51);
      assert.deepEqual(page.opened, ['by itself']);
    });

    it('opens at the very end', async () => {
      put(make('div')).style.height = '5000.4px';
      const page = open({ trigger: 'scroll 100' });
      await scrollTo(99_999);
      assert.deepEqual(page.opened, ['by itself']);
    });

    it('counts what came later', async () => {
      put(make('div')).style.height = '2000px';
      const page = open({ trigger: 'scroll 50' });
      const more = put(make('div'));
      more.style.height = '9000px';
      await scrollTo(2000 - innerHeight);
      assert.deepEqual(page.opened, []);
      more.remove();
      await scrollTo(2000 - innerHeight - 1);
      assert.deepEqual(page.opened, ['by itself']);
    });

    it('never opens where nothing can be scrolled', () => {
      const page = open({ trigger: 'scroll 1' });
      document.dispatchEvent(new Event('scroll'));
      page.wait(100);
      assert.isAtMost(document.documentElement.scrollHeight, innerHeight);
      assert.deepEqual(page.opened, []);
    });
  });

  describe('on exit', () => {
    const STAYS: readonly (readonly [string, PointerEventInit])[] = [
      ['goes over another edge', { clientY: 200 }],
      ['is a finger', { pointerType: 'touch' }],
      ['drags something along', { buttons: 1 }],
    ];
    for (const [what, init] of STAYS) {
      it(`does not open when the pointer ${what}`, () => {
        const page = open({ trigger: 'exit' });
        leaveByTop(init);
        assert.deepEqual(page.opened, []);
      });
    }

    it('opens when the pointer leaves by the top', () => {
      const page = open({ trigger: 'exit' });
      leaveByTop();
      assert.deepEqual(page.opened, ['by itself']);
    });
  });

  describe('on a visit', () => {
    it('opens on the second, which is half an hour after the last page of the first', () => {
      const kept: Kept = new Map<string, string>();
      const visits = [0, 0.4, 0.8, 2].map(
        (hours) => open({ trigger: 'visit 2' }, kept, NOON + hours * HOUR).opened.length,
      );
      assert.deepEqual(visits, [0, 0, 0, 1]);
    });

    it('opens where what is remembered may only be looked at later', () => {
      const kept: Kept = new Map<string, string>();
      const page = open({ trigger: 'visit 2' }, kept);
      kept.set('visits', `1 ${NOON - HOUR}`);
      document.body.dispatchEvent(new Event('parley-consent', { bubbles: true, composed: true }));
      assert.deepEqual(page.opened, ['by itself']);
    });
  });

  describe('by tag', () => {
    const meta = (content: string) => make('meta', { name: 'parley:tag', content });

    it('opens by one that the script has', () => {
      assert.deepEqual(open({ trigger: 'tag pricing, suv', tags: 'cars, SUV' }).opened, ['by itself']);
    });

    it('opens by one that the page has', () => {
      put(meta('pricing'), document.head);
      assert.deepEqual(open({ trigger: 'tag pricing' }).opened, ['by itself']);
    });

    it('opens by one that the page gets later, or that changes', async () => {
      const page = open({ trigger: 'tag pricing' });
      const tag = put(meta('home'), document.head);
      await soon();
      assert.deepEqual(page.opened, []);
      tag.content = 'home, pricing';
      await soon();
      assert.deepEqual(page.opened, ['by itself']);
    });

    it('opens by one that the page’s code says', () => {
      const page = open({ trigger: 'tag pricing' });
      page.triggers.setTags(['home', 'cars']);
      assert.deepEqual(page.opened, []);
      page.triggers.setTags('pricing');
      assert.deepEqual(page.opened, ['by itself']);
    });
  });

  describe('again', () => {
    const kept = () => new Map<string, string>();
    /** On three pages: two of one visit, and one of another. */
    const times = (repeat: string | undefined, browser: Kept | undefined) =>
      [0, 0.1, 5].map((hours) => {
        const settings = { trigger: 'exit', ...(repeat !== undefined && { repeat }) };
        const page = open(settings, browser ?? kept(), NOON + hours * HOUR);
        leaveByTop();
        leaveByTop();
        return page.opened.length;
      });

    const REPEATS: readonly (readonly [string | undefined, readonly number[]])[] = [
      [undefined, [1, 0, 0]],
      ['visitor', [1, 0, 0]],
      ['session', [1, 0, 1]],
      ['page', [1, 1, 1]],
    ];
    for (const [repeat, opened] of REPEATS) {
      it(`opens with data-repeat ${repeat ?? 'unset'} so often`, () =>
        assert.deepEqual(times(repeat, kept()), opened));
    }

    it('opens once on each page where nothing may be kept', () =>
      assert.deepEqual(times('visitor', undefined), [1, 1, 1]));

    it('opens by each of several', () => {
      const browser = kept();
      const settings = { trigger: 'exit; delay 5' };
      const first = open(settings, browser);
      leaveByTop();
      first.wait(10);
      const second = open(settings, browser);
      leaveByTop();
      second.wait(10);
      assert.deepEqual([first.opened.length, second.opened.length], [1, 1]);
    });

    it('opens on another path of an application, whose time begins anew', async () => {
      const page = open({ trigger: 'delay 5', repeat: 'page' });
      page.wait(5);
      page.show(false);
      await soon();
      history.pushState(null, '', '?filter=1');
      page.wait(20);
      assert.deepEqual(page.opened, ['by itself'], 'the same path');
      history.pushState(null, '', '/another');
      page.wait(4);
      assert.deepEqual(page.opened, ['by itself']);
      page.wait(1);
      assert.deepEqual(page.opened, ['by itself', 'by itself']);
    });
  });

  describe('leaves alone', () => {
    it('who has the chat open, and who has closed it on this page', async () => {
      const page = open({ trigger: 'exit' });
      page.show(true);
      await soon();
      leaveByTop();
      page.show(false);
      await soon();
      leaveByTop();
      assert.deepEqual(page.opened, []);
    });

    it('who goes on talking from the page before', () => {
      const page = open({ trigger: 'exit' });
      page.isOpen = true;
      leaveByTop();
      assert.deepEqual(page.opened, []);
    });

    const FIELDS: readonly (readonly [string, () => HTMLElement])[] = [
      ['an input', () => make('input')],
      ['a text area', () => make('textarea')],
      ['a list', () => make('select')],
      ['an editor', () => make('div', { contentEditable: 'true' })],
    ];
    for (const [name, field] of FIELDS) {
      it(`who has the focus in ${name}, until it has left`, () => {
        const page = open({ trigger: 'delay 5' });
        const typedInto = put(field());
        typedInto.focus();
        page.wait(60);
        assert.deepEqual(page.opened, []);
        typedInto.blur();
        page.wait(0);
        assert.deepEqual(page.opened, ['by itself']);
      });
    }

    it('who goes from field to field, also within a shadow tree', () => {
      const page = open({ trigger: 'delay 5' });
      const first = put(make('input'));
      const second = make('input');
      put(make('div')).attachShadow({ mode: 'open' }).append(second);
      first.focus();
      page.wait(60);
      second.focus();
      page.wait(60);
      assert.deepEqual(page.opened, []);
      second.blur();
      page.wait(0);
      assert.deepEqual(page.opened, ['by itself']);
    });

    it('who reads a dialog of the page, until it is closed', async () => {
      const page = open({ trigger: 'delay 5' });
      const dialog = put(make('dialog'));
      dialog.showModal();
      page.wait(60);
      assert.deepEqual(page.opened, []);
      const closed = new Promise((resolve) => dialog.addEventListener('close', resolve));
      dialog.close();
      await closed;
      page.wait(0);
      assert.deepEqual(page.opened, ['by itself']);
    });

    it('who looks at another tab, until they are back', () => {
      const page = open({ trigger: 'tag pricing' });
      show('hidden');
      page.triggers.setTags('pricing');
      assert.deepEqual(page.opened, []);
      show('visible');
      assert.deepEqual(page.opened, ['by itself']);
    });

    it('whose browser is to save data', () => {
      const page = open({ trigger: 'exit' });
      Object.defineProperty(navigator, 'connection', { configurable: true, value: { saveData: true } });
      leaveByTop();
      Reflect.deleteProperty(navigator, 'connection');
      assert.deepEqual(page.opened, []);
    });
  });

  describe('has a teaser', () => {
    const TEASER = { teaser: 'Questions? Ask away' };
    /** Once what draws it is there. */
    const tease = async (...[settings, ...given]: Parameters<typeof openPage>) => {
      const page = open({ ...TEASER, ...settings }, ...given);
      await import('../widget/triggers/signs.ts');
      await soon();
      page.wait(5);
      return page;
    };

    it('that is shown after a while', async () => {
      const page = open(TEASER);
      await import('../widget/triggers/signs.ts');
      await soon();
      page.wait(2);
      assert.isNull(page.part('teaser'));
      page.wait(1);
      assert.include(page.part('teaser')?.textContent, TEASER.teaser);
    });

    it('that has triggers of its own', async () => {
      const page = await tease({ teaserTrigger: 'exit' });
      assert.isNull(page.part('teaser'));
      leaveByTop();
      assert.isNotNull(page.part('teaser'));
      assert.deepEqual(page.opened, []);
    });

    it('that is a region with a name, said once on a visit, and takes no focus', async () => {
      const kept: Kept = new Map<string, string>();
      const first = await tease({}, kept);
      assert.equal(first.part('teaser')?.ariaLabel, first.button.ariaLabel);
      assert.isNotNull(first.part('teaser')?.closest('[role=status]'));
      assert.equal(document.activeElement, document.body);
      const second = await tease({}, kept, NOON + 60_000);
      assert.isNotNull(second.part('teaser'));
      assert.isNull(second.part('teaser')?.closest('[role=status]') ?? null);
      const later = await tease({}, kept, NOON + HOUR);
      assert.isNotNull(later.part('teaser')?.closest('[role=status]'));
    });

    it('that opens the chat for the visitor, and has done its work then', async () => {
      const kept: Kept = new Map<string, string>();
      const page = await tease({}, kept);
      page.root.querySelector<HTMLElement>('[part=teaser] button')?.click();
      assert.deepEqual(page.opened, ['by the visitor']);
      assert.isNull(page.part('teaser'));
      assert.isNull((await tease({}, kept, NOON + 100 * HOUR)).part('teaser'));
    });

    it('that is dismissed for good', async () => {
      const kept: Kept = new Map<string, string>();
      const page = await tease({}, kept);
      page.dismiss()?.click();
      page.wait(60);
      assert.isNull(page.part('teaser'));
      assert.deepEqual(page.opened, []);
      assert.isNull((await tease({}, kept, NOON + 100 * HOUR)).part('teaser'));
    });

    it('that Escape dismisses, which gives the focus in it back to the launcher', async () => {
      const page = await tease();
      page.dismiss()?.focus({ focusVisible: true });
      page
        .dismiss()
        ?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, composed: true }));
      assert.isNull(page.part('teaser'));
      assert.equal(page.root.activeElement, page.button);
    });

    it('that goes when the chat opens by itself', async () => {
      const page = await tease({ trigger: 'delay 10' });
      assert.isNotNull(page.part('teaser'));
      page.wait(10);
      await soon();
      assert.deepEqual(page.opened, ['by itself']);
      assert.isNull(page.part('teaser'));
    });

    it('that goes where it turns out later that it was dismissed', async () => {
      const kept: Kept = new Map<string, string>();
      const page = await tease({}, kept);
      kept.set('teaser', '1');
      page.triggers.look();
      assert.isNull(page.part('teaser'));
    });

    for (const [direction, position] of [
      ['ltr', ''],
      ['ltr', 'start'],
      ['rtl', ''],
      ['rtl', 'start'],
    ]) {
      it(`beside the launcher and in sight, ${direction} ${position}`, async () => {
        document.documentElement.dir = direction ?? '';
        const page = open({
          ...TEASER,
          teaser: 'Questions about a fit that is right for you? Ask away, we are here',
        });
        page.host.setAttribute('position', position ?? '');
        await import('../widget/triggers/signs.ts');
        await soon();
        page.wait(5);
        const [teaser, button] = [page.part('teaser'), page.button].map((it) => it?.getBoundingClientRect());
        document.documentElement.dir = '';
        assert.isTrue(teaser && button && (teaser.right < button.left || teaser.left > button.right));
        assert.isAtLeast(teaser?.left ?? -1, 0);
        assert.isAtMost(teaser?.right ?? Infinity, innerWidth);
      });
    }

    const DISMISS: readonly (readonly [string, string])[] = [
      ['en-GB', 'Dismiss'],
      ['ja', '閉じる'],
      ['pt-BR', 'Dispensar'],
      ['es', 'Descartar'],
      ['fr', 'Ignorer'],
      ['de_AT', 'Ausblenden'],
      ['ar', 'إخفاء'],
      ['it', 'Dismiss'],
    ];
    for (const [locale, word] of DISMISS) {
      it(`that says "${word}" in ${locale}`, async () =>
        assert.equal((await tease({ locale })).dismiss()?.ariaLabel, word));
    }

    it('that axe has nothing against', async () => {
      const page = await tease({ badge: '1' });
      await Promise.all(page.root.getAnimations().map(({ finished }) => finished));
      await expect(page.host).to.be.accessible();
    });
  });

  describe('has a badge', () => {
    const NAME = 'Chat: Tarn & Tor';
    const badge = async (...given: Parameters<typeof openPage>) => {
      const page = open(...given);
      await import('../widget/triggers/signs.ts');
      await soon();
      return page;
    };
    const state = (page: Opened) => [page.part('badge')?.textContent, page.button.ariaLabel];

    it('that invites on the first visit, until the chat is opened', async () => {
      const kept: Kept = new Map<string, string>();
      const page = await badge({ badge: '1' }, kept);
      assert.deepEqual(state(page), ['1', `${NAME} (1)`]);
      page.show(true);
      await soon();
      assert.deepEqual(state(page), [undefined, NAME]);
      assert.deepEqual(state(await badge({ badge: '1' }, kept)), [undefined, NAME]);
    });

    it('that does not invite on a later visit', async () => {
      const kept: Kept = new Map<string, string>();
      await badge({ badge: '1' }, kept);
      assert.deepEqual(state(await badge({ badge: '1' }, kept, NOON + HOUR)), [undefined, NAME]);
    });

    it('that is a dot where it has no number', async () =>
      assert.deepEqual(state(await badge({ badge: '' })), ['', `${NAME} (1)`]));

    it('that is none of 0, until something comes', async () => {
      const page = await badge({ badge: '0' });
      assert.deepEqual(state(page), [undefined, NAME]);
      page.triggers.setUnread(2);
      assert.deepEqual(state(page), ['2', `${NAME} (2)`]);
      assert.deepEqual(warned, []);
    });

    for (const text of ['-3', '2.5', 'abc', 'Infinity', '1e400']) {
      it(`that is none of ${text}, and says what would be right`, async () => {
        const page = await badge({ badge: text });
        assert.deepEqual(state(page), [undefined, NAME]);
        assert.deepEqual(warned, [
          `Parley: data-badge "${text}" is unknown. Right would be: 1, 0 for none, or nothing for a dot.`,
        ]);
      });
    }

    it('that counts what came while it was closed', async () => {
      const page = await badge({ badge: '1' });
      page.triggers.setUnread(3);
      assert.deepEqual(state(page), ['3', `${NAME} (3)`]);
      page.triggers.setUnread(120);
      assert.deepEqual(state(page), ['99+', `${NAME} (120)`]);
      page.triggers.setUnread(0);
      assert.deepEqual(state(page), [undefined, NAME]);
    });
  });

  it('leaves no listener, timer, observer or element when it is disconnected', async () => {
    let listeners = 0;
    const observing = new Set<MutationObserver>();
    /* eslint-disable @typescript-eslint/unbound-method -- they are given back */
    const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
    const { observe, disconnect } = MutationObserver.prototype;
    /* eslint-enable @typescript-eslint/unbound-method */
    EventTarget.prototype.addEventListener = function (...given: Parameters<typeof add>) {
      const [, , options] = given;
      // What elements of its own hear goes with them.
      if (!(this instanceof AbortSignal || (this instanceof Element && this !== document.documentElement))) {
        listeners += 1;
        if (typeof options === 'object') options.signal?.addEventListener('abort', () => (listeners -= 1));
      }
      add.apply(this, given);
    };
    EventTarget.prototype.removeEventListener = function (...given: Parameters<typeof remove>) {
      listeners -= 1;
      remove.apply(this, given);
    };
    MutationObserver.prototype.observe = function (...given: Parameters<typeof observe>) {
      observing.add(this);
      observe.apply(this, given);
    };
    MutationObserver.prototype.disconnect = function () {
      observing.delete(this);
      disconnect.apply(this);
    };
    try {
      const page = open({
        trigger: 'delay 10; scroll 50; exit; visit 2; tag pricing',
        teaser: 'Questions?',
        badge: '1',
      });
      await import('../widget/triggers/signs.ts');
      await soon();
      page.wait(5);
      assert.isNotNull(page.part('teaser'));
      assert.isAbove(listeners, 8);
      assert.equal(observing.size, 1);
      assert.equal(page.timers.size, 1);
      assert.equal(page.root.adoptedStyleSheets.length, 2);
      page.triggers.disconnect();
      assert.deepEqual([listeners, observing.size], [0, 0]);
      assert.equal(page.timers.size, 0);
      assert.deepEqual([...page.root.children], [page.button]);
      assert.equal(page.root.adoptedStyleSheets.length, 1);
      assert.equal(page.button.ariaLabel, 'Chat: Tarn & Tor');
      pages = [];
      page.host.remove();
    } finally {
      Object.assign(EventTarget.prototype, { addEventListener: add, removeEventListener: remove });
      Object.assign(MutationObserver.prototype, { observe, disconnect });
    }
  });

  it('draws nothing when it is disconnected before it could', async () => {
    const page = open({ teaser: 'Questions?', badge: '1' });
    page.triggers.disconnect();
    await import('../widget/triggers/signs.ts');
    await soon();
    assert.deepEqual([...page.root.children], [page.button]);
    pages = [];
    page.host.remove();
  });
});
