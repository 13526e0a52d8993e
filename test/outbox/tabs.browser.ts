import { assert } from '@open-wc/testing';
import type { News } from '../../widget/outbox/outbox.ts';
import { connectTabs, createLock, type Tabs } from '../../widget/outbox/tabs.ts';
import { success } from './outbox-fixture.ts';

const nextName = () => `parley tabs ${crypto.randomUUID()}`;

/** Two tabs of a relay, as far as their channel goes. */
function connectPair(name = nextName()) {
  const heard: News[] = [];
  const deaf: News[] = [];
  let wake: (() => void) | undefined;
  const speaker = connectTabs(name, (news) => deaf.push(news));
  const listener = connectTabs(name, (news) => {
    heard.push(news);
    wake?.();
  });
  const hears = (count: number) =>
    new Promise<readonly News[]>((resolve) => {
      wake = () => {
        if (heard.length >= count) resolve(heard);
      };
      wake();
    });
  pairs.push(speaker, listener);
  return { speaker, listener, hears, heard, deaf };
}

const pairs: Tabs[] = [];
afterEach(() => pairs.splice(0).forEach((tabs) => tabs.disconnect()));

const STORED: News = { type: 'stored' };
const SETTLED: News = { type: 'settled', verdicts: [success('a.1')] };

describe('tabs', () => {
  it('hear each other, in order, and not themselves', async () => {
    const { speaker, hears, deaf } = connectPair();
    speaker.tell(STORED);
    speaker.tell(SETTLED);
    assert.deepEqual(await hears(2), [STORED, SETTLED]);
    assert.deepEqual(deaf, []);
  });

  it('hear nothing of another relay', async () => {
    const other = connectPair();
    const { speaker, hears } = connectPair();
    other.speaker.tell(STORED);
    speaker.tell(SETTLED);
    assert.deepEqual(await hears(1), [SETTLED]);
  });

  const ASIDE: readonly [away: string, back: string][] = [
    ['pagehide', 'pageshow'],
    ['freeze', 'resume'],
  ];
  for (const [away, back] of ASIDE) {
    it(`hear nothing from ${away} until ${back}`, async () => {
      const name = nextName();
      const { listener, hears, heard } = connectPair(name);
      dispatchEvent(new Event(away));
      // All tabs of this test are of one page: what is told now comes from another one.
      const channel = new BroadcastChannel(name);
      channel.postMessage(STORED);
      listener.tell(STORED);
      dispatchEvent(new Event(back));
      channel.postMessage(SETTLED);
      channel.close();
      assert.deepEqual(await hears(1), [SETTLED]);
      assert.lengthOf(heard, 1);
    });
  }

  it('hear nothing once they are disconnected, also when the page comes back', async () => {
    const name = nextName();
    const { listener, speaker, heard } = connectPair(name);
    const { hears } = connectPair(name);
    listener.disconnect();
    dispatchEvent(new Event('pageshow'));
    speaker.tell(STORED);
    await hears(1);
    assert.deepEqual(heard, []);
  });
});

describe('the lock of tabs', () => {
  it('is held by one at a time, and free again after it', async () => {
    const [one, other] = ['lock', 'lock'].map((name) => createLock(name)) as [
      ReturnType<typeof createLock>,
      ReturnType<typeof createLock>,
    ];
    const ran: string[] = [];
    const isMine = await one(async () => {
      ran.push('one');
      assert.isFalse(await other(async () => void ran.push('other')));
    });
    assert.isTrue(isMine);
    assert.isTrue(await other(async () => void ran.push('other')));
    assert.deepEqual(ran, ['one', 'other']);
  });

  it('is not the lock of another relay', async () => {
    await createLock('one relay')(async () => {
      assert.isTrue(await createLock('another relay')(async () => undefined));
    });
  });

  it('is free after a flush that failed', async () => {
    const tryLock = createLock('failing');
    const failed = await tryLock(() => Promise.reject(new Error('Failed'))).then(
      () => false,
      () => true,
    );
    assert.isTrue(failed);
    assert.isTrue(await tryLock(async () => undefined));
  });
});
