/** What code sees of the element, in the orders in which pages and frameworks use it. */
import { assert } from '@open-wc/testing';
import type { ParleyChat } from '../../widget/parley-chat.ts';
import '../../widget/define.ts';
import { asks, hears, inside, nextRelay, said, type, until } from './chat.ts';
import { FLOW, installFakeRelay, json, type FakeRelay } from './fake-relay.ts';

let relay: FakeRelay;
let place: HTMLElement;

beforeEach(() => {
  relay = installFakeRelay();
  place = document.createElement('div');
  document.body.append(place);
});
afterEach(() => {
  for (const chat of place.querySelectorAll('parley-chat')) chat.destroy();
  place.remove();
  relay.uninstall();
});

/** Of those that are texts, also in an attribute. */
type Texts =
  'flow' | 'name' | 'locale' | 'tags' | 'consent' | 'theme' | 'position' | 'logo' | 'words' | 'dataLayer';

const create = (properties: Partial<ParleyChat> = {}) =>
  Object.assign(document.createElement('parley-chat'), properties);

const parse = (attributes: string): ParleyChat => {
  place.innerHTML = `<parley-chat ${attributes}></parley-chat>`;
  return place.firstElementChild as ParleyChat;
};

const heard = <Type extends 'parley-answer' | 'parley-error'>(type: Type) =>
  new Promise<GlobalEventHandlersEventMap[Type]>((resolve) => {
    place.addEventListener(type, resolve, { once: true });
  });

