/** What is beside a question to the relay, which is kept nowhere: what is told at the same step, and what waits in the outbox. */
import { assert } from '@open-wc/testing';
import type { FlowResponse } from '../../widget/contract/wire.ts';
import type { ParleyOutcomeEvent } from '../../widget/events.ts';
import { hears, open, type, until } from './chat.ts';
import { installFakeRelay, json, receipt, type FakeRelay } from './fake-relay.ts';

/** The relay decides after the first answer. */
const ASKING: FlowResponse = {
  id: 'welcome',
  revision: 'r1',
  locale: 'en',
  start: 'name',
  nodes: {
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Your name?', next: 'tier' },
    tier: { type: 'action', asks: true, on: { success: 'plain', error: 'plain', 0: 'gold' } },
    plain: { type: 'end', text: 'Goodbye' },
    gold: { type: 'end', text: 'Goodbye, and enjoy the lounge' },
  },
};
/** Something is written before that. */
const WRITING: FlowResponse = {
  ...ASKING,
  nodes: {
    ...ASKING.nodes,
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Your name?', next: 'save' },
    save: { type: 'action', on: { success: 'tier', error: 'plain' } },
  },
};

/** Without the conversation: as `2.started`. */
const stepOf = (id: string) => id.split('.').slice(1).join('.');

describe('a question to the relay', () => {
  let relay: FakeRelay;
  beforeEach(() => {
    relay = installFakeRelay();
  });
  afterEach(() => relay.uninstall());

  /** From now on the question waits. @returns lets its answer go, once it was asked */
  const holdQuestion = (step: string) => {
    const { submission } = relay;
    let letGo: (() => void) | undefined;
    relay.submission = (id) =>
      stepOf(id) === step
        ? new Promise((resolve) => (letGo = () => resolve(receipt(id, { next: 'gold' }))))
        : submission(id);
    return async () => {
      await until(() => letGo, 'it was not asked');
      return letGo as () => void;
    };
  };

  it('lets what is told beside it go at once, with the way until there, and once', async () => {
    const site = { events: ['started', 'page', 'passed'] } as const;
    relay.flow = async () => json({ ...ASKING, site } satisfies FlowResponse);
    const asked = holdQuestion('2');
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    const letGo = await asked();
    await until(() => relay.submitted.length === 3, `told: ${relay.submitted.map(stepOf).join(', ')}`);
    letGo();
    await hears(chat, 'Goodbye, and enjoy the lounge');
    const sent = relay.requests.flatMap(({ submissions }) => submissions);
    assert.sameMembers(
      sent.map(({ id, node, passed }) => `${stepOf(id)} ${node} ${passed?.passings.length ?? 0}`),
      ['2 tier 0', '2.page tier 0', '2.started tier 3'],
    );
  });

  it('is not answered by an outbox that waits', async () => {
    relay.flow = async () => json(WRITING);
    relay.submission = async () => json({}, 503, { 'retry-after': '60' });
    const asked = holdQuestion('3');
    const outcomes: string[] = [];
    const chat = await open();
    chat.addEventListener('parley-outcome', ({ submission, outcome }: ParleyOutcomeEvent) =>
      outcomes.push(`${stepOf(submission)} ${outcome}`),
    );
    await type(chat, 'first_name', 'Ada');
    const letGo = await asked();
    // Tried now, it is too early: what was to be written waits on.
    dispatchEvent(new Event('online'));
    letGo();
    await hears(chat, 'Goodbye, and enjoy the lounge');
    assert.deepEqual(outcomes, ['2 queued', '3 success']);
  });
});
