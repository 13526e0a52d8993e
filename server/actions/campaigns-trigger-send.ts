/** Sends the visitor an API-triggered campaign. */
import * as v from 'valibot';
import type { ActionNode, TemplateValue } from '../../widget/contract/flow.ts';
import { filledWithin, recipientOf } from '../braze/sends.ts';
import { identifier, optional, templateValue } from '../flows/schema-parts.ts';
import { record } from '../record.ts';
import { defineAction, SEND_LIFE, SEND_LIMITS, sendRepeat, templatesUnder } from './action.ts';

interface CampaignNode extends ActionNode {
  readonly campaign_id: string;
  readonly send_id?: string;
  readonly repeat?: boolean;
  readonly trigger_properties?: Readonly<Record<string, TemplateValue>>;
}

export const action = defineAction<CampaignNode>({
  call: 'campaigns/trigger/send',
  permission: 'campaigns.trigger.send',
  does: 'Sends the visitor an API-triggered campaign.',
  page: 'api/endpoints/messaging/send_messages/post_send_triggered_campaigns',
  queuedFor: SEND_LIFE,
  limits: SEND_LIMITS,
  limitedWith: 'sends',
  isRepeatable: false,
  isRead: true,
  entries: {
    campaign_id: v.pipe(identifier, v.description('The campaign API identifier.')),
    send_id: optional(identifier, 'A send identifier, by which Braze tells what was sent apart.'),
    trigger_properties: optional(
      record(v.string(), templateValue),
      'What the campaign personalises with: {{api_trigger_properties.${city}}} in Braze is "city" here. Every text is a template.',
    ),
    repeat: sendRepeat,
  },
  templatesOf: templatesUnder('trigger_properties'),
  build({ campaign_id, send_id, trigger_properties: template = {}, repeat = false }, { profile, context }) {
    const { filled, leftOut } = filledWithin(template, context, 'trigger_properties');
    const recipient = {
      ...recipientOf(profile),
      ...(Object.keys(filled).length > 0 && { trigger_properties: filled }),
    };
    const body = { campaign_id, ...(send_id !== undefined && { send_id }), recipients: [recipient] };
    return { type: 'request', body, leftOut, repeats: repeat };
  },
});
