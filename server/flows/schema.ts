/** The shape of a flow file: unknown JSON -> `Flow`. What shapes cannot say is in `load.ts`. */
import * as v from 'valibot';
import { record } from '../record.ts';

/**
 * Names of nodes, fields and flows. They stand in paths, URLs and ids, so they are plain; none of them can be `__proto__`.
 */
const name = v.pipe(
  v.string('should be a name'),
  v.regex(
    /^[a-z][a-z0-9_-]{0,63}$/i,
    'should start with a letter and go on with letters, digits, _ or -, 64 at most',
  ),
);

const field = v.pipe(
  v.string('should be the name of a field'),
  v.regex(/^[a-z][a-z0-9_]{0,63}$/, 'should be lower case with underscores, such as "first_name"'),
);

const words = v.pipe(v.string(), v.nonEmpty('should not be empty'));

const text = v.union(
  [words, record(v.string(), words)],
  'should be a text, or one per locale such as {"en": "Hello", "ja": "こんにちは"}',
);

const target = v.string('should name a node');

const templateValue: v.GenericSchema<unknown, TemplateJson> = v.lazy(() =>
  v.union(
    [v.string(), v.number(), v.boolean(), v.array(templateValue), record(v.string(), templateValue)],
    'should be a text, number, boolean, list or object; to leave an attribute out, leave its line out',
  ),
);

type TemplateJson = string | number | boolean | TemplateJson[] | { [key: string]: TemplateJson };

const message = v.strictObject({ type: v.literal('message'), text, next: target });

const ask = v.strictObject({
  type: v.literal('ask'),
  field,
  input: v.picklist(['text', 'email', 'date'], 'should be "text", "email" or "date"'),
  text,
  next: target,
});

const branch = v.strictObject({
  type: v.literal('branch'),
  cases: v.array(v.strictObject({ when: v.unknown(), next: target }), 'should be a list of {"when", "next"}'),
  else: target,
});

const event = v.strictObject({
  name: v.string('should be the name of an event'),
  properties: v.exactOptional(record(v.string(), templateValue)),
  repeat: v.exactOptional(v.boolean('should be true or false')),
});

const action = v.strictObject({
  type: v.literal('action'),
  call: v.literal('users/track', 'should be "users/track"'),
  attributes: v.exactOptional(record(v.string(), templateValue)),
  events: v.exactOptional(v.array(event, 'should be a list of events')),
  on: v.strictObject(
    {
      success: target,
      error: target,
      invalid: v.exactOptional(target),
      queued: v.exactOptional(target),
    },
    'should say where "success" and "error" lead',
  ),
});

const end = v.strictObject({ type: v.literal('end'), text: v.exactOptional(text) });

export const FlowSchema = v.strictObject(
  {
    $schema: v.exactOptional(v.string()),
    id: name,
    locale: v.exactOptional(v.string('should be a locale, such as "en"')),
    start: target,
    nodes: record(
      name,
      v.variant(
        'type',
        [message, ask, branch, action, end],
        'should have a "type": "message", "ask", "branch", "action" or "end"',
      ),
      'should be an object of nodes',
    ),
  },
  'should be a JSON object',
);
