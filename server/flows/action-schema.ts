/** The shape of an action node: what all have, and what the registry says of each. */
import * as v from 'valibot';
import type { Action } from '../actions/action.ts';
import { ACTIONS } from '../actions/registry.ts';
import { record } from '../record.ts';
import { kind, name, optional, target } from './schema-parts.ts';

const WHERE = 'should say where "success" and "error" lead';

const routes = {
  success: v.pipe(target, v.description('The node to go on to when Braze has taken everything.')),
  error: v.pipe(target, v.description('The node to go on to when it can never be done.')),
  invalid: optional(
    target,
    'The node to go to when an answer was refused. Default: the question is put again.',
  ),
  queued: optional(target, 'The node to go on to when it is kept and done later. Default: as "success".'),
};

/** The outcomes that need no name of their own. */
export const OUTCOMES = Object.keys(routes);

const on = v.pipe(v.strictObject(routes, WHERE), v.description('Where each outcome leads.'));

const onNamed = v.pipe(
  v.objectWithRest(routes, target, WHERE),
  v.description('Where each outcome leads, those of "outcomes" too.'),
);

const PATH = 'should be a path into the answer, such as "response.points"';

const path = v.pipe(v.string(PATH), v.regex(/^response(?:\.\w+)+$/, PATH));

/** What an action with an answer may have besides. */
const reading = {
  outcomes: optional(
    record(name, v.unknown()),
    'Outcomes of your own, each a condition over "response", which is what Braze answers. Of a success the first that holds counts.',
  ),
  keep: optional(
    record(name, path),
    'What of the answer is kept on the relay for this conversation: conditions read it as kept.<name>.',
  ),
  reveal: optional(
    v.array(v.string('should be a name out of "keep"'), 'should be a list of names out of "keep"'),
    'What of that texts may show: {{kept.<name>}}. Nothing else of it reaches a browser.',
  ),
};

/** As far as the types of a variant have to know it: what else is in it only the registry knows. */
type Shape = v.StrictObjectSchema<
  { readonly type: v.LiteralSchema<'action', undefined>; readonly call: v.LiteralSchema<string, undefined> },
  undefined
>;

const shapeOf = ({ call, does, entries, isRead }: Action) =>
  v.strictObject({
    type: kind('action', 'Has the relay call something. What it sends stays on the relay.'),
    call: kind(call, does),
    ...entries,
    ...(isRead && reading),
    on: isRead ? onNamed : on,
  }) as unknown as Shape;

/** What an action should have. */
export const CALL = `should have a "call": ${ACTIONS.map(({ call }) => `"${call}"`).join(', ')}`;

export const actionNode = v.variant('call', ACTIONS.map(shapeOf), CALL);
