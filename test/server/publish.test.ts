import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TrackNode } from '../../server/actions/users-track.ts';
import { autocompleteOf, AUTOCOMPLETE_TOKENS } from '../../server/flows/autocomplete.ts';
import { loadFlow } from '../../server/flows/load.ts';
import { publishFlow } from '../../server/flows/publish.ts';
import { createFlowShelf, revisionOf } from '../../server/flows/shelf.ts';
import type {
  AskNode,
  Condition,
  Flow,
  FlowNode,
  PublishedFlow,
  PublishedNode,
  TemplateValue,
  Text,
} from '../../widget/contract/flow.ts';
import { arbitraryFlow } from '../flow/arbitrary-flow.ts';
import { FLOW } from './relay-fixture.ts';
import { SETTLED, startRelayInProcess } from './relay-in-process.ts';
import { changed, WHOLE_FLOW } from './whole-flow.ts';

/** What `WHOLE_FLOW` is for a visitor who reads Japanese: this and nothing else. */
const WHOLE_IN_JAPANESE: PublishedFlow['nodes'] = {
  hello: { type: 'message', bubbles: [{ text: 'こんにちは' }], next: 'pictures' },
  pictures: {
    type: 'message',
    bubbles: [
      { text: 'ほら' },
      { image: '/images/fell.webp', alt: '山', width: 640, height: 480 },
      { image: 'https://pictures.example/line.webp', alt: '', width: 640, height: 8 },
    ],
    next: 'first_name',
  },
  first_name: {
    type: 'ask',
    field: 'first_name',
    input: 'text',
    text: 'お名前は？',
    optional: true,
    retry: { limit: 2, text: 'もう一度？', next: 'email' },
    autocomplete: 'given-name',
    min_length: 1,
    max_length: 40,
    pattern: '\\p{L}.*',
    next: 'story',
  },
  story: {
    type: 'ask',
    field: 'story',
    input: 'multiline',
    autocomplete: 'off',
    text: 'Your story, {{answers.first_name | default: "friend"}}?',
    retry: { text: '短く？' },
    max_length: 200,
    next: 'email',
  },
  email: {
    type: 'ask',
    field: 'email',
    input: 'email',
    autocomplete: 'email',
    text: 'E-mail?',
    next: 'phone',
  },
  phone: {
    type: 'ask',
    field: 'mobile',
    input: 'phone',
    autocomplete: 'tel',
    text: 'Phone?',
    country: 'GB',
    next: 'birthday',
  },
  birthday: {
    type: 'ask',
    field: 'birthday',
    input: 'date',
    autocomplete: 'bday',
    text: 'Birthday?',
    min: '1900-01-01',
    max: '-18y',
    next: 'walks',
  },
  walks: {
    type: 'ask',
    field: 'walks',
    input: 'number',
    text: 'Walks a month?',
    min: 0,
    max: 31,
    integer: true,
    next: 'hill',
  },
  hill: {
    type: 'ask',
    field: 'hill',
    input: 'choice',
    text: 'Which?',
    options: [
      { value: 'high', text: '高い' },
      { value: 'low', text: 'Low' },
    ],
    next: 'topics',
  },
  topics: {
    type: 'ask',
    field: 'topics',
    input: 'choices',
    text: 'Topics?',
    options: [
      { value: 'boots', text: 'Boots' },
      { value: 'maps', text: 'Maps' },
    ],
    min: 1,
    max: 2,
    next: 'stars',
  },
  stars: {
    type: 'ask',
    field: 'stars',
    input: 'rating',
    text: 'How was it?',
    min: 0,
    max: 10,
    low: '悪い',
    high: '良い',
    next: 'consent',
  },
  consent: {
    type: 'ask',
    field: 'consent',
    input: 'consent',
    purpose: 'marketing',
    text: 'May we write?',
    yes: 'はい',
    no: 'いいえ',
    next: 'open_branch',
  },
  open_branch: {
    type: 'branch',
    cases: [{ when: { '==': [{ var: 'answers.hill' }, 'high'] }, next: 'relay_branch' }],
    else: 'split',
  },
  relay_branch: {
    type: 'action',
    asks: true,
    on: { success: 'save', error: 'save', 0: 'split', 1: 'handoff' },
  },
  split: {
    type: 'split',
    ways: [
      { weight: 1, next: 'handoff' },
      { weight: 2.5, next: 'save' },
    ],
  },
  handoff: {
    type: 'handoff',
    text: '係に聞く',
    offers: [
      { text: '店', link: 'https://shop.example/visit' },
      { text: 'Call', phone: '+442079460000' },
      { text: 'Chat', event: 'open-live-chat' },
    ],
    next: 'save',
  },
  save: { type: 'action', on: { success: 'thanks', error: 'sorry', invalid: 'email', queued: 'later' } },
  thanks: { type: 'end', text: 'ありがとう' },
  later: { type: 'end', text: 'Later' },
  sorry: { type: 'end' },
};

