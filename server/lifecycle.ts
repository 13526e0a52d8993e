/**
 * Lifecycle events: what is told of a conversation beside what its flow writes. One event each, under the name that the site's settings
 * give it, mapped here and not by the flow.
 */
import type { LifecycleEvent } from '../widget/contract/site.ts';
import type { Departure, Submission } from '../widget/contract/wire.ts';
import type { ProfileId } from './braze/payload.ts';
import type { Work } from './delivery/work.ts';
import type { Json } from './store/json.ts';
import type { TrackNode } from './actions/users-track.ts';
import { NAME } from './flows/schema-parts.ts';
import type { LoadedFlow } from './flows/shelf.ts';
import type { SiteEvents } from './site-settings.ts';
import type { Admission } from './submissions.ts';

/** What the mapping refers to besides what a submission carries: a browser says most of it, so that it is filled in and never a template. */
export interface Told {
  readonly flow: string;
  readonly conversation: string;
  readonly [name: string]: Json;
}

/** By the context of the submission, and `told`. A value that is absent is left out. */
const PROPERTIES = {
  flow: '{{told.flow}}',
  node: '{{told.node}}',
  conversation: '{{told.conversation}}',
  page: '{{page.path}}',
  tags: '{{page.tags}}',
  cohort: '{{entry.cohort}}',
  campaign: '{{entry.campaign}}',
  reason: '{{told.reason}}',
  left_at: '{{told.left_at}}',
} as const;

/** `<conversation id>.<step>` and, of a lifecycle event, `.<name>`: of another submission there is no event. */
export function partsOf(id: string): {
  readonly conversation: string;
  readonly event: LifecycleEvent | undefined;
} {
  const [conversation = '', , event] = id.split('.');
  return { conversation, event: event as LifecycleEvent | undefined };
}

/**
 * As `admit` does for an action. Where its flow has changed it is told all the same, with the node as it was: what cannot be the name of
 * any is the browser's invention, and left out. And where the site does not name it any more it is settled, and nothing is written.
 */
export function admitLifecycle(
  { answers: _nobody, reason, ...made }: Departure,
  event: LifecycleEvent,
  { flow, revision }: LoadedFlow,
  { names }: Pick<SiteEvents, 'names'>,
): Admission {
  const { id } = made;
  const isThere = Object.hasOwn(flow.nodes, made.node);
  if (made.revision === revision && !isThere) {
    return { problem: `submission ${id}: flow "${flow.id}" has no node "${made.node}"` };
  }
  const isNode = isThere || NAME.test(made.node);
  // No widget goes by where the receipt leads: to a node that there is.
  const node = isNode ? made.node : flow.start;
  const name = names[event];
  const action: TrackNode = {
    type: 'action',
    call: 'users/track',
    events: name === undefined ? [] : [{ name, properties: PROPERTIES }],
    on: { success: node, error: node },
  };
  const told = {
    flow: flow.id,
    conversation: partsOf(id).conversation,
    ...(isNode && { node }),
    // Braze keeps the name `time` to itself, and messages have no other way to an event's own.
    ...(event === 'abandoned' && { reason: reason ?? 'unanswered', left_at: made.time }),
  };
  return {
    submission: withoutNoTags({ ...made, node, answers: {} }),
    flow,
    revision,
    action,
    told,
    unacceptable: undefined,
  };
}

/** The lifecycle events of a site whose departures are kept: the name is put in when they are told. */
export const UNNAMED: Pick<SiteEvents, 'names'> = { names: { abandoned: 'abandoned' } };

/** A departure that was kept, as the event of that name. */
export function underName(work: Work, name: string): Work {
  const events = work.share.events.map((event) => ({
    ...event,
    key: `${name}#0`,
    object: { ...event.object, name },
  }));
  return { ...work, share: { ...work.share, events } };
}

/** A departure that was kept for a visitor's alias, on another profile. */
export function onProfile(
  work: Work,
  { profile, name }: { readonly profile: ProfileId; readonly name?: string },
): Work {
  const events = work.share.events.map((event) => {
    const { user_alias: _alias, _update_existing_only: _existing, ...object } = event.object;
    return { ...event, object: { ...profile, ...object } };
  });
  return {
    ...work,
    share: { ...work.share, events },
    isShared: true,
    ...(name !== undefined && { profile: name }),
  };
}

/** A page that is about nothing says nothing of it. */
function withoutNoTags(submission: Submission): Submission {
  const { tags = [], ...page } = submission.page;
  return tags.length > 0 ? submission : { ...submission, page };
}
