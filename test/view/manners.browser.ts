/** How the chat behaves around the words: what is read aloud when, the pause, the menu, the whole screen of a phone. */
import { assert, fixture, html } from '@open-wc/testing';
import { emulateMedia, sendKeys, setViewport } from '@web/test-runner-commands';
import type { ParleyChat } from '../../widget/parley-chat.ts';
import { asks, hears, input, inside, nextRelay, open, question, type, until } from './chat.ts';
import { installFakeRelay, receipt, type FakeRelay } from './fake-relay.ts';

let relay: FakeRelay;
beforeEach(() => {
  relay = installFakeRelay();
});
afterEach(() => relay.uninstall());

const isRead = (chat: ParleyChat) => inside(chat, '[aria-live]')?.textContent.trim() ?? '';
const transcriptOf = (chat: ParleyChat) => inside(chat, '.transcript');
const menu = (chat: ParleyChat) => inside(chat, '.menu');

/** In whichever shadow tree. */
const focused = (chat: ParleyChat): Element | null | undefined => {
  return chat.shadowRoot?.activeElement;
};

async function openFloating(): Promise<ParleyChat> {
  const chat = await fixture<ParleyChat>(
    html`<parley-chat flow="welcome" relay=${nextRelay()} name="Tarn & Tor" floating opened></parley-chat>`,
  );
  await asks(chat, 'first_name');
  return chat;
}

async function openMenu(chat: ParleyChat): Promise<void> {
  inside(chat, '.more')?.click();
  await until(() => menu(chat), 'The menu did not open');
}

describe('what came while the chat was closed', () => {
  it('is read aloud when it is opened again', async () => {
    let answer: (response: Response) => void = () => undefined;
    relay.submission = () => new Promise((resolve) => (answer = resolve));
    const chat = await openFloating();
    await type(chat, 'first_name', 'Ada');
    await type(chat, 'email', 'ada@example.com');
    await until(() => relay.submitted.length > 0);
    chat.opened = false;
    await chat.updateComplete;
    answer(receipt(relay.submitted[0] ?? ''));
    await hears(chat, 'Thanks, Ada');
    assert.notInclude(isRead(chat), 'Thanks');
    chat.opened = true;
    await until(() => isRead(chat) === 'Thanks, Ada', `Read: ${isRead(chat)}`);
  });
});

describe('the pause before an answer', () => {
  const delays = (chat: ParleyChat) =>
    [...(transcriptOf(chat)?.querySelectorAll('.brand .words') ?? [])].map((words) =>
      words.getAnimations().map(({ effect }) => effect?.getTiming().delay),
    );

  afterEach(() => emulateMedia({ reducedMotion: 'no-preference' }));

  it('is there once the visitor has said something, and only seen', async function () {
    // A browser that cannot be told while it runs may be one of a visitor who wants less motion.
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) this.skip();
    const chat = await open();
    assert.notInclude(delays(chat).flat(), 450);
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    assert.include(delays(chat).flat(), 450);
    assert.include(isRead(chat), 'Your e-mail, Ada?');
  });

  it('is not there for who wants less motion', async () => {
    await emulateMedia({ reducedMotion: 'reduce' });
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    assert.deepEqual(delays(chat).flat(), []);
  });
});

describe('the menu', () => {
  it('is closed by Escape, which leaves the chat open, and gives the focus back', async () => {
    const chat = await openFloating();
    await openMenu(chat);
    menu(chat)?.querySelector('button')?.focus();
    await sendKeys({ press: 'Escape' });
    await until(() => !menu(chat));
    assert.isTrue(chat.opened);
    await until(() => focused(chat)?.matches('.more'));
  });

  it('is closed when the visitor goes on', async () => {
    const chat = await openFloating();
    await openMenu(chat);
    menu(chat)?.querySelector('button')?.focus();
    input(chat)?.focus();
    await until(() => !menu(chat));
  });

  it('begins a new conversation', async () => {
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    await openMenu(chat);
    menu(chat)?.querySelector('button')?.click();
    await asks(chat, 'first_name');
    assert.isNull(menu(chat));
  });

  it('copies what was said, and says whether it could', async () => {
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    const copied: string[] = [];
    const { clipboard } = navigator;
    const stand = {
      writeText(text: string) {
        if (copied.length > 0) return Promise.reject(new DOMException('', 'NotAllowedError'));
        copied.push(text);
        return Promise.resolve();
      },
    };
    Object.defineProperty(navigator, 'clipboard', { configurable: true, value: stand });
    try {
      await openMenu(chat);
      const copy = menu(chat)?.querySelectorAll('button')[1];
      copy?.click();
      await until(() => menu(chat)?.textContent.includes('Copied.'));
      assert.deepEqual(copied, [
        'Tarn & Tor: Hello\nTarn & Tor: Your name?\nYou said: Ada\nTarn & Tor: Your e-mail, Ada?',
      ]);
      copy?.click();
      await until(() => menu(chat)?.textContent.includes('didn’t let us copy'));
    } finally {
      Object.defineProperty(navigator, 'clipboard', { configurable: true, value: clipboard });
    }
  });
});