const publish = (flow: Flow, wanted = 'en') => publishFlow({ flow, revision: 'r' }, wanted);

describe('a published flow', () => {
  it('is what a browser needs of every node, in one locale, with the revision', () => {
    const flow = loadFlow(WHOLE_FLOW, 'whole.json');
    assert.deepEqual(publishFlow({ flow, revision: 'r1' }, 'ja'), {
      id: 'whole',
      revision: 'r1',
      locale: 'ja',
      start: 'hello',
      nodes: WHOLE_IN_JAPANESE,
    });
  });

  it('names no outcome and no option of a question that the flow does not', () => {
    const { nodes } = publish(loadFlow(FLOW, 'welcome.json'));
    assert.deepEqual(nodes['save'], { type: 'action', on: { success: 'thanks', error: 'sorry' } });
    assert.deepEqual(nodes['name'], {
      type: 'ask',
      field: 'first_name',
      input: 'text',
      autocomplete: 'given-name',
      text: 'Name?',
      next: 'email',
    });
  });

  it('is the same over the wire, with the name of its schema nowhere', async () => {
    const { request } = startRelayInProcess(SETTLED, {
      findFlow: createFlowShelf([loadFlow(WHOLE_FLOW, 'whole.json')]).find,
    });
    const response = await request('/v1/flows/whole?locale=ja-JP');
    assert.equal(response.headers.get('content-language'), 'ja');
    const text = await response.text();
    assert.deepEqual((JSON.parse(text) as PublishedFlow).nodes, WHOLE_IN_JAPANESE);
    for (const word of [
      'private',
      'users/track',
      '$schema',
      'profile',
      'Hello',
      'attributes',
      'properties',
    ]) {
      assert.ok(!text.includes(word), word);
    }
  });
});

