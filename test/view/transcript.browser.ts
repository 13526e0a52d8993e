import { assert, expect } from '@open-wc/testing';
import { emulateMedia, sendKeys } from '@web/test-runner-commands';
import type { AskNode, PublishedFlow } from '../../widget/contract/flow.ts';
import type { ParleyHandoffEvent } from '../../widget/events.ts';
import type { ParleyChat } from '../../widget/parley-chat.ts';
import { asks, hears, input, inside, open, question, said, type, until } from './chat.ts';
import { FLOW, installFakeRelay, json, type FakeRelay } from './fake-relay.ts';

const PICTURE = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"/>')}`;

let relay: FakeRelay;

beforeEach(() => {
  relay = installFakeRelay();
});
afterEach(() => relay.uninstall());

const transcript = (chat: ParleyChat) => inside(chat, '.transcript');

const all = (chat: ParleyChat, selector: string) => [
  ...(transcript(chat)?.querySelectorAll<HTMLElement>(selector) ?? []),
];

/** A conversation that begins with these nodes and then asks for a name. */
async function hear(start: PublishedFlow['nodes'][string]): Promise<ParleyChat> {
  const nodes = { ...FLOW.nodes, hello: start };
  relay.flow = async () => json({ ...FLOW, nodes });
  return open();
}

const say = (text: string) => hear({ type: 'message', bubbles: [{ text }], next: 'name' });

const OFFERS = [
  { text: 'Call us', phone: '+441632960000' },
  { text: 'Our shops', link: 'https://example.com/shops' },
  { text: 'Chat with us', event: 'open-live-chat' },
] as const;

const offer = () => hear({ type: 'handoff', text: 'Or talk to us:', offers: OFFERS, next: 'name' });

