/** Enters the visitor into an API-triggered Canvas. */
import * as v from 'valibot';
import type { ActionNode, TemplateValue } from '../../widget/contract/flow.ts';
import { filledWithin, recipientOf } from '../braze/sends.ts';
import { identifier, optional, templateValue } from '../flows/schema-parts.ts';
import { record } from '../record.ts';
import { defineAction, SEND_LIFE, SEND_LIMITS, sendRepeat, templatesUnder } from './action.ts';

interface CanvasNode extends ActionNode {
  readonly canvas_id: string;
  readonly repeat?: boolean;
  readonly context?: Readonly<Record<string, TemplateValue>>;
}

export const action = defineAction<CanvasNode>({
  call: 'canvas/trigger/send',
  permission: 'canvas.trigger.send',
  does: 'Enters the visitor into an API-triggered Canvas.',
  page: 'api/endpoints/messaging/send_messages/post_send_triggered_canvases',
  queuedFor: SEND_LIFE,
  limits: SEND_LIMITS,
  limitedWith: 'sends',
  isRepeatable: false,
  isRead: true,
  entries: {
    canvas_id: v.pipe(identifier, v.description('The Canvas API identifier.')),
    context: optional(
      record(v.string(), templateValue),
      'What the Canvas personalises with: {{context.${city}}} in Braze is "city" here. Every text is a template.',
    ),
    repeat: sendRepeat,
  },
  templatesOf: templatesUnder('context'),
  build({ canvas_id, context: template = {}, repeat = false }, { profile, context }) {
    const { filled, leftOut } = filledWithin(template, context, 'context');
    const recipient = { ...recipientOf(profile), ...(Object.keys(filled).length > 0 && { context: filled }) };
    return { type: 'request', body: { canvas_id, recipients: [recipient] }, leftOut, repeats: repeat };
  },
});
