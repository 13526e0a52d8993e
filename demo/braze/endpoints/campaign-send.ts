/**
 * `POST /campaigns/trigger/send`: people are sent a campaign.
 * Source: `api/endpoints/messaging/send_messages/post_send_triggered_campaigns`.
 */
import type { Endpoint } from '../endpoint.ts';
import { byteSize, isGiven, isObject, type JsonObject } from '../json.ts';
import { judgeTriggeredSend, type SendKind } from './triggered-send.ts';

/** "Up to 2 MB": read as the smaller, 1 MB = 1,000,000 bytes. */
const MAX_ATTACHMENT_BYTES = 2_000_000;

const campaign: SendKind = {
  noun: 'campaign',
  idName: 'campaign_id',
  // `api/errors`
  unknownId: 'Invalid Campaign ID',
  propertiesNames: ['trigger_properties'],
  sendables: ({ campaigns }) => campaigns,
  problemOf: ({ send_id: sendId, attachments, broadcast }) => {
    if (isGiven(sendId) && typeof sendId !== 'string') return "'send_id' must be a string";
    return isGiven(attachments) ? problemOfAttachments(attachments, broadcast === true) : undefined;
  },
  unsettable: [],
  entryOf: ({ id, properties, ...sent }) => ({ campaign_id: id, ...sent, trigger_properties: properties }),
};

export const campaignSend: Endpoint = {
  path: '/campaigns/trigger/send',
  permission: 'campaigns.trigger.send',
  rateGroup: 'send',
  respond: (demand) => judgeTriggeredSend(demand, campaign),
};

/** The files are not fetched: their size is judged only where the URL itself holds them (`data:`). */
function problemOfAttachments(attachments: unknown, isBroadcast: boolean): string | undefined {
  if (isBroadcast) return "'attachments' can't be included when 'broadcast' is true";
  if (!Array.isArray(attachments) || !attachments.every(isAttachment)) {
    return "'attachments' must be an array of objects with the strings 'file_name' and 'url'";
  }
  return attachments.some((attachment) => byteSize(attachment) > MAX_ATTACHMENT_BYTES)
    ? 'An attachment must be 2 MB or less'
    : undefined;
}

function isAttachment(value: unknown): value is JsonObject {
  if (!isObject(value)) return false;
  const { file_name: name, url } = value as { file_name?: unknown; url?: unknown };
  return typeof name === 'string' && name !== '' && typeof url === 'string' && URL.canParse(url);
}
