/** One flow that has everything that the language has. What no browser may see has "private" in it. */
import type { TrackNode } from '../../server/actions/users-track.ts';
import type { Flow } from '../../widget/contract/flow.ts';

const en = (words: string, ja = `（${words}）`) => ({ en: words, ja });

const SAVE: TrackNode = {
  type: 'action',
  call: 'users/track',
  attributes: {
    first_name: '{{answers.first_name | default: "private_friend"}}',
    email: '{{answers.email}}',
    phone: '{{answers.mobile}}',
    dob: '{{answers.birthday}}',
    private_attribute: { private_key: ['private_item', '{{answers.topics}}', true, 1.5] },
    private_story: '{{answers.story}} {{answers.walks}} {{answers.stars}} {{answers.consent}}',
  },
  events: [
    { name: 'private_event', properties: { private_property: '{{page.path}}' }, repeat: true },
    { name: 'private_other_event' },
  ],
  on: { success: 'thanks', error: 'sorry', invalid: 'email', queued: 'later' },
};

export const WHOLE_FLOW: Flow & { readonly $schema: string } = {
  $schema: 'https://private.example/flow.schema.json',
  id: 'whole',
  locale: 'en',
  start: 'hello',
  nodes: {
    hello: { type: 'message', text: en('Hello', 'こんにちは'), next: 'pictures' },
    pictures: {
      type: 'message',
      bubbles: [
        { text: en('Look', 'ほら') },
        { image: '/images/fell.webp', alt: en('A fell', '山'), width: 640, height: 480 },
        { image: 'https://pictures.example/line.webp', alt: '', width: 640, height: 8 },
      ],
      next: 'first_name',
    },
    first_name: {
      type: 'ask',
      field: 'first_name',
      input: 'text',
      text: en('Your **name**?', 'お名前は？'),
      optional: true,
      retry: { limit: 2, text: en('Once more?', 'もう一度？'), next: 'email' },
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
      retry: { text: en('Shorter?', '短く？') },
      max_length: 200,
      next: 'email',
    },
    email: { type: 'ask', field: 'email', input: 'email', text: 'E-mail?', next: 'phone' },
    phone: { type: 'ask', field: 'mobile', input: 'phone', text: 'Phone?', country: 'GB', next: 'birthday' },
    birthday: {
      type: 'ask',
      field: 'birthday',
      input: 'date',
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
        { value: 'high', text: en('High', '高い') },
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
      low: en('Poor', '悪い'),
      high: en('Great', '良い'),
      next: 'consent',
    },
    consent: {
      type: 'ask',
      field: 'consent',
      input: 'consent',
      purpose: 'marketing',
      text: 'May we write?',
      yes: en('Please do', 'はい'),
      no: en('Rather not', 'いいえ'),
      next: 'open_branch',
    },
    open_branch: {
      type: 'branch',
      cases: [{ when: { '==': [{ var: 'answers.hill' }, 'high'] }, next: 'relay_branch' }],
      else: 'split',
    },
    relay_branch: {
      type: 'branch',
      cases: [
        { when: { '==': [{ var: 'answers.hill' }, 'low'] }, next: 'split' },
        {
          when: { '==': [{ var: 'profile.custom_attributes.private_tier' }, 'private_gold'] },
          next: 'handoff',
        },
        { when: { '>': [{ var: 'profile.custom_attributes.private_visits' }, 3] }, next: 'handoff' },
        { when: { '!': [{ var: 'profile.custom_attributes.private_hill' }] }, next: 'save' },
      ],
      else: 'save',
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
      text: en('Or ask someone', '係に聞く'),
      offers: [
        { text: en('Our shop', '店'), link: 'https://shop.example/visit' },
        { text: 'Call', phone: '+442079460000' },
        { text: 'Chat', event: 'open-live-chat' },
      ],
      next: 'save',
    },
    save: SAVE,
    thanks: { type: 'end', text: en('Thank you', 'ありがとう') },
    later: { type: 'end', text: 'Later' },
    sorry: { type: 'end' },
  },
};

/** A copy of some JSON with the value at a path replaced; `undefined` takes it out. */
export function changed(json: unknown, path: string, value: unknown): unknown {
  const change = (from: unknown, [key, ...more]: readonly string[]): unknown => {
    if (key === undefined) return value;
    if (Array.isArray(from)) {
      return from.map((item: unknown, at) => (at === Number(key) ? change(item, more) : item));
    }
    const inner = new Map(Object.entries(from ?? {}));
    inner.set(key, change(inner.get(key), more));
    return Object.fromEntries([...inner].filter(([, each]) => each !== undefined));
  };
  return change(json, path.split('.'));
}
