/** How the chat behaves around the words: what is read aloud when, the pause, the menu, the whole screen of a phone. */
import { assert, fixture, html } from '@open-wc/testing';
import { emulateMedia, sendKeys, setViewport } from '@web/test-runner-commands';
import type { AskNode } from '../../widget/contract/flow.ts';
import type { ParleyChat } from '../../widget/parley-chat.ts';
import { asks, hears, input, inside, nextRelay, open, question, said, type, until } from './chat.ts';
import { FLOW, installFakeRelay, json, receipt, type FakeRelay } from './fake-relay.ts';

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
    // What comes into sight together with its words is not read by all.
    const seen: string[] = [];
    const watching = new MutationObserver(() => seen.push(isRead(chat)));
    watching.observe(chat.shadowRoot as ShadowRoot, { subtree: true, childList: true });
    chat.opened = true;
    await chat.updateComplete;
    assert.strictEqual(isRead(chat), '');
    await until(() => isRead(chat) === 'Thanks, Ada', `Read: ${isRead(chat)}`);
    watching.disconnect();
    assert.deepEqual([...new Set(seen)], ['Thanks, Ada']);
  });

  it('is all that is read then', async () => {
    const chat = await openFloating();
    assert.strictEqual(isRead(chat), 'Hello Your name?');
    chat.opened = false;
    await chat.updateComplete;
    assert.strictEqual(isRead(chat), '');
    chat.opened = true;
    await chat.updateComplete;
    await type(chat, 'first_name', 'Ada');
    const read: string[] = [];
    await until(() => {
      read.push(isRead(chat));
      return isRead(chat) === 'Your e-mail, Ada?';
    });
    assert.deepEqual(new Set(read.filter((each) => each !== '')), new Set(['Your e-mail, Ada?']));
  });
});

