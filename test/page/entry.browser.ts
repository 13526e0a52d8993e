import { assert } from '@open-wc/testing';
import { takeEntryLink } from '../../widget/page/entry.ts';

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
  ] as const) {
    it(`is taken from "${address}"${inQuery ? ', where the query counts' : ''}: ${token ?? 'none'}`, () => {
      history.replaceState({ kept: true }, '', pathname + address);
      assert.strictEqual(takeEntryLink(inQuery), token);
      assert.strictEqual(location.pathname + location.search + location.hash, pathname + rest);
      assert.deepEqual(history.state, { kept: true });
    });
  }
});
