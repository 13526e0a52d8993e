import { assert, aTimeout, oneEvent } from '@open-wc/testing';
import { listenToNavigation, overhear } from '../../widget/page/navigation.ts';

const HOME = location.href;

/** As in a browser that has no Navigation API. */
function hideNavigation(): () => void {
  Object.defineProperty(window, 'navigation', { value: undefined, configurable: true, writable: true });
  return () => void Reflect.deleteProperty(window, 'navigation');
}

const CASES: readonly (readonly [string, () => () => void])[] = [
  ['with the Navigation API', () => () => undefined],
  ['without it', hideNavigation],
];

for (const [name, prepare] of CASES) {
  describe(`navigation ${name}`, () => {
    let restore: () => void;
    let heard: string[];
    let leave: () => void;

    beforeEach(() => {
      restore = prepare();
      heard = [];
      leave = listenToNavigation(() => heard.push(location.pathname + location.search));
    });
    afterEach(() => {
      leave();
      history.replaceState(null, '', HOME);
      restore();
    });

    it('is heard when path or query change', () => {
      history.pushState(null, '', '/a');
      history.pushState(null, '', '/a?b=1');
      history.replaceState(null, '', '/c');
      assert.deepEqual(heard, ['/a', '/a?b=1', '/c']);
    });

    it('is not heard when neither does', async () => {
      history.pushState({ new: 'state' }, '', location.href);
      history.replaceState(null, '', '#fragment');
      location.hash = 'other';
      await aTimeout(50);
      assert.deepEqual(heard, []);
    });

    it('is heard when the visitor goes back', async () => {
      history.pushState(null, '', '/a');
      history.pushState(null, '', '/b');
      const back = oneEvent(window, 'popstate');
      history.back();
      await back;
      assert.deepEqual(heard, ['/a', '/b', '/a']);
    });

    it('is heard no more in the end, and leaves the methods as they were', () => {
      leave();
      history.pushState(null, '', '/a');
      assert.deepEqual(heard, []);
      assert.isFalse(Object.hasOwn(history, 'pushState'));
      assert.isFalse(Object.hasOwn(history, 'replaceState'));
    });
  });
}

describe('a method that is overheard', () => {
  it('goes on to work when another wraps it after', () => {
    const list: number[] = [];
    const calls: string[] = [];
    const leave = overhear(list, 'push', ([first]) => calls.push(`ours ${String(first)}`));
    const ours = list.push.bind(list);
    const theirs = (...told: number[]) => {
      calls.push('theirs');
      return ours(...told);
    };
    list.push = theirs;
    assert.equal(list.push(1), 1);
    leave();
    assert.equal(list.push, theirs);
    assert.equal(list.push(2, 3), 3);
    assert.deepEqual(list, [1, 2, 3]);
    assert.deepEqual(calls, ['theirs', 'ours 1', 'theirs']);
  });

  it('goes on to work when another wrapped it before, and is given back to them', () => {
    const list: number[] = [];
    const theirs = (...told: number[]) =>
      Array.prototype.push.apply(
        list,
        told.map((value) => value * 2),
      );
    list.push = theirs;
    const heard: unknown[] = [];
    const leave = overhear(list, 'push', (told) => heard.push(...told));
    list.push(1);
    leave();
    assert.equal(list.push, theirs);
    assert.deepEqual([list[0], heard], [2, [1]]);
  });

  it('stays as it is where its owner is frozen', () => {
    const list: number[] = [];
    Object.freeze(list);
    overhear(list, 'push', () => undefined)();
    assert.isFalse(Object.hasOwn(list, 'push'));
  });
});