describe('what was read aloud', () => {
  afterEach(() => emulateMedia({ reducedMotion: 'no-preference' }));

  for (const reducedMotion of ['no-preference', 'reduce'] as const) {
    it(`is gone a while later, motion: ${reducedMotion}`, async () => {
      await emulateMedia({ reducedMotion });
      const chat = await open();
      const words = inside(chat, '[aria-live] > span') as HTMLElement;
      assert.strictEqual(getComputedStyle(words).visibility, 'visible');
      for (const waiting of words.getAnimations()) waiting.finish();
      assert.strictEqual(getComputedStyle(words).visibility, 'hidden');
    });
  }
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

  it('begins it with its first words, and reads none of the last one’s', async () => {
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    const read: string[] = [];
    const watching = new MutationObserver(() => read.push(isRead(chat)));
    watching.observe(chat.shadowRoot as ShadowRoot, { subtree: true, childList: true });
    await openMenu(chat);
    menu(chat)?.querySelector('button')?.click();
    await asks(chat, 'first_name');
    await until(() => isRead(chat) === 'Hello Your name?', `Read: ${isRead(chat)}`);
    watching.disconnect();
    assert.deepEqual([...new Set(read)], ['Your e-mail, Ada?', 'Hello Your name?']);
    assert.lengthOf(chat.shadowRoot?.querySelectorAll('[aria-live] > span') ?? [], 1);
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

  it('opened by itself takes the focus with the first Tab, and not before', async () => {
    const link = await fixture<HTMLAnchorElement>(html`<a href="#behind">Behind it</a>`);
    const chat = await openFloating();
    await until(() => chat.style.getPropertyValue('--_height'));
    assert.notStrictEqual(document.activeElement, chat);
    link.focus();
    await sendKeys({ press: 'Tab' });
    await until(() => focused(chat) === input(chat));
  });

  it('opened by itself is closed by Escape', async () => {
    const chat = await openFloating();
    await until(() => chat.style.getPropertyValue('--_height'));
    assert.strictEqual(document.activeElement, document.body);
    await sendKeys({ press: 'Escape' });
    await until(() => !chat.opened);
  });

  it('leaves the keys to a dialog that the page has before it', async () => {
    const dialog = await fixture<HTMLDialogElement>(
      html`<dialog><button>Allow</button><button>Refuse</button></dialog>`,
    );
    const chat = await openFloating();
    await until(() => chat.style.getPropertyValue('--_height'));
    dialog.showModal();
    dialog.querySelector('button')?.focus();
    await sendKeys({ press: 'Tab' });
    assert.strictEqual(document.activeElement, dialog.lastElementChild);
    await sendKeys({ press: 'Escape' });
    await until(() => !dialog.open);
    assert.isTrue(chat.opened);
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

describe('a visitor who is in the field', () => {
  const write = async (chat: ParleyChat, text: string) => {
    input(chat)?.focus();
    await sendKeys({ type: text });
  };

  it('stays in the chat when another tab answers', async () => {
    const relayUrl = nextRelay();
    const chat = await open(relayUrl);
    const elsewhere = await open(relayUrl);
    await write(chat, 'Gr');
    (input(elsewhere) as HTMLInputElement).value = 'Ada';
    (question(elsewhere) as HTMLFormElement).requestSubmit();
    await asks(chat, 'email');
    await until(() => focused(chat) === input(chat), 'the next field has no focus');
  });

  it('stays in the chat, and keeps what they wrote, when the page begins anew', async () => {
    const chat = await open();
    await write(chat, 'Ad');
    const begun = input(chat);
    chat.restart();
    await sendKeys({ type: 'a' });
    await type(chat, 'first_name', '');
    await asks(chat, 'email');
    assert.include(said(chat), 'Ada');
    assert.isFalse(begun?.isConnected);
    await until(() => focused(chat) === input(chat));
    chat.restart();
    await asks(chat, 'first_name');
    await until(() => focused(chat) === input(chat), 'the first field has no focus');
  });

  it('goes on with what they wrote when they have been back at an earlier answer', async () => {
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    await write(chat, 'ada@exam');
    inside(chat, 'li .quiet')?.click();
    await asks(chat, 'first_name');
    const keep = () => [...(question(chat)?.querySelectorAll<HTMLElement>('.quiet') ?? [])][0];
    await until(keep);
    keep()?.click();
    await asks(chat, 'email');
    assert.strictEqual(input(chat)?.value, 'ada@exam');
    await until(() => focused(chat) === input(chat));
    await sendKeys({ type: 'ple.com' });
    assert.strictEqual(input(chat)?.value, 'ada@example.com');
  });

  it('has it still when they have mended that answer', async () => {
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    await write(chat, 'ada@exam');
    inside(chat, 'li .quiet')?.click();
    await type(chat, 'first_name', 'Grace');
    await asks(chat, 'email');
    assert.include(said(chat), 'Your e-mail, Grace?');
    assert.strictEqual(input(chat)?.value, 'ada@exam');
  });

  it('finds an empty field where a question is put again that they have answered', async () => {
    relay.flow = async () =>
      json({ ...FLOW, nodes: { ...FLOW.nodes, name: { ...FLOW.nodes['name'], next: 'name' } } });
    const chat = await open();
    const answered = input(chat);
    await type(chat, 'first_name', 'Ada');
    await until(() => input(chat) !== answered && input(chat)?.value === '', 'the field is not empty');
    await until(() => focused(chat) === input(chat));
  });
});

describe('from right to left', () => {
  const isLeftToRight = (chat: ParleyChat) => {
    const { direction, textAlign } = getComputedStyle(input(chat) as HTMLInputElement);
    assert.deepEqual([direction, textAlign], ['ltr', 'right']);
  };

  it('numbers and addresses are not turned round, and begin on the side of the language', async () => {
    const { name, email } = FLOW.nodes;
    const phone = {
      ...email,
      field: 'phone',
      input: 'phone',
      country: 'GB',
      next: 'email',
    } as AskNode<string>;
    const number = { ...name, input: 'number', min: -50, next: 'phone' } as AskNode<string>;
    const nodes = { ...FLOW.nodes, name: number, phone };
    relay.flow = async () => json({ ...FLOW, locale: 'ar', nodes });
    const chat = await fixture<ParleyChat>(
      html`<parley-chat flow="welcome" relay=${nextRelay()} locale="ar"></parley-chat>`,
    );
    await asks(chat, 'first_name');
    isLeftToRight(chat);
    await type(chat, 'first_name', '-5');
    await asks(chat, 'phone');
    isLeftToRight(chat);
    await type(chat, 'phone', '07911 123456');
    await asks(chat, 'email');
    isLeftToRight(chat);
  });

  it('words are as they were', async () => {
    relay.flow = async () => json({ ...FLOW, locale: 'ar' });
    const chat = await fixture<ParleyChat>(
      html`<parley-chat flow="welcome" relay=${nextRelay()} locale="ar"></parley-chat>`,
    );
    await asks(chat, 'first_name');
    assert.strictEqual(getComputedStyle(input(chat) as HTMLInputElement).direction, 'rtl');
  });
});