describe('a network that is gone', () => {
  it('is told of, and no longer when it is back', async () => {
    const chat = await open();
    const note = () => inside(chat, '.waiting')?.textContent ?? '';
    const setOnline = (isOnline: boolean) => {
      Object.defineProperty(navigator, 'onLine', { configurable: true, value: isOnline });
      dispatchEvent(new Event(isOnline ? 'online' : 'offline'));
    };
    try {
      setOnline(false);
      await until(() => note().includes('offline'));
      setOnline(true);
      await until(() => note() === '');
    } finally {
      Reflect.deleteProperty(navigator, 'onLine');
    }
  });
});

describe('on a phone', () => {
  beforeEach(() => setViewport({ width: 390, height: 844 }));
  afterEach(() => setViewport({ width: 800, height: 600 }));

  it('keeps the keyboard’s focus within, both ways', async () => {
    const chat = await openFloating();
    await until(() => inside(chat, '[aria-modal=true]'));
    const send = () => question(chat)?.querySelector<HTMLElement>('.send');
    // What keeps it is fetched when the chat is opened.
    await until(() => chat.style.getPropertyValue('--_height'));
    send()?.focus();
    await sendKeys({ press: 'Tab' });
    await until(() => focused(chat)?.matches('.more'));
    await sendKeys({ down: 'Shift' });
    await sendKeys({ press: 'Tab' });
    await sendKeys({ up: 'Shift' });
    await until(() => focused(chat)?.matches('.send'));
    chat.opened = false;
    await until(() => !chat.style.getPropertyValue('--_height'));
  });

  it('stays above the keyboard', async () => {
    const keyboard = Object.assign(new EventTarget(), { height: 844, offsetTop: 0, scale: 1 });
    const { visualViewport } = window;
    Object.defineProperty(window, 'visualViewport', { configurable: true, value: keyboard });
    try {
      const chat = await openFloating();
      await until(() => chat.style.getPropertyValue('--_height') === '844px');
      Object.assign(keyboard, { height: 420, offsetTop: 30 });
      keyboard.dispatchEvent(new Event('resize'));
      const { top, height } = chat.getBoundingClientRect();
      assert.deepEqual([top, height], [30, 420]);
      const field = input(chat)?.getBoundingClientRect();
      assert.isAtMost(field?.bottom ?? Infinity, 450);
      chat.remove();
      assert.strictEqual(chat.getAttribute('style') ?? '', '');
    } finally {
      Object.defineProperty(window, 'visualViewport', { configurable: true, value: visualViewport });
    }
  });

  it('is a window again on a larger screen', async () => {
    const chat = await openFloating();
    await until(() => chat.style.getPropertyValue('--_height'));
    await setViewport({ width: 800, height: 600 });
    await until(() => !inside(chat, '[aria-modal=true]') && !chat.style.getPropertyValue('--_height'));
    assert.strictEqual(chat.getBoundingClientRect().width, 384);
  });
});

describe('the theme', () => {
  for (const [theme, scheme] of [
    ['', 'light dark'],
    ['light', 'light'],
    ['dark', 'dark'],
  ] as const) {
    it(`"${theme}" is ${scheme}`, async () => {
      const chat = await open();
      chat.theme = theme;
      await chat.updateComplete;
      const section = inside(chat, 'section') as HTMLElement;
      assert.strictEqual(getComputedStyle(section).colorScheme, scheme);
    });
  }
});
