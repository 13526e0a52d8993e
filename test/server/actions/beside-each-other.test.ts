/** Actions of one flow, of which Braze does not take one: what it holds up, and for how long. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  CITY,
  fromBraze,
  recipientOf,
  runCase,
  TIMEOUT,
  type ActionCase,
  type ActionWorld,
  type TestedAction,
} from '../action-cases.ts';

const HOUR = 3_600_000;

const CANVAS = '0b7e4e4c-6f1c-4f5e-9a54-5f0b5c6e2d11';

const EVERYTHING = ['users.track', 'canvas.trigger.send', 'campaigns.trigger.send'];

const action: TestedAction = {
  call: 'canvas/trigger/send',
  permission: 'canvas.trigger.send',
  node: { canvas_id: CANVAS, context: { city: '{{answers.city}}' } },
  workspace: { canvases: [{ id: CANVAS }], campaigns: [{ id: CANVAS }] },
  body: (sent) => ({ canvas_id: CANVAS, recipients: [{ ...recipientOf(sent), context: { city: CITY } }] }),
};

/** A Canvas that the key may not enter, a note before it and a campaign: all of one flow. */
const refused: Pick<ActionCase, 'fault' | 'permissions' | 'told' | 'after' | 'nodes'> = {
  fault: fromBraze(403),
  permissions: EVERYTHING,
  told: { outcome: 'queued' },
  after: 'note',
  nodes: {
    note: {
      type: 'action',
      call: 'users/track',
      attributes: { walks_in: '{{answers.city}}' },
      on: { success: 'letter', error: 'error' },
    },
    letter: {
      type: 'action',
      call: 'campaigns/trigger/send',
      campaign_id: CANVAS,
      on: { success: 'act', error: 'error' },
    },
  },
};

const idOf = ({ sent }: ActionWorld, step: number) => sent.submission.id.replace(/\d+$/, String(step));

const pathsOf = ({ emulator }: ActionWorld) => emulator.journal().map(({ path, status }) => [path, status]);

describe('an action that the key may not do', () => {
  const run = (
    name: string,
    then: (world: ActionWorld, t: TestContext) => Promise<void>,
    given: Pick<ActionCase, 'ends' | 'statuses' | 'dead'>,
  ) =>
    void it(name, { timeout: TIMEOUT }, (t) =>
      runCase(t, action, { name, ...refused, ...given, then: (world) => then(world, t) }),
    );

  run(
    'holds up no other visitor’s who does something else',
    async (world) => {
      const submit = await world.openVisitor();
      for (const [step, node, next] of [
        [5, 'note', 'letter'],
        [6, 'letter', 'act'],
      ] as const) {
        const id = idOf(world, step);
        assert.deepEqual(await submit({ id, node }), { id, outcome: 'success', next });
      }
      assert.deepEqual(pathsOf(world), [
        ['/canvas/trigger/send', 403],
        ['/users/track', 201],
        ['/campaigns/trigger/send', 201],
      ]);
      await world.replaceKey();
    },
    { ends: 'success', statuses: [403, 201] },
  );

  run(
    'holds its own visitor’s line up until it is out of time, and no longer',
    async (world, t) => {
      const id = idOf(world, 5);
      assert.deepEqual(await world.submit({ id, node: 'note' }), { id, outcome: 'queued', next: 'letter' });
      await world.stop();
      t.mock.timers.enable({ apis: ['Date'], now: Date.now() + HOUR });
      await world.start();
      await world.until({ event: 'submission_settled', submission: id, outcome: 'success' });
      assert.deepEqual(pathsOf(world), [
        ['/canvas/trigger/send', 403],
        ['/users/track', 201],
      ]);
    },
    { ends: 'error', statuses: [403], dead: /could not be sent \(canvas\/trigger\/send\) in time/ },
  );
});