describe('a branch', () => {
  const answers = { '==': [{ var: 'answers.hill' }, 'high'] };
  const profile = { '==': [{ var: 'profile.tier' }, 'gold'] };
  const rows: { name: string; when: Condition; isPublic: boolean }[] = [
    { name: 'that reads answers', when: answers, isPublic: true },
    { name: 'that reads the page', when: { in: ['/', { var: 'page.path' }] }, isPublic: true },
    { name: 'that reads nothing', when: true, isPublic: true },
    { name: 'that has the word', when: { '==': ['profile', 'profile.tier'] }, isPublic: true },
    { name: 'that reads an answer called so', when: { var: 'answers.profile' }, isPublic: true },
    {
      name: 'that reads items of an answer',
      when: { some: [{ var: 'answers.topics' }, { '==': [{ var: '' }, 'boots'] }] },
      isPublic: true,
    },
    { name: 'that looks for answers', when: { missing: ['answers.a', 'answers.b'] }, isPublic: true },

    { name: 'that reads the profile', when: profile, isPublic: false },
    { name: 'that reads all of the profile', when: { var: 'profile' }, isPublic: false },
    { name: 'that reads it from a list', when: { var: ['profile.tier', 'none'] }, isPublic: false },
    { name: 'that reads it as a default', when: { var: ['answers.a', profile] }, isPublic: false },
    {
      name: 'that reads it deep inside',
      when: { and: [answers, { '!': [{ or: [profile] }] }] },
      isPublic: false,
    },
    { name: 'that reads it in a list', when: { in: ['gold', [{ var: 'profile.tier' }]] }, isPublic: false },
    { name: 'that reads its items', when: { some: [{ var: 'profile.tags' }, true] }, isPublic: false },
    { name: 'that looks for it', when: { missing: ['answers.a', 'profile.tier'] }, isPublic: false },
    { name: 'that looks for some of it', when: { missing_some: [1, ['profile.tier']] }, isPublic: false },
    { name: 'that reads everything', when: { var: '' }, isPublic: false },
    { name: 'that reads everything, without a path', when: { var: [] }, isPublic: false },
    { name: 'that reads everything, by null', when: { var: null }, isPublic: false },
    { name: 'that computes what it reads', when: { var: { cat: ['pro', 'file.tier'] } }, isPublic: false },
    { name: 'that computes it in a list', when: { var: [{ cat: ['pro', 'file'] }] }, isPublic: false },
    { name: 'that reads a list of paths', when: { var: [['profile.tier']] }, isPublic: false },
    {
      name: 'that computes what it looks for',
      when: { missing: [{ cat: ['pro', 'file'] }] },
      isPublic: false,
    },
    {
      name: 'that computes which of some',
      when: { missing_some: [1, ['answers.a', { cat: ['pro', 'file'] }]] },
      isPublic: false,
    },
    { name: 'that cannot be evaluated', when: { fetch: 'profile.tier' }, isPublic: false },
    { name: 'of two operators', when: { var: 'answers.a', '!': [] }, isPublic: false },
  ];
  for (const { name, when, isPublic } of rows) {
    it(`${name} is ${isPublic ? 'the browser’s' : 'the relay’s'}: ${JSON.stringify(when)}`, () => {
      const cases = [
        { when: answers, next: 'a' },
        { when, next: 'b' },
        { when: false, next: 'c' },
        { when: true, next: 'a' },
      ];
      const { nodes } = publish({
        id: 'x',
        start: 'x',
        nodes: { x: { type: 'branch', cases, else: 'c' } },
      });
      const seen: PublishedNode = isPublic
        ? { type: 'branch', cases, else: 'c' }
        : { type: 'action', asks: true, on: { success: 'c', error: 'c', 0: 'a', 1: 'b' } };
      assert.deepEqual(nodes['x'], seen);
    });
  }
});

