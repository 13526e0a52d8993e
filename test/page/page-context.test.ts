import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PageSettings } from '../../widget/contract/site.ts';
import { pageContextOf, type Landed, type Page } from '../../widget/page/page-context.ts';

const SHOP = 'https://shop.example';

const contextOf = (page: Partial<Page>, settings?: PageSettings, landed?: Landed) =>
  pageContextOf({ url: `${SHOP}/`, referrer: '', title: '', ...page }, settings, landed).page;

describe('what the page tells', () => {
  it('is its path alone, where there is nothing else', () => {
    assert.deepEqual(contextOf({ url: `${SHOP}/a/anna%40example.com?x=1#y`, title: 'A' }), {
      path: '/a/:id',
    });
  });

  it('has no path of a file, and no text of an address', () => {
    for (const url of ['file:///home/anna/shop.html', 'data:text/html,anna', 'about:blank'])
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
  ]) {
    it(`does not tell ${value || 'what is empty'}`, () =>
      assert.deepEqual(queryOf(`utm_content=${value}&size=${value}`, { query: ['size'] }), { path: '/' }));
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

  it('takes twelve keys, and the first value of each', () => {
    const keys = Array.from(
      { length: 30 },
      (_, index) => `utm_k${'abcdefghijklmnopqrstuvwxyz'[index % 26] ?? ''}`,
    );
    const { utm } = queryOf([...keys, ...keys].map((key, index) => `${key}=v${index}`).join('&'));
    assert.equal(Object.keys(utm ?? {}).length, 12);
    assert.equal(utm?.['ka'], 'v0');
  });
});

describe('the title', () => {
  const titleOf = (title: string, settings: PageSettings = { title: true }) =>
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

  it('has 255 characters', () => assert.equal(titleOf('é '.repeat(200)), 'é '.repeat(200).slice(0, 255)));
});

describe('how the visitor came', () => {
  const come = (page: Partial<Page>, landed?: Landed) =>
    pageContextOf({ url: `${SHOP}/`, referrer: '', title: '', ...page }, {}, landed);
  const LANDED: Landed = { referrer: 'https://news.example', utm: { source: 'news' } };

  it('is told of the pages after, too', () => {
    const first = come({ url: `${SHOP}/?utm_source=news`, referrer: 'https://news.example/' });
    assert.deepEqual(first.landed, LANDED);
    const second = come({ url: `${SHOP}/next`, referrer: `${SHOP}/?utm_source=news` }, first.landed);
    assert.deepEqual(second.page, { path: '/next', ...LANDED });
    assert.equal(second.landed, first.landed);
  });

  it('stays when another site sends the visitor back', () => {
    assert.deepEqual(come({ referrer: 'https://pay.example/' }, LANDED).landed, LANDED);
  });

  it('is forgotten with a new campaign', () => {
    assert.deepEqual(come({ url: `${SHOP}/?utm_source=mail` }, LANDED).landed, { utm: { source: 'mail' } });
  });

  it('is found where the page has gone on without being loaded anew', () => {
    const page = {
      url: `${SHOP}/next`,
      loaded: `${SHOP}/?utm_source=news`,
      referrer: 'https://news.example/',
    };
    assert.deepEqual(come(page).page, { path: '/next', ...LANDED });
    assert.deepEqual(come(page, LANDED).landed, LANDED);
  });

  it('is told of no page of which nothing is known', () => assert.deepEqual(come({}).landed, {}));
});
