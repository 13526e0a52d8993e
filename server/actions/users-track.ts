/** Writes attributes and events to the visitor's profile. */
import * as v from 'valibot';
import type { ActionNode } from '../../widget/contract/flow.ts';
import { buildShare, type TrackMapping } from '../braze/payload.ts';
import { checkMapping } from '../flows/lint/braze.ts';
import { finding } from '../flows/lint/finding.ts';
import { flag, optional, templateValue } from '../flows/schema-parts.ts';
import { record } from '../record.ts';
import { defineAction } from './action.ts';

/** As it stands in a flow. */
export interface TrackNode extends ActionNode, TrackMapping {}

const event = v.strictObject(
  {
    name: v.pipe(v.string('should be the name of an event'), v.description('Name of the custom event.')),
    properties: optional(
      record(v.string(), templateValue),
      'Properties by their names. Every text is a template.',
    ),
    repeat: optional(flag, 'Written again when the visitor corrects an answer. Default false.'),
  },
  'should be {"name", "properties", "repeat"}',
);

export const action = defineAction<TrackNode>({
  call: 'users/track',
  permission: 'users.track',
  does: 'Writes what was said to the visitor’s profile: attributes and custom events.',
  page: 'api/endpoints/user_data/post_user_track',
  limits: { limit: 3_000, window: 3_000 },
  isRepeatable: false,
  isRead: false,
  entries: {
    attributes: optional(
      record(v.string(), templateValue),
      'Attributes by their names, such as "first_name": "{{answers.first_name}}".',
    ),
    events: optional(v.array(event, 'should be a list of events'), 'Custom events.'),
  },
  templatesOf: ({ attributes, events = [] }) => [
    { path: ['attributes'], value: attributes },
    ...events.map((each, index) => ({ path: ['events', index, 'properties'], value: each?.properties })),
  ],
  lint(node, at, fields) {
    const isEmpty = Object.keys(node.attributes ?? {}).length + (node.events ?? []).length === 0;
    const words = 'writes nothing; it should have "attributes" or "events"';
    return [...(isEmpty ? [finding('empty-action', at, words)] : []), ...checkMapping(node, at, fields)];
  },
  build: (node, { submission, profile, context }) => ({
    type: 'share',
    ...buildShare(node, submission, profile, context),
  }),
});