describe('the locale of a published flow', () => {
  const HI = { en: 'Hi', 'en-GB': 'Hello', pt: 'Oi', 'pt-BR': 'E aí', ja: 'やあ' };
  const CHINESE = { 'zh-Hans': '你好 (Hans)', 'zh-Hant': '你好 (Hant)', en: 'Hi' };
  const BRAZIL = { en: 'Hi', 'pt-BR': 'E aí', 'pt-PT': 'Olá' };

  const rows: { own?: string; text: Text; wanted: string; gives: readonly [string, string]; name: string }[] =
    [
      { name: 'the wanted one', text: HI, wanted: 'pt-BR', gives: ['pt-BR', 'E aí'] },
      { name: 'the wanted one in any case', text: HI, wanted: 'PT-br', gives: ['pt-BR', 'E aí'] },
      {
        name: 'one that is written in any case',
        text: { EN: 'Hi', JA: 'やあ' },
        wanted: 'ja',
        gives: ['JA', 'やあ'],
      },
      { name: 'its language where the region is not there', text: HI, wanted: 'pt-PT', gives: ['pt', 'Oi'] },
      { name: 'its language and not another of its regions', text: HI, wanted: 'en-US', gives: ['en', 'Hi'] },
      {
        name: 'the script before the language',
        text: CHINESE,
        wanted: 'zh-Hant-TW',
        gives: ['zh-Hant', '你好 (Hant)'],
      },
      {
        name: 'the same without what is only for some',
        text: CHINESE,
        wanted: 'zh-Hant-x-mine-own',
        gives: ['zh-Hant', '你好 (Hant)'],
      },
      {
        name: 'the same without an extension',
        text: HI,
        wanted: 'en-GB-u-ca-buddhist',
        gives: ['en-GB', 'Hello'],
      },
      {
        name: 'another script of its language',
        text: CHINESE,
        wanted: 'zh',
        gives: ['zh-Hans', '你好 (Hans)'],
      },
      { name: 'another region of its language', text: BRAZIL, wanted: 'pt', gives: ['pt-BR', 'E aí'] },
      {
        name: 'another region of its language still',
        text: BRAZIL,
        wanted: 'pt-AO',
        gives: ['pt-BR', 'E aí'],
      },
      {
        name: 'no other language that begins so',
        text: { en: 'Hi', enm: 'Hail' },
        wanted: 'enm-GB',
        gives: ['enm', 'Hail'],
      },
      { name: 'English where nothing else is said', text: HI, wanted: 'fr', gives: ['en', 'Hi'] },
      { name: 'the flow’s own before English', own: 'ja', text: HI, wanted: 'fr', gives: ['ja', 'やあ'] },
      {
        name: 'the language of the flow’s own',
        own: 'ja-JP',
        text: { en: 'Hi', ja: 'やあ' },
        wanted: 'fr',
        gives: ['ja-JP', 'やあ'],
      },
      {
        name: 'the flow’s own where nothing is wanted',
        own: 'ja',
        text: HI,
        wanted: '',
        gives: ['ja', 'やあ'],
      },
      { name: 'the one text that there is', own: 'ja', text: 'やあ', wanted: 'en', gives: ['ja', 'やあ'] },
      {
        name: 'the flow’s own region of the wanted language',
        own: 'pt-BR',
        text: 'E aí',
        wanted: 'pt',
        gives: ['pt-BR', 'E aí'],
      },
      {
        name: 'the first text where the flow’s own is not there',
        text: { ja: 'やあ' },
        wanted: 'fr',
        gives: ['en', 'やあ'],
      },
      { name: 'not a name of the prototype', text: HI, wanted: '__proto__', gives: ['en', 'Hi'] },
      { name: 'not a method of the prototype', text: HI, wanted: 'toString', gives: ['en', 'Hi'] },
      {
        name: 'not lost in a tag without end',
        text: HI,
        wanted: 'ja-'.repeat(100_000),
        gives: ['ja', 'やあ'],
      },
      { name: 'not lost in a tag of nothing', text: HI, wanted: '-'.repeat(100_000), gives: ['en', 'Hi'] },
    ];
  for (const { name, own, text, wanted, gives } of rows) {
    it(`is ${name} (${JSON.stringify(wanted.slice(0, 30))} gives ${gives[0]})`, () => {
      const flow: Flow = {
        id: 'say',
        ...(own !== undefined && { locale: own }),
        start: 'hi',
        nodes: { hi: { type: 'end', text } },
      };
      const { locale, nodes } = publish(flow, wanted);
      assert.deepEqual([locale, nodes['hi']], [gives[0], { type: 'end', text: gives[1] }]);
    });
  }

  const say = (...texts: Text[]): Flow => ({
    id: 'say',
    start: 'node0',
    nodes: Object.fromEntries(texts.map((text, index) => [`node${index}`, { type: 'end', text }])),
  });
  const textsOf = ({ nodes }: PublishedFlow) =>
    Object.values(nodes).map((node) => ('text' in node ? node.text : undefined));

  it('falls back for each text on its own', () => {
    const published = publish(say({ en: 'One', ja: '一' }, { en: 'Two' }, 'Three'), 'ja-JP');
    assert.deepEqual([published.locale, ...textsOf(published)], ['ja', '一', 'Two', 'Three']);
  });
  it('keeps to one region of a language as far as texts have it', () => {
    const published = publish(say({ 'pt-PT': 'a' }, { 'pt-BR': 'b', 'pt-PT': 'c' }, { 'pt-BR': 'd' }), 'pt');
    assert.deepEqual([published.locale, ...textsOf(published)], ['pt-PT', 'a', 'c', 'd']);
  });
  it('is found in every text of a flow, options and offers too', () => {
    const flow = changed(say('Hi'), 'nodes.node0', {
      type: 'handoff',
      offers: [{ text: { en: 'Shop', ja: '店' }, link: '/shop' }],
      next: 'node0',
    }) as Flow;
    assert.equal(publish(flow, 'ja').locale, 'ja');
  });
});

