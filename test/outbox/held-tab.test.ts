/** Two tabs of one conversation: the relay has asked one of them for time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { LANGUAGE } from '../../widget/flow/language.ts';
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import type { SubmissionsRequest } from '../../widget/contract/wire.ts';
import { Conversation } from '../../widget/conversation.ts';
import * as english from '../../widget/locale/en.ts';
import { createMemoryRecords } from '../../widget/outbox/memory-records.ts';
import { createOutbox, type News } from '../../widget/outbox/outbox.ts';
import { createOutboxStore } from '../../widget/outbox/store.ts';
import { createRelayClient } from '../../widget/transport/relay-client.ts';
import { ONE_ERA, ONE_VISITOR, sessionsOf } from './one-visitor.ts';
import { OPEN_GATE } from './open-gate.ts';
import { NOW } from './outbox-fixture.ts';

const ask = (field: string, next: string) =>
  ({ type: 'ask', input: 'text', field, text: '?', next }) as const;

/** `queued` leads elsewhere than `success`. */
const save = (success: string, back: string) =>
  ({ type: 'action', on: { success, queued: 'later', error: 'sorry', invalid: back } }) as const;

const FLOW: PublishedFlow = {
  id: 'two-questions',
  revision: 'r1',
  locale: 'en',
  start: 'first',
  nodes: {
    first: ask('one', 'save_one'),
    save_one: { ...save('second', 'first'), on: { ...save('second', 'first').on, queued: 'second' } },
    second: ask('two', 'save_two'),
    save_two: save('good', 'second'),
    good: { type: 'message', bubbles: [{ text: 'Good' }], next: 'end' },
    later: { type: 'message', bubbles: [{ text: 'Later' }], next: 'end' },
    sorry: { type: 'message', bubbles: [{ text: 'Sorry' }], next: 'end' },
    end: { type: 'end' },
  },
};

class Host extends EventTarget implements ReactiveControllerHost {
  readonly updateComplete = Promise.resolve(true);
  addController(controller: ReactiveController): void {
    controller.hostConnected?.();
  }
  removeController(): void {
    // It lives as long as the test.
  }
  requestUpdate(): void {
    // Nobody looks.
  }
}

/** Whatever has been promised is done by then. */
async function still(): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
}

function createBrowser() {
  const transact = createMemoryRecords();
  const ears = new Set<(news: News) => void>();
  const world = { isDown: true };
  let isLocked = false;
  const fetch = async (address: unknown, { body }: RequestInit = {}) => {
    await new Promise(setImmediate);
    if ((address as string).endsWith('/v1/sessions')) {
      return Response.json({ visitor: 'visitor', session: 'session', expires_in: 600, deadline: 2_500 });
    }
    if (world.isDown) return new Response('', { status: 503, headers: { 'retry-after': '600' } });
    const { submissions } = JSON.parse(body as string) as SubmissionsRequest;
    // The other tab hears of the conversation before the relay has answered.
    await still();
    return Response.json({
      receipts: submissions.map(({ id }) => ({ id, outcome: 'success', next: 'good' })),
    });
  };
  const openTab = () => {
    const store = createOutboxStore(transact);
    return new Conversation(new Host(), {
      isFresh: async () => false,
      loadDelivery: async () => () => ({
        store,
        relay: createRelayClient('https://relay.example', sessionsOf(store), fetch, () => NOW),
        rememberUnsent: () => undefined,
        createOutbox,
        ...ONE_ERA,
        ask: async () => undefined,
        tryLock: async (run) => {
          if (isLocked) return false;
          isLocked = true;
          try {
            await run();
          } finally {
            isLocked = false;
          }
          return true;
        },
      }),
      fetchFlow: async () => FLOW,
      clock: () => NOW,
      random: () => 0.5,
      randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
      setTimer: () => () => undefined,
      readSurroundings: () => ({ page: { path: '/' }, device: { type: 'desktop', language: 'en' } }),
      loadRepertoire: async () => LANGUAGE,
      entryLink: async () => undefined,
      forgetEntryLink: () => undefined,
      heed: () => undefined,
      readTags: async () => undefined,
      connectTabs: (hear) => {
        ears.add(hear);
        return {
          tell: (news) => {
            for (const ear of ears) if (ear !== hear) setImmediate(() => ear(structuredClone(news)));
          },
          disconnect: () => ears.delete(hear),
        };
      },
      listenToPage: () => () => undefined,
      isOnline: () => true,
      consent: OPEN_GATE,
      loadTelling: () => Promise.reject(new Error('This site wants nothing told')),
      visitor: ONE_VISITOR,
    });
  };
  return { world, openTab };
}

describe('a tab that the relay has asked for time', () => {
  it('does not answer for what another tab is just sending', async () => {
    const { world, openTab } = createBrowser();
    const held = openTab();
    await held.begin(FLOW.id, 'en', Promise.resolve(english));
    await held.answer('x');
    await still();
    assert.equal(held.shown.question?.field, 'two');
    world.isDown = false;
    const other = openTab();
    await other.begin(FLOW.id, 'en', Promise.resolve(english));
    await other.answer('y');
    await still();
    await still();
    for (const tab of [other, held]) {
      const last = tab.shown.transcript?.at(-1);
      assert.deepEqual(last?.from === 'brand' && last.bubble, { content: ['Good'] });
    }
  });
});
