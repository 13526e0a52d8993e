import { CITY, describeAction, recipientOf, type TestedAction } from '../action-cases.ts';

const CANVAS = '0b7e4e4c-6f1c-4f5e-9a54-5f0b5c6e2d11';

const action: TestedAction = {
  call: 'canvas/trigger/send',
  permission: 'canvas.trigger.send',
  node: { canvas_id: CANVAS, context: { city: '{{answers.city}}', page: 'of {{page.path}}' } },
  workspace: { canvases: [{ id: CANVAS }] },
  body: (sent) => ({
    canvas_id: CANVAS,
    recipients: [{ ...recipientOf(sent), context: { city: CITY, page: 'of /boots' } }],
  }),
};

describeAction(action, [
  {
    name: 'is taken',
    told: { outcome: 'success' },
    statuses: [201],
  },
]);
