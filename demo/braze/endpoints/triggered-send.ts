/**
 * A request that triggers a send, judged as a whole: the same for a Canvas and for a campaign, but for their words.
 * Sources: `api/endpoints/messaging/send_messages/post_send_triggered_canvases`, `…/post_send_triggered_campaigns`,
 * `api/errors`. All refusals are 400; the texts are the emulator's own, unless a comment names their page.
 *
 * The emulator has no segments. What the dashboard says about who may enter is not asked, a broadcast reaches everyone,
 * and a request with an `audience` is refused: sending it to others than those would be worse.
 */
import type { Demand, Verdict } from '../endpoint.ts';
import { isGiven, isObject, type Judged, type JsonObject } from '../json.ts';
import type { Sendable, WorkspaceSettings } from '../settings.ts';
import type { Send as WrittenSend } from '../write.ts';
import { refused } from './batch.ts';
import { judgeRecipients, type Recipient } from './recipients.ts';
import { judgeSendProperties, type PropertiesNames } from './send-properties.ts';

/** What a send leaves with one person, in words that fit both kinds. */
interface Sent {
  readonly id: string;
  readonly dispatch_id: string;
  readonly time: string;
  readonly properties: JsonObject;
}

/** What differs between the kinds. */
export interface SendKind {
  /** As in the documented notices. */
  readonly noun: 'Canvas' | 'campaign';
  readonly idName: 'canvas_id' | 'campaign_id';
  /** The refusal of an id that the workspace does not have. */
  readonly unknownId: string;
  readonly propertiesNames: PropertiesNames;
  readonly sendables: (settings: WorkspaceSettings) => readonly Sendable[];
  /** Judges the members that only this kind has; `undefined` if they are fine. */
  readonly problemOf: (body: JsonObject) => string | undefined;
  /** Standard fields that `attributes` does not set here. */
  readonly unsettable: readonly string[];
  readonly entryOf: (sent: Sent) => WrittenSend;
}

interface Send {
  readonly sendable: Sendable;
  readonly shared: JsonObject;
  /** `undefined` for a broadcast. */
  readonly recipients: readonly Recipient[] | undefined;
}

/** The answer is the same for recipients whom nobody knows: "success" is of the request, not of a delivery (`api/errors`). */
export function judgeTriggeredSend({ body, now, number, workspace }: Demand, kind: SendKind): Verdict {
  const judged = judgeSend(isObject(body) ? body : {}, kind, workspace);
  if ('problem' in judged) return refused(judged.problem);
  const { sendable, shared, recipients } = judged.value;
  const dispatchId = dispatchIdOf(now, number);
  const notice = noticeOf(kind, sendable);
  const answer = {
    status: 201,
    body: { ...(notice && { notice }), dispatch_id: dispatchId, message: 'success' },
  };
  if (notice) return { answer };
  const entryWith = (properties: JsonObject): WrittenSend =>
    kind.entryOf({
      id: sendable.id,
      dispatch_id: dispatchId,
      time: new Date(now).toISOString(),
      properties,
    });
  if (!recipients) return { answer, write: { kind: 'broadcast', entry: entryWith(shared) } };
  const deliveries = recipients.map(({ selector, attributes, properties }) => ({
    recipient: selector,
    ...(attributes && { attributes }),
    entry: entryWith(properties),
  }));
  return { answer, write: { kind: 'send', deliveries } };
}

type JudgedWorkspace = Demand['workspace'];

function judgeSend(body: JsonObject, kind: SendKind, workspace: JudgedWorkspace): Judged<Send> {
  const sendable = judgeId(body[kind.idName], kind, workspace.settings);
  if ('problem' in sendable) return sendable;
  const problem = kind.problemOf(body);
  if (problem !== undefined) return { problem };
  const shared = judgeSendProperties(body, kind.propertiesNames);
  if ('problem' in shared) return shared;
  const recipients = judgeReach(body, shared.value, kind, workspace);
  if ('problem' in recipients) return recipients;
  return { value: { sendable: sendable.value, shared: shared.value, recipients: recipients.value } };
}

function judgeId(
  id: unknown,
  { idName, unknownId, sendables }: SendKind,
  settings: WorkspaceSettings,
): Judged<Sendable> {
  if (typeof id !== 'string' || id === '')
    return { problem: `'${idName}' must be a string that is not empty` };
  const found = sendables(settings).find((sendable) => sendable.id === id);
  return found ? { value: found } : { problem: unknownId };
}

/** The recipients, `undefined` for everyone. `broadcast` "defaults to false", and without it somebody must be named. */
function judgeReach(
  body: JsonObject,
  shared: JsonObject,
  { propertiesNames, unsettable }: SendKind,
  { settings, profiles }: JudgedWorkspace,
): Judged<readonly Recipient[] | undefined> {
  const broadcast = body['broadcast'] ?? false;
  const recipients = body['recipients'];
  if (typeof broadcast !== 'boolean') return { problem: "'broadcast' must be a boolean" };
  if (isGiven(body['audience']))
    return { problem: "The emulator has no segments and cannot apply an 'audience'" };
  if (!broadcast) {
    const rules = {
      propertiesNames,
      shared,
      unsettable,
      attributeRules: settings,
      isBlocked: profiles.isBlocked,
    };
    return judgeRecipients(recipients ?? [], rules);
  }
  return isGiven(recipients)
    ? { problem: "'recipients' can't be included when 'broadcast' is true" }
    : { value: undefined };
}

/** What the answer says where nothing is sent: documented for a Canvas, and here a campaign's too. */
function noticeOf({ noun }: SendKind, { state }: Sendable): string | undefined {
  if (state === 'paused') {
    return `The ${noun} is paused. Resume the ${noun} to ensure trigger requests will take effect.`;
  }
  return state === 'archived'
    ? `The ${noun} is archived. Unarchive the ${noun} to ensure trigger requests will take effect.`
    : undefined;
}

/**
 * 32 hexadecimal digits: the time in milliseconds, then the number of the request. One for all recipients of a request
 * (`…/post_send_triggered_campaigns`). Counted and not drawn, so that runs can be compared; with the time, so that a
 * workspace that is kept in a file does not give an id twice.
 */
function dispatchIdOf(now: number, number: number): string {
  return now.toString(16).padStart(12, '0') + number.toString(16).padStart(20, '0');
}
