import { assert, expect, fixture, html, oneEvent } from '@open-wc/testing';
import { emulateMedia, sendKeys, setViewport } from '@web/test-runner-commands';
import type { AskNode } from '../../widget/contract/flow.ts';
import type { ParleyOutcomeEvent } from '../../widget/events.ts';
import type { ParleyChat } from '../../widget/parley-chat.ts';
import { asks, hears, input, inside, nextRelay, open, problem, question, said, type, until } from './chat.ts';
import { FLOW, installFakeRelay, json, receipt, type FakeRelay } from './fake-relay.ts';

let relay: FakeRelay;

async function talkToTheEnd(chat: ParleyChat): Promise<void> {
  await type(chat, 'first_name', 'Ada');
  await type(chat, 'email', 'ada@example.com');
}

beforeEach(() => {
  relay = installFakeRelay();
});
afterEach(() => relay.uninstall());

describe('<parley-chat>', () => {
  /** States that a visitor can meet, each with how it is reached. */
  const states: [name: string, reach: () => Promise<ParleyChat>][] = [
    ['a question', () => open()],
    [
      'a refused answer',
      async () => {
        const chat = await open();
        await type(chat, 'first_name', 'Ada');
        await type(chat, 'email', 'nope');
        await until(() => problem(chat) !== '');
        return chat;
      },
    ],
    [
      'waiting for the verdict',
      async () => {
        relay.submission = () => new Promise(() => undefined);
        const chat = await open();
        await talkToTheEnd(chat);
        await until(() => relay.submitted.length > 0);
        return chat;
      },
    ],
    [
      'something kept for later',
      async () => {
        relay.submission = async () => json({}, 503, { 'retry-after': '60' });
        const chat = await open();
        await talkToTheEnd(chat);
        await until(() => inside(chat, '.waiting')?.textContent);
        return chat;
      },
    ],
    [
      'the end',
      async () => {
        const chat = await open();
        await talkToTheEnd(chat);
        await hears(chat, 'Thanks, Ada');
        return chat;
      },
    ],
    [
      'a relay that cannot be reached',
      async () => {
        relay.flow = () => Promise.reject(new TypeError('Failed to fetch'));
        const chat = await fixture<ParleyChat>(
          html`<parley-chat flow="welcome" relay=${nextRelay()} name="Tarn & Tor"></parley-chat>`,
        );
        await until(() => inside(chat, '.notice'));
        return chat;
      },
    ],
  ];
  for (const scheme of ['light', 'dark'] as const) {
    for (const [name, reach] of states) {
      it(`is accessible in the ${scheme}: ${name}`, async () => {
        document.documentElement.style.colorScheme = 'light dark';
        await emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
        const chat = await reach();
        chat.theme = scheme;
        await chat.updateComplete;
        await expect(chat).to.be.accessible();
        document.documentElement.style.colorScheme = '';
        await emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' });
      });
    }
  }

  it('shows what is said, each side under its own name for screen readers', async () => {
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    assert.deepEqual(said(chat), ['Hello', 'Your name?', 'Ada', 'Your e-mail, Ada?']);
    const speakers = chat.shadowRoot?.querySelectorAll('.transcript .hidden');
    assert.deepEqual(
      [...(speakers ?? [])].map((speaker) => speaker.textContent),
      ['They said:', 'They said:', 'You said:', 'They said:'],
    );
  });

  it('asks each thing with the input that fits, labelled by the question', async () => {
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    assert.strictEqual(input(chat)?.type, 'email');
    assert.strictEqual(input(chat)?.autocomplete, 'email');
    assert.strictEqual(input(chat)?.labels?.[0]?.textContent, 'Your e-mail, Ada?');
  });

  it('keeps the focus at the question from one answer to the next', async () => {
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    await until(() => chat.shadowRoot?.activeElement === input(chat), 'the e-mail field has no focus');
    assert.strictEqual(input(chat)?.value, '');
  });

  it('takes no focus by itself', async () => {
    const button = await fixture<HTMLButtonElement>(html`<button>elsewhere</button>`);
    button.focus();
    await open();
    assert.strictEqual(document.activeElement, button);
  });

  it('says beside the field what is wrong, and leaves the answer to be mended', async () => {
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await type(chat, 'email', 'nope');
    await until(() => problem(chat).includes('name@example.com'));
    assert.strictEqual(input(chat)?.value, 'nope');
    assert.strictEqual(input(chat)?.getAttribute('aria-invalid'), 'true');
    assert.strictEqual(input(chat)?.getAttribute('aria-describedby'), 'problem');
    assert.deepEqual(relay.submitted, []);
  });

  it('reads out what is new, and not what was read before', async () => {
    const chat = await open();
    const news = () => inside(chat, '[aria-live]')?.textContent.trim();
    assert.strictEqual(news(), 'Hello Your name?');
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    assert.strictEqual(news(), 'Your e-mail, Ada?');
  });

  it('submits once, shows the branch, and tells the page of the outcome', async () => {
    const chat = await open();
    const outcome = new Promise<ParleyOutcomeEvent>((resolve) =>
      chat.addEventListener('parley-outcome', resolve, { once: true }),
    );
    await talkToTheEnd(chat);
    await hears(chat, 'Thanks, Ada');
    const { submission, outcome: word } = await outcome;
    assert.strictEqual(word, 'success');
    assert.deepEqual(relay.submitted, [submission]);
  });

  it('goes on after a reload where it was, and asks nothing twice', async () => {
    const relayUrl = nextRelay();
    const first = await open(relayUrl);
    await type(first, 'first_name', 'Ada');
    await asks(first, 'email');
    first.remove();
    const second = await fixture<ParleyChat>(
      html`<parley-chat flow="welcome" relay=${relayUrl} name="Tarn & Tor"></parley-chat>`,
    );
    await asks(second, 'email');
    assert.deepEqual(said(second), ['Hello', 'Your name?', 'Ada', 'Your e-mail, Ada?']);
  });

  it('goes on in a second tab with what is said in the first, with one submission', async () => {
    const relayUrl = nextRelay();
    const first = await open(relayUrl);
    const second = await open(relayUrl);
    await type(first, 'first_name', 'Ada');
    await asks(second, 'email');
    assert.include(said(second), 'Ada');
    await type(first, 'email', 'ada@example.com');
    await hears(first, 'Thanks, Ada');
    await hears(second, 'Thanks, Ada');
    assert.lengthOf(relay.submitted, 1);
  });

  it('takes one of two answers that are given in two tabs at once', async () => {
    const relayUrl = nextRelay();
    const tabs = [await open(relayUrl), await open(relayUrl)];
    for (const [index, name] of ['Ada', 'Eve'].entries()) {
      const tab = tabs[index] as ParleyChat;
      (input(tab) as HTMLInputElement).value = name;
      (question(tab) as HTMLFormElement).requestSubmit();
    }
    await Promise.all(tabs.map((tab) => asks(tab, 'email')));
    const [first, second] = tabs.map(said);
    assert.deepEqual(first, second);
    assert.lengthOf(first ?? [], 4);
  });

  it('sends what outlives the page, and says when', async () => {
    const before = Date.now();
    const chat = await open();
    await talkToTheEnd(chat);
    await hears(chat, 'Thanks, Ada');
    const [request] = relay.requests;
    assert.isTrue(request?.keepalive);
    assert.isAtLeast(Date.parse(request.sent ?? ''), before);
  });

  it('goes on with what another tab has said while this one was opening', async () => {
    const relayUrl = nextRelay();
    let letGo: (() => void) | undefined;
    relay.flow = () => new Promise((resolve) => (letGo = () => resolve(json(FLOW))));
    const slow = await fixture<ParleyChat>(
      html`<parley-chat flow="welcome" relay=${relayUrl}></parley-chat>`,
    );
    await until(() => letGo);
    relay.flow = async () => json(FLOW);
    const quick = await open(relayUrl);
    await type(quick, 'first_name', 'Ada');
    await asks(quick, 'email');
    letGo?.();
    await asks(slow, 'email');
    assert.include(said(slow), 'Ada');
    await type(quick, 'email', 'ada@example.com');
    await hears(quick, 'Thanks, Ada');
  });

  it('leaves the focus where the visitor has gone while a verdict was awaited', async () => {
    let answerLate: (() => void) | undefined;
    relay.submission = (id) => new Promise((resolve) => (answerLate = () => resolve(receipt(id))));
    const search = await fixture<HTMLInputElement>(html`<input aria-label="Search" />`);
    const chat = await open();
    await talkToTheEnd(chat);
    await until(() => answerLate);
    search.focus();
    answerLate?.();
    await hears(chat, 'Thanks, Ada');
    await chat.updateComplete;
    assert.strictEqual(document.activeElement, search);
  });

  it('goes on by itself when the relay does not answer in time', async () => {
    relay.deadline = 1;
    relay.submission = () => new Promise(() => undefined);
    const chat = await open();
    await talkToTheEnd(chat);
    await hears(chat, 'Thanks, Ada');
  });

  it('says of a half-typed date that it is no whole date', async () => {
    relay.flow = async () =>
      json({
        ...FLOW,
        nodes: {
          ...FLOW.nodes,
          name: { type: 'ask', field: 'first_name', input: 'date', text: 'When?', next: 'save' },
        },
      });
    const chat = await open();
    await type(chat, 'first_name', '12');
    await until(() => problem(chat).includes('whole date'));
  });

  it('keeps the visitor’s place in what was said when nothing new is said', async () => {
    const chat = await open();
    chat.style.height = '200px';
    const transcript = inside(chat, '.transcript') as HTMLElement;
    transcript.scrollTop = -20;
    const place = transcript.scrollTop;
    assert.isBelow(place, 0);
    chat.requestUpdate();
    await chat.updateComplete;
    assert.strictEqual(transcript.scrollTop, place);
  });

  it('begins when a framework sets the flow after the element is on the page, and again with another flow', async () => {
    const chat = await fixture<ParleyChat>(html`<parley-chat relay=${nextRelay()}></parley-chat>`);
    assert.deepEqual(said(chat), []);
    chat.flow = 'welcome';
    await asks(chat, 'first_name');
    relay.flow = async () => json({ ...FLOW, id: 'other', start: 'thanks' });
    chat.flow = 'other';
    await hears(chat, 'Thanks, ');
    assert.deepEqual(said(chat), ['Thanks, ']);
  });

  it('goes on when it is moved on the page, also while it awaits a verdict', async () => {
    let answerLate: (() => void) | undefined;
    relay.submission = (id) => new Promise((resolve) => (answerLate = () => resolve(receipt(id))));
    const chat = await open();
    await talkToTheEnd(chat);
    await until(() => answerLate);
    const elsewhere = await fixture(html`<div></div>`);
    elsewhere.append(chat);
    answerLate?.();
    await hears(chat, 'Thanks, Ada');
    assert.lengthOf(new Set(relay.submitted), 1);
  });

  it('goes on under a newer flow with the answers given, and says so', async () => {
    const relayUrl = nextRelay();
    const first = await open(relayUrl);
    await type(first, 'first_name', 'Ada');
    await asks(first, 'email');
    first.remove();
    const city: AskNode<string> = { type: 'ask', field: 'city', input: 'text', text: 'Where?', next: 'save' };
    const { email: _, name, ...nodes } = FLOW.nodes;
    const changed = { ...nodes, name: { ...name, next: 'city' }, city };
    relay.flow = async () => json({ ...FLOW, revision: 'r2', nodes: changed });
    const second = await fixture<ParleyChat>(
      html`<parley-chat flow="welcome" relay=${relayUrl}></parley-chat>`,
    );
    await asks(second, 'city');
    assert.deepEqual(said(second), ['Hello', 'Your name?', 'Ada', 'Where?']);
    const notice = second.shadowRoot?.querySelector('.told');
    assert.include(notice?.textContent, 'has changed');
  });

  it('asks again for a refused value and then goes on', async () => {
    relay.submission = async (id) => receipt(id, { outcome: 'invalid', next: 'email', field: 'email' });
    const chat = await open();
    await talkToTheEnd(chat);
    await until(() => problem(chat).startsWith('That wasn’t accepted'));
    assert.strictEqual(input(chat)?.value, 'ada@example.com');
    relay.submission = async (id) => receipt(id);
    await type(chat, 'email', 'ada@example.org');
    await hears(chat, 'Thanks, Ada');
    assert.lengthOf(relay.submitted, 2);
  });

  it('believes no target that the flow does not have there', async () => {
    relay.submission = async (id) => receipt(id, { next: 'hello' });
    const chat = await open();
    await talkToTheEnd(chat);
    await hears(chat, 'Sorry');
  });

  it('tries again to reach the relay when the visitor says so', async () => {
    relay.flow = () => Promise.reject(new TypeError('Failed to fetch'));
    const chat = await fixture<ParleyChat>(
      html`<parley-chat flow="welcome" relay=${nextRelay()}></parley-chat>`,
    );
    await until(() => inside(chat, '.notice button'));
    relay.flow = async () => json(FLOW);
    inside(chat, '.notice button')?.click();
    await asks(chat, 'first_name');
  });

  it('keeps the focus when the visitor tries again', async () => {
    relay.flow = () => Promise.reject(new TypeError('Failed to fetch'));
    const chat = await fixture<ParleyChat>(
      html`<parley-chat flow="welcome" relay=${nextRelay()}></parley-chat>`,
    );
    await until(() => inside(chat, '.notice button'));
    relay.flow = async () => json(FLOW);
    inside(chat, '.notice button')?.focus();
    await sendKeys({ press: 'Enter' });
    await asks(chat, 'first_name');
    await until(() => chat.shadowRoot?.activeElement === input(chat), 'the field has no focus');
  });

  it('is closed by Escape also while a verdict is awaited', async () => {
    relay.submission = () => new Promise(() => undefined);
    const chat = await fixture<ParleyChat>(
      html`<parley-chat flow="welcome" relay=${nextRelay()} floating opened></parley-chat>`,
    );
    await talkToTheEnd(chat);
    await until(() => relay.submitted.length > 0 && !question(chat));
    assert.strictEqual(document.activeElement, chat);
    const closed = oneEvent(chat, 'parley-close');
    await sendKeys({ press: 'Escape' });
    await closed;
  });

  it('gives no field the focus where it would bring up a keyboard', async () => {
    const matchMedia = window.matchMedia.bind(window);
    window.matchMedia = (query) => matchMedia(query === '(pointer: coarse)' ? 'all' : query);
    const chat = await open();
    chat.focus();
    await chat.updateComplete;
    assert.strictEqual(chat.shadowRoot?.activeElement?.localName, 'section');
    window.matchMedia = () => matchMedia('not all');
    chat.focus();
    await until(() => chat.shadowRoot?.activeElement === input(chat), 'the field has no focus');
    window.matchMedia = matchMedia;
  });

  it('says aloud what is kept for later, and what has changed', async () => {
    relay.submission = async () => json({}, 503, { 'retry-after': '60' });
    const chat = await open();
    const status = inside(chat, '.waiting[role=status]');
    assert.strictEqual(status?.textContent, '');
    const notice = inside(chat, '.told[role=status]');
    assert.strictEqual(notice?.textContent, '');
    await talkToTheEnd(chat);
    await until(() => status?.textContent.startsWith('Saved.'), 'nothing is said');
    assert.strictEqual(inside(chat, '.waiting'), status);
  });

  it('starts again when the visitor says so', async () => {
    const chat = await open();
    await talkToTheEnd(chat);
    await hears(chat, 'Thanks, Ada');
    inside(chat, '.over button')?.click();
    await asks(chat, 'first_name');
    assert.deepEqual(said(chat), ['Hello', 'Your name?']);
    await talkToTheEnd(chat);
    await hears(chat, 'Thanks, Ada');
    assert.strictEqual(new Set(relay.submitted).size, 2);
  });

  it('shows hostile words as words', async () => {
    const hostile = '<img src=x onerror="window.pwned = true">{{answers.email}}';
    relay.flow = async () =>
      json({
        ...FLOW,
        nodes: { ...FLOW.nodes, hello: { type: 'message', bubbles: [{ text: hostile }], next: 'name' } },
      });
    const chat = await open();
    await type(chat, 'first_name', '<script>window.pwned = true</script>');
    await asks(chat, 'email');
    await chat.updateComplete;
    assert.strictEqual(inside(chat, '.transcript :is(img, script)'), null);
    assert.include(said(chat), '<script>window.pwned = true</script>');
    assert.strictEqual('pwned' in window, false);
  });

  it('on a phone, floating, fills the screen, and shows nothing while it is closed', async () => {
    const chat = await fixture<ParleyChat>(
      html`<parley-chat flow="welcome" relay=${nextRelay()} floating></parley-chat>`,
    );
    // WebKit keeps what the media queries of a shared sheet came to, if it is on no page while the window changes.
    await setViewport({ width: 390, height: 844 });
    assert.strictEqual(chat.getBoundingClientRect().height, 0);
    chat.opened = true;
    await asks(chat, 'first_name');
    const { width, height } = chat.getBoundingClientRect();
    assert.deepEqual([width, height], [390, 844]);
    await setViewport({ width: 800, height: 600 });
  });

  it('is closed by Escape, and says so', async () => {
    const chat = await fixture<ParleyChat>(
      html`<parley-chat flow="welcome" relay=${nextRelay()} floating opened></parley-chat>`,
    );
    await asks(chat, 'first_name');
    input(chat)?.focus();
    const closed = oneEvent(chat, 'parley-close');
    await sendKeys({ press: 'Escape' });
    await closed;
    assert.strictEqual(chat.opened, false);
  });
});
