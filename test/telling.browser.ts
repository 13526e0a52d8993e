import { assert } from '@open-wc/testing';
import { LANGUAGE } from '../widget/flow/language.ts';
import type { PublishedFlow } from '../widget/contract/flow.ts';
import type { LifecycleEvent } from '../widget/contract/site.ts';
import type { DepartureRequest } from '../widget/contract/wire.ts';
import type { Snapshot } from '../widget/flow/snapshot.ts';
import type { News } from '../widget/outbox/outbox.ts';
import { connectTelling, type Telling } from '../widget/telling.ts';
import { snapshotAt } from './outbox/outbox-fixture.ts';

const FLOW = {
  id: 'welcome',
  revision: '1',
  locale: 'en',
  start: 'name',
  nodes: {
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Your name?', next: 'save' },
    save: { type: 'action', on: { success: 'end', error: 'end' } },
    end: { type: 'end', text: 'Goodbye' },
  },
} satisfies PublishedFlow;

const HERE = snapshotAt(2, { told: ['started'] });

/** A page with a conversation, and what the relay and the other tabs hear of it. */
function openPage(events: readonly LifecycleEvent[] = ['started', 'abandoned']) {
  const page = {
    snapshot: HERE as Snapshot | undefined,
    credential: 'visitor' as string | undefined,
    isAllowed: true,
    /** The relay takes what it is told. */
    isUp: true,
    heard: [] as string[],
    tabs: [] as News[],
    moves: 0,
    /** Lets the departure arrive that is on its way. */
    arrive: (): void => undefined,
    /** What is to be done after a while. */
    later: undefined as (() => void) | undefined,
  };
  const telling = connectTelling({
    events,
    current: () => page.snapshot && [FLOW, page.snapshot],
    happening: () => ({
      time: '2026-11-21T10:00:00.000Z',
      surroundings: { page: { path: location.pathname }, device: { type: 'desktop', language: 'en' } },
      language: LANGUAGE,
    }),
    moved: () => (page.moves += 1),
    announce: (news) => page.tabs.push(news),
    notify: (...[, body]) => {
      const { left, back } = body as DepartureRequest;
      page.heard.push(
        left ? `left ${left.id.split('.').slice(1).join('.')} at ${left.node}` : `back ${back ?? ''}`,
      );
      return left
        ? new Promise((resolve) => (page.arrive = () => resolve(false)))
        : Promise.resolve(!page.isUp);
    },
    credential: () => page.credential,
    learn: async () => undefined,
    isAllowed: () => page.isAllowed,
    setTimer: (callback) => {
      page.later = callback;
      return () => (page.later = undefined);
    },
  });
  return { page, telling };
}

/** The visitor turns to another tab, or back to this one. */
function show(state: DocumentVisibilityState): void {
  Object.defineProperty(document, 'visibilityState', { configurable: true, value: state });
  document.dispatchEvent(new Event('visibilitychange'));
}

const soon = () => new Promise((resolve) => setTimeout(resolve));

const BACK = `back ${HERE.conversation}`;
const LEFT = 'left 2.abandoned at name';

describe('a visitor who comes and goes', () => {
  let telling: Telling | undefined;
  afterEach(() => {
    telling?.disconnect();
    Reflect.deleteProperty(document, 'visibilityState');
  });

  const open = (...given: Parameters<typeof openPage>) => {
    const { page, telling: opened } = openPage(...given);
    telling = opened;
    opened.connect();
    return page;
  };

  it('is with it again on each page on which it goes on', async () => {
    const page = open();
    await soon();
    assert.deepEqual(page.heard, [BACK]);
  });

  it('may be gone when the page is hidden, told once though it is then left; and is back, told after that', async () => {
    const page = open();
    await soon();
    show('hidden');
    dispatchEvent(new PageTransitionEvent('pagehide'));
    assert.deepEqual(page.heard, [BACK, LEFT]);
    assert.deepEqual(page.tabs, [{ type: 'left', conversation: HERE.conversation }]);
    show('visible');
    await soon();
    assert.deepEqual(page.heard, [BACK, LEFT], 'not before the departure has arrived');
    page.arrive();
    await soon();
    assert.deepEqual(page.heard, [BACK, LEFT, BACK]);
    show('hidden');
    assert.deepEqual(page.heard, [BACK, LEFT, BACK, LEFT]);
  });

  it('has gone for good where they only looked in, before the relay had heard that they left', async () => {
    const page = open();
    await soon();
    show('hidden');
    show('visible');
    show('hidden');
    page.arrive();
    await soon();
    assert.deepEqual(page.heard, [BACK, LEFT, LEFT]);
  });

  it('is told again to be back where the relay has not taken it, as long as they are', async () => {
    const page = open();
    page.isUp = false;
    await soon();
    page.later?.();
    await soon();
    assert.deepEqual(page.heard, [BACK, BACK]);
    page.isUp = true;
    page.later?.();
    await soon();
    assert.deepEqual(page.heard, [BACK, BACK, BACK]);
    show('hidden');
    page.later?.();
    await soon();
    assert.deepEqual(page.heard, [BACK, BACK, BACK, LEFT]);
  });

  it('has left when the chat is taken off the page', async () => {
    const page = open();
    await soon();
    telling?.disconnect();
    telling?.disconnect();
    assert.deepEqual(page.heard, [BACK, LEFT]);
  });

  it('is still here when they leave another tab with the same conversation', async () => {
    const page = open();
    await soon();
    telling?.hear({ type: 'left', conversation: HERE.conversation });
    telling?.hear({ type: 'left', conversation: 'another' });
    await soon();
    assert.deepEqual(page.heard, [BACK, BACK]);
    show('hidden');
    telling?.hear({ type: 'left', conversation: HERE.conversation });
    await soon();
    assert.deepEqual(page.heard, [BACK, BACK, LEFT]);
  });

  for (const [name, change] of Object.entries({
    'has not started': { snapshot: snapshotAt(1) },
    'is not known': { credential: undefined },
    'has ended it': { snapshot: snapshotAt(3, { node: 'end', told: ['started', 'completed'] }) },
    'waits for a verdict': { snapshot: snapshotAt(3, { node: 'save', told: ['started'], awaiting: 'it' }) },
    'does not let anything be sent': { isAllowed: false },
  })) {
    it(`is not told of who ${name}`, async () => {
      const { page, telling: opened } = openPage();
      telling = opened;
      Object.assign(page, change);
      opened.connect();
      show('hidden');
      show('visible');
      await soon();
      assert.deepEqual(page.heard, []);
    });
  }

  it('is not noticed where the site does not want it told, nor after the chat has gone', async () => {
    const page = open(['started']);
    const other = openPage();
    other.telling.connect();
    await soon();
    other.telling.disconnect();
    show('hidden');
    show('visible');
    show('hidden');
    await soon();
    assert.deepEqual([page.heard, other.page.heard], [[], [BACK, LEFT]]);
  });

  it('goes to another address without a load, which is a page where pages are told', () => {
    const address = location.href;
    const [told, untold] = [open(['page']), openPage(['started'])];
    untold.telling.connect();
    history.pushState(null, '', '/another');
    history.replaceState(null, '', address);
    untold.telling.disconnect();
    assert.deepEqual([told.moves, untold.page.moves], [2, 0]);
  });
});
