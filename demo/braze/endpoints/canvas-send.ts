/**
 * `POST /canvas/trigger/send`: people enter a Canvas.
 * Source: `api/endpoints/messaging/send_messages/post_send_triggered_canvases`.
 */
import type { Endpoint } from '../endpoint.ts';
import { judgeTriggeredSend, type SendKind } from './triggered-send.ts';

const canvas: SendKind = {
  noun: 'Canvas',
  idName: 'canvas_id',
  // Not documented; worded as the refusal of a campaign is.
  unknownId: 'Invalid Canvas ID',
  // `canvas_entry_properties` is the older name (`api/objects_filters/context_object`).
  propertiesNames: ['context', 'canvas_entry_properties'],
  // One that is entered by an event has another entry schedule. What Braze answers then is not documented.
  sendables: ({ canvases }) => canvases.filter(({ entry }) => entry === undefined),
  problemOf: () => undefined,
  // "By default, subscription groups cannot be updated this way." Whether that is an error is not said: here they are left out.
  unsettable: ['subscription_groups'],
  entryOf: ({ id, properties, ...sent }) => ({ canvas_id: id, ...sent, context: properties }),
};

export const canvasSend: Endpoint = {
  path: '/canvas/trigger/send',
  permission: 'canvas.trigger.send',
  rateGroup: 'send',
  respond: (demand) => judgeTriggeredSend(demand, canvas),
};