describe('what browsers fill in', () => {
  const rows: [field: string, input: string, purpose: string | undefined][] = [
    ['first_name', 'text', 'given-name'],
    ['last_name', 'text', 'family-name'],
    ['name', 'text', 'name'],
    ['city', 'text', 'address-level2'],
    ['home_city', 'text', 'address-level2'],
    ['country', 'text', 'country-name'],
    ['zip', 'text', 'postal-code'],
    ['street', 'text', 'address-line1'],
    ['address', 'text', 'address-line1'],
    ['address', 'multiline', 'street-address'],
    ['company', 'text', 'organization'],
    ['job_title', 'text', 'organization-title'],
    ['email', 'text', 'email'],
    ['contact', 'email', 'email'],
    ['contact', 'phone', 'tel'],
    ['date_of_birth', 'date', 'bday'],
    ['dob', 'date', 'bday'],
    ['birthday', 'date', 'bday'],
    ['arrival', 'date', undefined],
    ['first_name', 'date', undefined],
    ['birth_year', 'number', 'bday-year'],
    ['zip', 'number', undefined],
    ['favourite_hill', 'text', undefined],
    ['constructor', 'text', undefined],
    ['first_name', 'consent', undefined],
    ['city', 'choice', undefined],
    ['city', 'choices', undefined],
    ['city', 'rating', undefined],
  ];
  const ask = (field: string, input: string, more: object = {}) =>
    ({ type: 'ask', field, input, text: '?', options: [], next: 'x', ...more }) as unknown as AskNode;
  for (const [field, input, purpose] of rows) {
    it(`for ${field}, asked as ${input}, is ${purpose ?? 'not known'}`, () => {
      assert.equal(autocompleteOf(ask(field, input)), purpose);
      assert.ok(purpose === undefined || AUTOCOMPLETE_TOKENS.includes(purpose));
    });
  }
  it('is what the flow says, if it says so', () => {
    assert.equal(autocompleteOf(ask('first_name', 'text', { autocomplete: 'nickname' })), 'nickname');
    assert.equal(autocompleteOf(ask('email', 'email', { autocomplete: 'off' })), 'off');
  });
});

describe('the revision of a flow', () => {
  const { sorry: _, ...fewer } = FLOW.nodes;
  const revision = (json: unknown) => revisionOf(loadFlow(json, 'welcome.json'));

  it('is 16 hexadecimal digits', async () => {
    assert.match(await revision(FLOW), /^[\da-f]{16}$/);
  });
  for (const [name, same] of [
    ['another copy', JSON.parse(JSON.stringify(FLOW, undefined, 4)) as unknown],
    ['keys in another order', { nodes: FLOW.nodes, start: FLOW.start, id: FLOW.id }],
    [
      'keys of a node in another order',
      changed(FLOW, 'nodes.hello', { next: 'name', text: FLOW.nodes.hello.text, type: 'message' }),
    ],
    ['a schema for editors', changed(FLOW, '$schema', './flow.schema.json')],
  ] as const) {
    it(`is the same for ${name}`, async () => {
      assert.equal(await revision(same), await revision(FLOW));
    });
  }
  for (const [name, path, value] of [
    ['a word', 'nodes.thanks.text', 'Thank you'],
    ['a word in one locale', 'nodes.hello.text.ja', 'やあ'],
    ['a target', 'nodes.save.on.queued', 'thanks'],
    ['the mapping, which no browser sees', 'nodes.save.attributes.home_city', 'Keswick'],
    ['a property', 'nodes.save.events.0.properties.page', 'x'],
    ['the id', 'id', 'welcome2'],
    [
      'a node less',
      'nodes',
      { ...fewer, save: { ...fewer.save, on: { success: 'thanks', error: 'thanks' } } },
    ],
    ['the tries of a question', 'nodes.name.retry', { limit: 1, next: 'email' }],
  ] as const) {
    it(`is another with a change of ${name}`, async () => {
      assert.notEqual(await revision(changed(FLOW, path, value)), await revision(FLOW));
    });
  }
});