describe('the surface of <parley-chat>', () => {
  const texts: [attribute: string, property: Texts, initial: unknown][] = [
    ['flow', 'flow', ''],
    ['name', 'name', ''],
    ['locale', 'locale', ''],
    ['tags', 'tags', ''],
    ['consent', 'consent', ''],
    ['theme', 'theme', ''],
    ['position', 'position', ''],
    ['logo', 'logo', ''],
    ['words', 'words', undefined],
    ['data-layer', 'dataLayer', null],
  ];
  for (const [attribute, property, initial] of texts) {
    it(`takes ${attribute} as an attribute, at first and later`, () => {
      const chat = create();
      assert.deepEqual(chat[property], initial);
      chat.setAttribute(attribute, '{}');
      assert.strictEqual(chat[property], '{}');
      chat.removeAttribute(attribute);
      assert.deepEqual(chat[property] ?? initial, initial);
      assert.strictEqual(parse(`${attribute}="{}"`)[property], '{}');
    });

    // They may be an object, too.
    if (property === 'words') continue;
    it(`has ${attribute} as an attribute where it was set as a property, at first and later`, async () => {
      const chat = create({ [property]: '{}' });
      assert.deepEqual(chat.getAttributeNames(), []);
      place.append(chat);
      await chat.updateComplete;
      assert.deepEqual(chat.getAttributeNames(), [attribute]);
      assert.strictEqual(chat.getAttribute(attribute), '{}');
      chat[property] = '[]';
      await chat.updateComplete;
      assert.strictEqual(chat.getAttribute(attribute), '[]');
    });
  }

  it('takes the address of the relay as an attribute, and has one without it', async () => {
    const chat = create();
    const { relay: own } = chat;
    assert.match(own, /^http/);
    assert.strictEqual(parse('relay="https://relay.example"').relay, 'https://relay.example');
    chat.relay = 'https://relay.example';
    place.append(chat);
    await chat.updateComplete;
    assert.strictEqual(chat.getAttribute('relay'), 'https://relay.example');
    chat.removeAttribute('relay');
    assert.strictEqual(chat.relay, own);
  });

  it('has no attribute that nobody has set', async () => {
    const chat = create();
    place.append(chat);
    await chat.updateComplete;
    assert.deepEqual(chat.getAttributeNames(), []);
  });

  for (const name of ['floating', 'opened', 'values'] as const) {
    it(`keeps ${name} in step, both ways`, async () => {
      const chat = create();
      place.append(chat);
      assert.isFalse(chat[name]);
      chat[name] = true;
      await chat.updateComplete;
      assert.isTrue(chat.hasAttribute(name));
      chat.removeAttribute(name);
      assert.isFalse(chat[name]);
      chat.setAttribute(name, '');
      assert.isTrue(chat[name]);
      chat[name] = false;
      await chat.updateComplete;
      assert.isFalse(chat.hasAttribute(name));
    });
  }

  const births: [name: string, bear: (relayUrl: string) => ParleyChat][] = [
    ['by the parser', (url) => parse(`flow="welcome" relay="${url}"`)],
    [
      'by a script, with properties',
      (url) => {
        const chat = create({ flow: 'welcome', relay: url });
        place.append(chat);
        return chat;
      },
    ],
    [
      'by a framework that sets properties after it has inserted the element',
      (url) => {
        const chat = create();
        place.append(chat);
        chat.relay = url;
        chat.flow = 'welcome';
        return chat;
      },
    ],
    [
      'as a copy',
      (url) => {
        const chat = create();
        chat.setAttribute('flow', 'welcome');
        chat.setAttribute('relay', url);
        place.append(chat.cloneNode(true));
        return place.lastElementChild as ParleyChat;
      },
    ],
    [
      'out of a template',
      (url) => {
        const template = document.createElement('template');
        template.innerHTML = `<parley-chat flow="welcome" relay="${url}"></parley-chat>`;
        place.append(document.importNode(template.content, true));
        return place.lastElementChild as ParleyChat;
      },
    ],
  ];
  for (const [name, bear] of births) {
    it(`begins where it was made ${name}`, async () => {
      const chat = bear(nextRelay());
      await asks(chat, 'first_name');
      assert.deepEqual(said(chat), ['Hello', 'Your name?']);
    });
  }

  it('takes up properties that were set before it was defined', async () => {
    const name = 'parley-chat-later';
    const early = document.createElement(name);
    place.append(Object.assign(early, { flow: 'welcome', relay: nextRelay(), values: true }));
    const { ParleyChat: Kind } = await import('../../widget/parley-chat.ts');
    customElements.define(name, class extends Kind {});
    const chat = place.querySelector<ParleyChat>(name) as ParleyChat;
    await asks(chat, 'first_name');
    assert.isTrue(chat.values);
    assert.isTrue(chat.hasAttribute('values'));
    chat.destroy();
  });

  it('goes on where it is moved to', async () => {
    const chat = create({ flow: 'welcome', relay: nextRelay() });
    place.append(chat);
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    const other = document.createElement('section');
    place.prepend(other);
    other.append(chat);
    await asks(chat, 'email');
    assert.deepEqual(said(chat), ['Hello', 'Your name?', 'Ada', 'Your e-mail, Ada?']);
  });

  it('goes over to another flow', async () => {
    const chat = create({ flow: 'welcome', relay: nextRelay() });
    place.append(chat);
    await asks(chat, 'first_name');
    const shop = { type: 'ask', field: 'size', input: 'text', text: 'Which size?', next: 'thanks' } as const;
    relay.flow = async () =>
      json({ ...FLOW, id: 'shop', start: 'size', nodes: { ...FLOW.nodes, size: shop } });
    chat.setAttribute('flow', 'shop');
    await asks(chat, 'size');
    assert.deepEqual(said(chat), ['Which size?']);
  });

  it('goes over to another locale, with what was said', async () => {
    const chat = create({ flow: 'welcome', relay: nextRelay(), locale: 'en' });
    place.append(chat);
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    chat.locale = 'ja';
    await until(() => inside(chat, 'section')?.lang === 'ja', 'it speaks no Japanese');
    await asks(chat, 'email');
    assert.strictEqual(inside(chat, '.send')?.ariaLabel, '送信');
    assert.deepEqual(said(chat), ['Hello', 'Your name?', 'Ada', 'Your e-mail, Ada?']);
  });

  it('has gone over to another locale when it is opened, where that was set while it was closed', async () => {
    const chat = create({ flow: 'welcome', relay: nextRelay(), locale: 'en', floating: true, opened: true });
    place.append(chat);
    await asks(chat, 'first_name');
    chat.close();
    await chat.updateComplete;
    chat.locale = 'ja';
    await chat.updateComplete;
    chat.open();
    await until(() => inside(chat, 'section')?.lang === 'ja', 'it speaks no Japanese');
  });

  it('can be given the focus before it is on the page', () => {
    create().focus();
  });

  it('is never closed where it does not float, and tells nothing of the kind', async () => {
    const chat = create();
    const told: string[] = [];
    for (const name of ['parley-open', 'parley-close'] as const) {
      place.addEventListener(name, () => told.push(name));
    }
    place.append(chat);
    for (const deed of ['open', 'close', 'toggle'] as const) {
      chat[deed]();
      await chat.updateComplete;
      assert.isTrue(chat.checkVisibility());
    }
    assert.deepEqual(told, []);
  });

  for (const word of ['denied', 'false', 'true', {}, 1, null, undefined]) {
    it(`takes nothing but true for consent: not ${JSON.stringify(word)}`, async () => {
      const chat = create();
      await chat.setConsent(word as boolean);
      assert.strictEqual(chat.consentState, 'denied');
      await chat.setConsent(true);
      assert.strictEqual(chat.consentState, 'allowed');
    });
  }

  it('is opened and closed by its methods, tells so once each time, and leaves the focus alone', async () => {
    const chat = create({ flow: 'welcome', relay: nextRelay(), floating: true });
    place.append(chat);
    await chat.updateComplete;
    const told: string[] = [];
    for (const name of ['parley-open', 'parley-close'] as const) {
      place.addEventListener(name, () => told.push(name));
    }
    const ways: [way: () => void, isOpen: boolean][] = [
      [() => chat.open(), true],
      [() => chat.open(), true],
      [() => chat.close(), false],
      [() => chat.toggle(), true],
      [() => chat.toggle(), false],
      [() => chat.setAttribute('opened', ''), true],
      [() => chat.removeAttribute('opened'), false],
    ];
    for (const [way, isOpen] of ways) {
      way();
      await chat.updateComplete;
      assert.strictEqual(chat.opened, isOpen);
    }
    const once = ['parley-open', 'parley-close'];
    assert.deepEqual(told, [...once, ...once, ...once]);
    assert.strictEqual(document.activeElement, document.body);
  });

  it('begins anew', async () => {
    const chat = create({ flow: 'welcome', relay: nextRelay() });
    place.append(chat);
    await type(chat, 'first_name', 'Ada');
    await asks(chat, 'email');
    chat.restart();
    await asks(chat, 'first_name');
    assert.deepEqual(said(chat), ['Hello', 'Your name?']);
  });

  for (const values of [false, true]) {
    it(`tells of an answer, ${values ? 'with what was said, since it was asked to' : 'and no word of what was said'}`, async () => {
      const chat = create({ flow: 'welcome', relay: nextRelay(), values });
      place.append(chat);
      await asks(chat, 'first_name');
      const hearing = heard('parley-answer');
      await type(chat, 'first_name', 'Ada');
      const { node, field, input, value } = await hearing;
      assert.deepEqual({ node, field, input }, { node: 'name', field: 'first_name', input: 'text' });
      assert.strictEqual(value, values ? 'Ada' : undefined);
    });
  }

  it('says that the relay cannot be reached', async () => {
    relay.flow = () => Promise.reject(new TypeError('Failed to fetch'));
    const hearing = heard('parley-error');
    place.append(create({ flow: 'welcome', relay: nextRelay() }));
    const { reason, detail } = await hearing;
    assert.deepEqual({ reason, detail }, { reason: 'unreachable', detail: 'TypeError: Failed to fetch' });
  });

  describe('that forwards what it tells to a list', () => {
    type Push = Record<string, unknown>;
    const lists = window as unknown as { first?: Push[]; second?: Push[] };
    afterEach(() => {
      delete lists.first;
      delete lists.second;
    });

    const fields = (list: readonly Push[] = []) =>
      list.filter(({ event }) => event === 'parley_answer').map(({ parley_field }) => parley_field);

    it('names each time all that there may be', async () => {
      const chat = create({ flow: 'welcome', relay: nextRelay(), dataLayer: 'first' });
      place.append(chat);
      await type(chat, 'first_name', 'Ada');
      await asks(chat, 'email');
      await until(() => lists.first?.length, 'nothing was forwarded');
      const [push = {}] = lists.first ?? [];
      const { event, parley_flow, parley_field, ...rest } = push;
      assert.deepEqual(
        { event, parley_flow, parley_field },
        { event: 'parley_answer', parley_flow: 'welcome', parley_field: 'first_name' },
      );
      assert.include(Object.keys(rest), 'parley_value');
      assert.notInclude(JSON.stringify(push), 'Ada');
    });

    it('goes over to another list, and ends with the attribute', async () => {
      const chat = create({ flow: 'welcome', relay: nextRelay(), dataLayer: 'first' });
      place.append(chat);
      await type(chat, 'first_name', 'Ada');
      await asks(chat, 'email');
      await until(() => lists.first?.length, 'nothing was forwarded');
      chat.dataLayer = 'second';
      await type(chat, 'email', 'ada@example.com');
      await hears(chat, 'Thanks, Ada');
      assert.deepEqual([fields(lists.first), fields(lists.second)], [['first_name'], ['email']]);
      const pushes = () => [lists.first?.length, lists.second?.length];
      const before = pushes();
      chat.removeAttribute('data-layer');
      chat.restart();
      await type(chat, 'first_name', 'Eve');
      await asks(chat, 'email');
      assert.deepEqual(pushes(), before);
    });
  });
});