describe('the transcript', () => {
  it('shows emphasis, links and line breaks', async () => {
    const chat = await say('**Hello** *there*,\nsee [our *tents*](https://example.com/tents).');
    const words = all(chat, '.words')[0] as HTMLElement;
    assert.strictEqual(words.textContent, 'Hello there,\nsee our tents.');
    assert.strictEqual(words.querySelector('strong')?.textContent, 'Hello');
    assert.strictEqual(words.querySelector('em')?.textContent, 'there');
    assert.strictEqual(words.querySelector('a em')?.textContent, 'tents');
    assert.strictEqual(getComputedStyle(words).whiteSpace, 'pre-line');
  });

  const LINKS: [href: string, target: string, rel: string][] = [
    ['https://example.com/', '_blank', 'noopener noreferrer'],
    ['/tents', '', ''],
    [`${location.origin}/tents`, '', ''],
    ['//example.com/', '_blank', 'noopener noreferrer'],
    ['mailto:hello@example.com', '', ''],
    ['tel:+441632960000', '', ''],
  ];
  for (const [href, target, rel] of LINKS) {
    it(`opens ${href} ${target ? 'in a tab of its own' : 'here'}`, async () => {
      const link = all(await say(`[a](${href})`), 'a')[0] as HTMLAnchorElement;
      assert.deepEqual([link.getAttribute('href'), link.target, link.rel], [href, target, rel]);
    });
  }

  it('makes no link of what is not safe, and no HTML of anything', async () => {
    const text = '[a](javascript:alert(1)) <b>b</b> <img src=x onerror=alert(1)>';
    const chat = await say(text);
    assert.deepEqual(said(chat), [text, 'Your name?']);
    assert.lengthOf(all(chat, 'a, b, img'), 0);
  });

  for (const href of ['https://[', 'http://[', 'https://a:b']) {
    it(`makes no link of what is no address: ${href}`, async () => {
      const chat = await say(`[our tents](${href})`);
      assert.deepEqual(said(chat), ['our tents', 'Your name?']);
      assert.lengthOf(all(chat, 'a'), 0);
    });
  }

  it('goes on when an answer makes a link no address', async () => {
    const nodes = {
      ...FLOW.nodes,
      email: { ...FLOW.nodes['email'], text: '[See](https://{{answers.first_name}})' } as AskNode<string>,
    };
    relay.flow = async () => json({ ...FLOW, nodes });
    const chat = await open();
    await type(chat, 'first_name', '[');
    await hears(chat, 'See');
    assert.lengthOf(all(chat, 'a'), 0);
  });

  it('takes no answer for markup', async () => {
    const chat = await open();
    await type(chat, 'first_name', '**Ada** [x](https://example.com) <b>');
    await hears(chat, 'Your e-mail, **Ada** [x](https://example.com) <b>?');
    assert.lengthOf(all(chat, 'strong, a, b'), 0);
  });

  it('keeps the room for a picture before it comes', async () => {
    const image = { image: PICTURE, alt: 'A tent at a tarn', width: 640, height: 320 };
    const chat = await hear({ type: 'message', bubbles: [{ text: 'Look' }, image], next: 'name' });
    const picture = all(chat, 'img')[0] as HTMLImageElement;
    assert.strictEqual(picture.alt, 'A tent at a tarn');
    assert.deepEqual([picture.loading, picture.decoding], ['lazy', 'async']);
    const { width, height } = picture.getBoundingClientRect();
    assert.approximately(width / height, 2, 0.05);
    assert.isAtMost(width, chat.getBoundingClientRect().width);
    assert.include(inside(chat, '[aria-live]')?.textContent, 'Look A tent at a tarn Your name?');
  });

  it('lets no picture take all the room', async () => {
    const image = { image: PICTURE, alt: 'A pole', width: 100, height: 2000 };
    const chat = await hear({ type: 'message', bubbles: [image], next: 'name' });
    assert.isAtMost(all(chat, 'img')[0]?.getBoundingClientRect().height ?? Infinity, 320);
  });

  it('offers someone else by link, by telephone and by an event of the page', async () => {
    const chat = await offer();
    assert.deepEqual(
      all(chat, '.offers a').map((link) => [link.textContent, link.getAttribute('href')]),
      [
        ['Call us', 'tel:+441632960000'],
        ['Our shops', 'https://example.com/shops'],
      ],
    );
    const heard = new Promise<ParleyHandoffEvent>((resolve) =>
      chat.addEventListener('parley-handoff', resolve, { once: true }),
    );
    all(chat, '.offers button')[0]?.click();
    const event = await heard;
    assert.deepEqual([event.name, event.node, event.target], ['open-live-chat', 'hello', chat]);
  });

  for (const scheme of ['light', 'dark'] as const) {
    it(`is accessible in the ${scheme}: emphasis, offers, and answers that can be changed`, async () => {
      document.documentElement.style.colorScheme = 'light dark';
      await emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      const chat = await offer();
      chat.theme = scheme;
      await type(chat, 'first_name', 'Ada');
      await asks(chat, 'email');
      all(chat, 'button.quiet')[0]?.focus();
      await expect(chat).to.be.accessible();
      document.documentElement.style.colorScheme = '';
      await emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' });
    });
  }

  it('goes back to an earlier question, and on from there with the answers that still stand', async () => {
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await type(chat, 'email', 'ada@example.com');
    await hears(chat, 'Thanks, Ada');
    const first = all(chat, 'button.quiet')[0] as HTMLButtonElement;
    assert.strictEqual(first.ariaLabel, 'Change your answer to: Your name?');
    first.click();
    await asks(chat, 'first_name');
    assert.strictEqual(input(chat)?.value, 'Ada');
    await until(() => chat.shadowRoot?.activeElement?.matches('.question *'), 'no focus');
    input(chat)?.select();
    await type(chat, 'first_name', 'Eve');
    await hears(chat, 'Thanks, Eve');
    assert.lengthOf(new Set(relay.submitted), 2);
  });

  it('lets the visitor leave it at an answer that they went back to', async () => {
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    all(chat, 'button.quiet')[0]?.click();
    await asks(chat, 'first_name');
    const keep = () =>
      [...(question(chat)?.querySelectorAll<HTMLElement>('.quiet') ?? [])].find(
        ({ textContent }) => textContent.trim() === 'Keep it',
      );
    await until(keep, 'there is nothing to keep it by');
    input(chat)?.focus();
    input(chat)?.select();
    await sendKeys({ type: 'Eve' });
    keep()?.click();
    await asks(chat, 'email');
    assert.deepEqual(said(chat), ['Hello', 'Your name?', 'Ada', 'Your e-mail, Ada?']);
    assert.isUndefined(keep());
  });

  it('reads out only the question while an answer is corrected, and then only what is new', async () => {
    const tip = { type: 'message', bubbles: [{ text: 'A tip' }], next: 'email' } as const;
    const nodes = { ...FLOW.nodes, name: { ...FLOW.nodes['name'], next: 'tip' } as AskNode<string>, tip };
    relay.flow = async () => json({ ...FLOW, nodes });
    const chat = await open();
    const news = () => inside(chat, '[aria-live]')?.textContent;
    await type(chat, 'first_name', 'Ada');
    await until(() => news() === 'A tip Your e-mail, Ada?');
    all(chat, 'button.quiet')[0]?.click();
    await asks(chat, 'first_name');
    assert.strictEqual(news(), 'Your name?');
    await until(() => chat.shadowRoot?.activeElement?.matches('.question *'), 'no focus');
    await type(chat, 'first_name', 'Eve');
    await asks(chat, 'email');
    assert.strictEqual(news(), 'Your e-mail, Eve?');
    assert.include(said(chat), 'A tip');
  });

  it('says in which language each side speaks', async () => {
    relay.flow = async () => json({ ...FLOW, locale: 'de' });
    const chat = await open();
    const langOf = (selector: string) => inside(chat, selector)?.lang;
    assert.deepEqual(['section', '.transcript', '.question', '[aria-live]'].map(langOf), [
      'en',
      'de',
      'de',
      'de',
    ]);
    assert.strictEqual(all(chat, 'li .hidden')[0]?.lang, 'en');
  });

  it('offers no way back while a verdict is awaited', async () => {
    relay.submission = () => new Promise(() => undefined);
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await type(chat, 'email', 'ada@example.com');
    await until(() => relay.submitted.length > 0);
    await until(() => all(chat, 'button.quiet').length === 0, 'an answer can be changed');
  });

  const SIDES: [lang: string, direction: 'ltr' | 'rtl', isMirrored: boolean][] = [
    ['ar', 'rtl', true],
    ['ar', 'ltr', true],
    ['en', 'rtl', false],
  ];
  for (const [lang, direction, isMirrored] of SIDES) {
    it(`is ${isMirrored ? '' : 'not '}mirrored in ${lang}, on a page that is written ${direction}`, async () => {
      const { documentElement: page } = document;
      const { lang: before } = page;
      page.lang = lang;
      page.dir = direction;
      try {
        const chat = await offer();
        await type(chat, 'first_name', 'Ada');
        await asks(chat, 'email');
        const { left, right } = chat.getBoundingClientRect();
        const [brand, visitor] = ['.brand .words', '.visitor .words'].map((side) =>
          all(chat, side)[0]?.getBoundingClientRect(),
        );
        const gaps = isMirrored
          ? [right - (brand?.right ?? 0), (visitor?.left ?? 0) - left]
          : [(brand?.left ?? 0) - left, right - (visitor?.right ?? 0)];
        for (const gap of gaps) assert.isBelow(Math.abs(gap), 20);
        const field = input(chat) as HTMLInputElement;
        // An address is written from left to right, and begins on the side of the language.
        assert.strictEqual(getComputedStyle(field).textAlign, isMirrored ? 'right' : 'start');
      } finally {
        page.lang = before;
        page.dir = '';
      }
    });
  }

  it('does not move when the way back comes into view', async () => {
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    const places = () =>
      all(chat, '.words').map((words) => words.getBoundingClientRect().toJSON() as DOMRect);
    const before = places();
    all(chat, 'button.quiet')[0]?.focus();
    assert.deepEqual(places(), before);
  });
});