/** A flow with a word of its own in everything, told by whether a browser may see it. */
interface Marked {
  readonly flow: Flow;
  readonly wanted: string;
  readonly secret: readonly string[];
  readonly open: readonly string[];
}

/** Ways to read what only the relay knows. */
const PROFILE_READS: readonly ((word: string) => Condition)[] = [
  (word) => ({ '==': [{ var: `profile.${word}` }, word] }),
  (word) => ({ missing: [`profile.${word}`] }),
  (word) => ({ some: [{ var: ['profile.tags', word] }, { '==': [{ var: '' }, word] }] }),
  (word) => ({ in: [word, { var: '' }] }),
  (word) => ({ '==': [{ var: { cat: ['profile.', word] } }, 1] }),
];

function mark(flow: Flow, wanted: string, variant: number): Marked {
  const secret: string[] = [];
  const open: string[] = [];
  const hide = () => {
    secret.push(`secret${secret.length}x`);
    return secret.at(-1) as string;
  };
  const show = () => {
    open.push(`open${open.length}x`);
    return open.at(-1) as string;
  };
  /** With keys that the language does not have: some that one might add, and one that stands for all others. */
  const smuggle = <T extends object>(value: T): T => ({
    ...value,
    [hide()]: hide(),
    internal: { note: hide(), list: [hide()] },
    cases_note: hide(),
  });
  const markText = (text: Text): Text =>
    typeof text === 'string'
      ? `${text} ${show()}`
      : {
          ...Object.fromEntries(
            Object.entries(text).map(([locale, words]) => [
              locale,
              `${words} ${locale === wanted ? show() : hide()}`,
            ]),
          ),
          tlh: hide(),
        };
  /** Marks every text of a part of a node that has only those texts. */
  const markTexts = <T extends object>(part: T, keys: readonly string[]): T => ({
    ...part,
    ...Object.fromEntries(
      Object.entries(part)
        .filter(([key]) => keys.includes(key))
        .map(([key, text]: [string, Text]) => [key, markText(text)]),
    ),
  });
  const markValue = (value: TemplateValue): TemplateValue => {
    if (Array.isArray(value)) return [hide(), ...value.map(markValue)];
    if (typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key + hide(), markValue(each)]));
    }
    return hide();
  };
  const markNode = (node: FlowNode): FlowNode => {
    switch (node.type) {
      case 'message':
        return {
          ...markTexts(node, ['text']),
          ...(node.bubbles && {
            bubbles: node.bubbles.map((bubble) => {
              const marked = smuggle(markTexts(bubble, ['text', 'alt']));
              return 'image' in marked ? { ...marked, image: `${marked.image}?${show()}` } : marked;
            }),
          }),
        };
      case 'ask':
        return {
          ...markTexts(node, ['text', 'low', 'high', 'yes', 'no']),
          ...(node.retry && { retry: smuggle(markTexts(node.retry, ['text'])) }),
          ...('options' in node && {
            options: node.options.map((option) =>
              smuggle({ ...markTexts(option, ['text']), value: option.value + show() }),
            ),
          }),
        };
      case 'branch': {
        const readsProfile = (condition: Condition) => JSON.stringify(condition).includes('profile.');
        const note = node.cases.some(({ when }) => readsProfile(when)) ? hide : show;
        const read = PROFILE_READS[variant % PROFILE_READS.length] as (typeof PROFILE_READS)[number];
        return {
          ...node,
          cases: node.cases.map(({ when, next }) => {
            const reads = readsProfile(when) ? read(hide()) : when;
            return smuggle({ when: { and: [reads, { '!=': [note(), ''] }] }, next });
          }),
        };
      }
      case 'split':
        return { ...node, ways: node.ways.map(smuggle) };
      case 'action': {
        const track = node as TrackNode;
        return {
          ...track,
          ...(track.attributes && {
            attributes: markValue(track.attributes) as Record<string, TemplateValue>,
          }),
          ...(track.events && {
            events: track.events.map((event) =>
              smuggle({
                ...event,
                name: event.name + hide(),
                ...(event.properties && {
                  properties: markValue(event.properties) as Record<string, TemplateValue>,
                }),
              }),
            ),
          }),
          on: smuggle(track.on),
        };
      }
      case 'handoff':
        return {
          ...markTexts(node, ['text']),
          offers: node.offers.map((offer) => {
            const marked = smuggle(markTexts(offer, ['text']));
            return 'event' in marked ? { ...marked, event: marked.event + show() } : marked;
          }),
        };
      case 'end':
        return markTexts(node, ['text']);
    }
  };
  const nodes = Object.fromEntries(
    Object.entries(flow.nodes).map(([id, node]) => [id, smuggle(markNode(node))]),
  );
  const marked = smuggle({ ...flow, $schema: hide(), nodes });
  return { flow: marked, wanted, secret, open };
}

