import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { layerTags, mergeTags, pathTags, tagsFrom } from '../../widget/page/tag-sources.ts';

describe('tags', () => {
  const rows: readonly (readonly [unknown, readonly string[]])[] = [
    ['pricing, suv', ['pricing', 'suv']],
    [
      ['Pricing', ' SUV '],
      ['pricing', 'suv'],
    ],
    ['a,b,a', ['b', 'a']],
    ['Clothing > Shoes', ['clothing', 'shoes']],
    ['Shoes & Boots', ['shoes boots']],
    ['🔥 Sale 🔥', ['sale']],
    ['🔥', []],
    ['', []],
    [' , ,', []],
    ['article:section/a-b_c.d', ['article:section/a-b_c.d']],
    ['ＳＵＶ', ['suv']],
    ['靴', ['靴']],
    ['जूते', ['जूते']],
    ['أحذية', ['أحذية']],
    ['נעליים', ['נעליים']],
    ['\u202Eevil\u202C', ['evil']],
    ['\ud800', []],
    ['__proto__', ['__proto__']],
    ['constructor', ['constructor']],
    ['<script>alert(1)</script>', ['script', 'alert 1 /script']],
    ['x'.repeat(40), ['x'.repeat(40)]],
    ['x'.repeat(41), []],
    ['x,'.repeat(10_000), []],
    ['anna@example.com', []],
    ['anna＠example.com', []],
    ['order 12345', []],
    ['order 1234', ['order 1234']],
    ['555-123-4567', []],
    ['3f2b8c1e-9d4a-4e6f-8a7b-1c2d3e4f5a6b', []],
    ['V1StGXR8_Z5jdHi6B-myT', []],
    ['summer-collection-2026', ['summer-collection-2026']],
    [[1, null, undefined, {}, ['deep'], 'kept'], ['kept']],
    [null, []],
    [7, []],
    [{ toString: () => 'no' }, []],
  ];
  for (const [told, tags] of rows) {
    it(`of ${JSON.stringify(told).slice(0, 50)} are ${tags.join() || 'none'}`, () =>
      assert.deepEqual(tagsFrom(told), tags));
  }

  it('of a list are its last twenty', () => {
    const list = Array.from({ length: 1000 }, (_, index) => `tag ${index}`);
    assert.deepEqual(tagsFrom(list), list.slice(-20));
    assert.deepEqual(mergeTags(list, ['tag 0']), [...list.slice(-19), 'tag 0']);
  });

  it('that are told again are the newest', () => {
    assert.deepEqual(mergeTags(['a', 'b', 'c'], ['b', 'd']), ['a', 'c', 'b', 'd']);
  });
});

describe('path rules', () => {
  const rows: readonly (readonly [rule: string, path: string, isFit: boolean])[] = [
    ['/', '/', true],
    ['/', '/a', false],
    ['/shoes', '/shoes', true],
    ['/shoes', '/shoes/', true],
    ['/shoes/', '/shoes', true],
    ['/shoes', '/shoes/trail', false],
    ['/shoes', '/Shoes', false],
    ['/shoes/*', '/shoes/trail', true],
    ['/shoes/*', '/shoes', false],
    ['/shoes/*', '/shoes/trail/42', false],
    ['/*/shoes', '/en/shoes', true],
    ['/journal/**', '/journal', true],
    ['/journal/**', '/journal/2026/11/x', true],
    ['/journal/**', '/journals', false],
    ['/*/journal/**', '/en/journal/1', true],
    ['/**', '/', true],
    ['/**', '/any/thing', true],
    ['/靴/*', '/%E9%9D%B4/trail', true],
    ['/%E9%9D%B4', '/靴', true],
    ['/a.c', '/abc', false],
    ['/(a+)+$', '/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', false],
    ['/[a', '/[a', true],
  ];
  for (const [path, pathname, isFit] of rows) {
    it(`${path} ${isFit ? 'fits' : 'does not fit'} ${pathname}`, () =>
      assert.deepEqual(pathTags(pathname, [{ path, tags: ['Yes'] }]), isFit ? ['yes'] : []));
  }

  it('that fit all count', () => {
    const rules = [
      { path: '/a', tags: ['one'] },
      { path: '/*', tags: ['two', 'three'] },
    ];
    assert.deepEqual(pathTags('/a', rules), ['one', 'two', 'three']);
    assert.deepEqual(pathTags('/a'), []);
  });
});

describe('dataLayer', () => {
  it('is read under the keys that are named, and under no other', () => {
    const read: PropertyKey[] = [];
    const entry = new Proxy(
      { event: 'view', user: { email: 'anna' }, page: { category: 'SUV', list: ['a', 'b'] } },
      {
        get(target, key) {
          read.push(key);
          return Reflect.get(target, key) as unknown;
        },
      },
    );
    assert.deepEqual(layerTags(entry, ['page.category', 'page.list', 'page.none', 'none.at.all']), [
      'suv',
      'a',
      'b',
    ]);
    assert.deepEqual([...new Set(read)], ['page']);
  });

  it('may hold anything', () => {
    const cyclic: Record<string, unknown> = { tag: 'kept' };
    cyclic['self'] = cyclic;
    const throwing = {
      get page(): never {
        throw new Error('No.');
      },
      tag: 'kept',
    };
    assert.deepEqual(layerTags(cyclic, ['self.self.self.tag', 'self']), ['kept']);
    assert.deepEqual(layerTags(throwing, ['page.category', 'tag']), ['kept']);
    for (const entry of [undefined, null, 1, 'text', () => 'x', [], Symbol('x')])
      assert.deepEqual(layerTags(entry, ['page', '0', 'length', '__proto__.constructor.name']), []);
  });
});
