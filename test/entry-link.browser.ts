import { assert } from '@open-wc/testing';
import { entryLink, forgetEntryLink, takeEntryLink } from '../widget/entry-link.ts';

const TOKEN = 'eyJhbGciOiJkaXIifQ..0123-_ab.c.d';
const { href } = location;
const { pathname } = location;

afterEach(() => history.replaceState(null, '', href));

describe('an entry link', () => {
  for (const [address, inQuery, token, rest] of [
    [`#parley=${TOKEN}`, false, TOKEN, ''],
    [`?a=1#parley=${TOKEN}`, false, TOKEN, '?a=1'],
    [`#top&parley=${TOKEN}`, false, TOKEN, '#top'],
    [`#parley=${TOKEN}&top`, false, TOKEN, '#top'],
    [`?parley=${TOKEN}`, true, TOKEN, ''],
    [`?a=1&parley=${TOKEN}&b=2#top`, true, TOKEN, '?a=1&b=2#top'],
    [`?parley=${TOKEN}&b=2`, true, TOKEN, '?b=2'],
    [`?parley=${TOKEN}`, false, undefined, `?parley=${TOKEN}`],
    ['#parley', false, undefined, '#parley'],
    ['#parley=', false, undefined, '#parley='],
    ['#xparley=a', false, undefined, '#xparley=a'],
    ['', true, undefined, ''],
    [`#parley=${'x'.repeat(2_001)}`, false, undefined, `#parley=${'x'.repeat(2_001)}`],
  ] as const) {
    it(`is taken from "${address}"${inQuery ? ', where the query counts' : ''}: ${token ?? 'none'}`, () => {
      history.replaceState({ kept: true }, '', pathname + address);
      assert.strictEqual(takeEntryLink(inQuery), token);
      assert.strictEqual(location.pathname + location.search + location.hash, pathname + rest);
      assert.deepEqual(history.state, { kept: true });
    });
  }
});

describe('an entry link, on the pages that follow', () => {
  afterEach(() => forgetEntryLink(true));

  it('is of the flow that was asked for with it, and of no other', () => {
    history.replaceState(null, '', `${pathname}#parley=${TOKEN}`);
    assert.strictEqual(entryLink('welcome', true), TOKEN);
    assert.strictEqual(entryLink('welcome', true), TOKEN);
    assert.isUndefined(entryLink('returns', true));
    assert.strictEqual(sessionStorage.getItem('parley-entry'), `welcome ${TOKEN}`);
    forgetEntryLink(true);
    assert.isUndefined(entryLink('welcome', true));
    assert.isNull(sessionStorage.getItem('parley-entry'));
  });

  it('is of this page alone where the browser may not keep it', () => {
    history.replaceState(null, '', `${pathname}#parley=${TOKEN}`);
    assert.strictEqual(entryLink('welcome', false), TOKEN);
    assert.strictEqual(entryLink('welcome', false), TOKEN);
    assert.isNull(sessionStorage.getItem('parley-entry'));
  });

  it('is taken also where nobody may change the address', () => {
    history.replaceState(null, '', `${pathname}#parley=${TOKEN}`);
    const replaceState = history.replaceState.bind(history);
    history.replaceState = () => {
      throw new DOMException('No', 'SecurityError');
    };
    try {
      assert.strictEqual(entryLink('welcome', false), TOKEN);
    } finally {
      history.replaceState = replaceState;
    }
  });
});
