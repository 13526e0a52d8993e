import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PageSettings } from '../../widget/contract/site.ts';
import { landedOf, pageOf } from '../../widget/page/page-context.ts';

const SHOP = 'https://shop.example';

interface Page {
  readonly url?: string;
  readonly referrer?: string;
  readonly title?: unknown;
}

const contextOf = ({ url = `${SHOP}/`, referrer = '', title = '' }: Page, settings?: PageSettings) => ({
  ...pageOf(new URL(url), title, settings),
  ...landedOf(`${new URL(url).href} ${referrer}`),
});

describe('what the page tells', () => {
  it('is its path alone, where there is nothing else', () => {
    assert.deepEqual(contextOf({ url: `${SHOP}/a/anna%40example.com?x=1#y`, title: 'A' }), {
      path: '/a/:id',
    });
  });

  it('has no path of a file, and no text of an address', () => {
    for (const url of [
      'file:///home/anna/shop.html',
      'data:text/html,anna',
      'about:blank',
      'blob:https://a.b/c',
    ])
      assert.deepEqual(contextOf({ url }), { path: '/' });
  });
});

describe('the referrer', () => {
  const referrers: readonly (readonly [string, string | undefined])[] = [
    ['', undefined],
    ['https://www.google.com/', 'https://www.google.com'],
    ['https://mail.example/inbox/anna?token=1#2', 'https://mail.example'],
    ['http://shop.example/', 'http://shop.example'],
    ['http://127.0.0.1:8080/x', 'http://127.0.0.1:8080'],
    [`${SHOP}/before`, undefined],
    ['https://anna:secret@mail.example/', undefined],
    ['android-app://com.google.android.gm/', undefined],
    ['nonsense', undefined],
  ];
  for (const [referrer, told] of referrers) {
    it(`of ${referrer || 'nowhere'} is ${told ?? 'none'}`, () =>
      assert.equal(contextOf({ referrer }).referrer, told));
  }
});

describe('the query', () => {
  const queryOf = (search: string, settings?: PageSettings) =>
    contextOf({ url: `${SHOP}/?${search}` }, settings);

  it('tells utm_* without the prefix, and the keys that the site names', () => {
    assert.deepEqual(
      queryOf('utm_source=news&utm_medium=e%20mail&utm_source_platform=x&size=42&email=a&q=b', {
        query: ['size', 'colour'],
      }),
      { path: '/', utm: { source: 'news', medium: 'e mail', source_platform: 'x' }, query: { size: '42' } },
    );
  });

  for (const value of [
    'anna@example.com',
    'anna%40example.com',
    'anna%2540example.com',
    'c12345',
    '',
    'V1StGXR8_Z5jdHi6B-myT',
    'sk_live_51H8abcdEFGH',
    'MFRGGZDFMZTWQ2LK',
    'aGVsbG93b3JsZA',
    'cjld2cjxh0000qzrmn831i7rn',
  ]) {
    it(`does not tell ${value || 'what is empty'}`, () =>
      assert.deepEqual(queryOf(`utm_content=${value}&size=${value}`, { query: ['size'] }), { path: '/' }));
  }

  for (const value of ['blackfridaysale2026boots', 'blackfriday2026shoes50off', 'Q4_2026_BLACKFRIDAY_EMEA']) {
    it(`tells the campaign ${value}`, () =>
      assert.deepEqual(queryOf(`utm_campaign=${value}`).utm, { campaign: value }));
  }

  it('has values of at most 100 characters, and judges what it cuts off', () => {
    const value = 'long '.repeat(30);
    assert.equal(queryOf(`utm_term=${value}`).utm?.['term'], value.slice(0, 100));
    assert.equal(queryOf(`utm_term=${value}@`).utm, undefined);
  });

  it('takes no key that may be anything', () => {
    assert.deepEqual(queryOf('utm_=1&utm_anna%40example.com=1&utm_12345=1&UTM_SOURCE=1&utm___proto__=1'), {
      path: '/',
    });
  });

  it('takes no key that the relay would refuse, with all that was said', () => {
    const keys = ['__proto__', 'constructor', 'prototype'];
    for (const key of keys) {
      assert.equal(queryOf(`${key}=a`, { query: keys }).query, undefined);
      assert.deepEqual(queryOf(`utm_${key}=a&utm_source=letter`).utm, { source: 'letter' });
    }
  });

  it('takes twelve keys, and the first value of each, however often one of them comes', () => {
    const keys = Array.from(
      { length: 30 },
      (_, index) => `utm_k${'abcdefghijklmnopqrstuvwxyz'[index % 26] ?? ''}`,
    );
    const { utm } = queryOf([...keys, ...keys].map((key, index) => `${key}=v${index}`).join('&'));
    assert.equal(Object.keys(utm ?? {}).length, 12);
    assert.equal(utm?.['ka'], 'v0');
    assert.deepEqual(queryOf(`${'utm_source=a&'.repeat(20)}utm_term=b`).utm, { source: 'a', term: 'b' });
  });
});

describe('the title', () => {
  const titleOf = (title: unknown, settings: PageSettings = { title: true }) =>
    contextOf({ title }, settings).title;

  it('is told where the site says so', () => {
    assert.equal(titleOf('Shoes'), 'Shoes');
    assert.equal(titleOf('Shoes', {}), undefined);
    assert.equal(titleOf('Shoes', { title: false }), undefined);
    assert.equal(titleOf(''), undefined);
  });

  it('is not told where it may be about somebody', () => {
    for (const title of ['anna@example.com - Account', 'Order 10023', `${'x '.repeat(200)}@`])
      assert.equal(titleOf(title), undefined);
  });

  it('is no form that calls itself so', () => assert.equal(titleOf({ name: 'title' }), undefined));

  it('has 255 characters', () => assert.equal(titleOf('é '.repeat(200)), 'é '.repeat(200).slice(0, 255)));
});

describe('how the visitor came', () => {
  const landings: readonly (readonly [landing: string, told: object])[] = [
    [
      `${SHOP}/?utm_source=news&email=anna https://news.example/inbox/anna`,
      { referrer: 'https://news.example', utm: { source: 'news' } },
    ],
    [`${SHOP}/ `, {}],
    [SHOP, {}],
    // What the page's own code may have put there.
    ['{"utm":{"source":"news"}}', {}],
    ['nonsense https://news.example/', {}],
    ['', {}],
  ];
  for (const [landing, told] of landings) {
    it(`is read of "${landing}"`, () => assert.deepEqual(landedOf(landing), told));
  }
});
