/** Body of `POST /users/track` (`api/endpoints/user_data/post_user_track`): what an action's mapping makes of a submission. */
import type { ActionNode } from '../../widget/contract/flow.ts';
import type { Submission } from '../../widget/contract/wire.ts';
import { fillValue } from '../../widget/flow/template.ts';

export interface TrackBody {
  readonly attributes?: readonly TrackObject[];
  readonly events?: readonly TrackObject[];
}

export type TrackObject = Readonly<Record<string, unknown>>;

/**
 * An event of an action: its name, and which of those with this name it is, as `signed_up#0`. By this it is known again under a
 * newer revision of the flow, in which it may stand elsewhere.
 */
export type EventKey = string;

export interface TrackRequest {
  /** Empty where there is nothing to write. */
  readonly body: TrackBody;
  /** For each object of `body.events`, what it is remembered by: `EventKey`. */
  readonly events: readonly EventKey[];
}

/** Label of the alias under which Braze knows a visitor that nobody has identified. */
const ALIAS_LABEL = 'parley';

/**
 * @param visitor visitor id: the name of the alias
 * @param accepted the action's events that Braze has already, from the submission that this one corrects
 */
export function buildTrackRequest(
  action: ActionNode,
  submission: Submission,
  visitor: string,
  accepted: readonly EventKey[],
): TrackRequest {
  const context = { answers: submission.answers, page: submission.page, device: submission.device };
  // An unknown alias is not created unless the object says so: post_user_track, "Updating existing profiles only".
  const identifier = {
    user_alias: { alias_name: visitor, alias_label: ALIAS_LABEL },
    _update_existing_only: false,
  };
  const filled = fillValue(action.attributes ?? {}, context) as TrackObject | undefined;
  const attributes =
    filled === undefined || Object.keys(filled).length === 0 ? [] : [{ ...identifier, ...filled }];
  const mappings = action.events ?? [];
  const events = mappings.flatMap((event, index) => {
    const before = mappings.slice(0, index).filter(({ name }) => name === event.name).length;
    const key: EventKey = `${event.name}#${before}`;
    if (accepted.includes(key) && !event.repeat) return [];
    const properties = fillValue(event.properties ?? {}, context) as TrackObject | undefined;
    // Braze does not de-duplicate: the id lets an operator see a double, should the one case occur that nobody can close.
    const tracked = {
      ...identifier,
      name: event.name,
      time: submission.time,
      properties: { ...properties, submission_id: submission.id },
    };
    return [{ key, tracked }];
  });
  return {
    body: {
      ...(attributes.length > 0 && { attributes }),
      ...(events.length > 0 && { events: events.map(({ tracked }) => tracked) }),
    },
    events: events.map(({ key }) => key),
  };
}

/**
 * The field whose answer an attribute is filled with, as a whole reference or within a longer text, or `undefined` where it
 * holds something that the visitor did not say.
 */
export function fieldBehind(action: ActionNode, attribute: string): string | undefined {
  const template = JSON.stringify(action.attributes?.[attribute] ?? '');
  const fields = new Set([...template.matchAll(/\{\{\s*answers\.(\w+)/g)].map(([, field]) => field));
  return fields.size === 1 ? [...fields][0] : undefined;
}