const localesIn = (flow: Flow): readonly string[] => {
  const tags = JSON.stringify(flow).matchAll(/"(en|ja|ar|pt-BR|pt-PT)":/g);
  return [...new Set([...tags].map(([, tag]) => tag as string))];
};

const arbitraryMarked = fc.tuple(arbitraryFlow, fc.nat(), fc.nat()).map(([flow, which, variant]) => {
  const locales = localesIn(flow);
  return mark(flow, locales[which % Math.max(1, locales.length)] ?? 'en', variant);
});

describe('whatever flow is published', () => {
  it('has everything that is for the visitor in it, and nothing that is not', () => {
    let secrets = 0;
    fc.assert(
      fc.property(arbitraryMarked, ({ flow, wanted, secret, open }) => {
        const text = JSON.stringify(publish(flow, wanted));
        for (const word of secret) assert.ok(!text.includes(word), `${word} is in ${text}`);
        for (const word of open) assert.ok(text.includes(word), `${word} is not in ${text}`);
        for (const word of [
          'users/track',
          '"call"',
          '"attributes"',
          '"events"',
          '"properties"',
          '"repeat"',
        ]) {
          assert.ok(!text.includes(word), `${word} is in ${text}`);
        }
        secrets += secret.length;
      }),
      { numRuns: 2_000 },
    );
    assert.ok(secrets > 50_000, `${secrets} words were looked for`);
  });

  it('is JSON, and leads where the flow leads', () => {
    fc.assert(
      fc.property(arbitraryFlow, (flow) => {
        const published = publish(flow);
        assert.deepEqual(JSON.parse(JSON.stringify(published)), published);
        assert.deepEqual(Object.keys(published.nodes), Object.keys(flow.nodes));
        const ids = Object.keys(flow.nodes);
        const targetsIn = (node: object) =>
          [...new Set([...JSON.stringify(node).matchAll(/"(\w+)"/g)].map(([, word]) => word as string))]
            .filter((word) => ids.includes(word))
            .sort();
        for (const [id, node] of Object.entries(flow.nodes)) {
          assert.deepEqual(targetsIn(published.nodes[id] as PublishedNode), targetsIn(node), id);
        }
      }),
      { numRuns: 500 },
    );
  });
});
