/**
 * The shape of a flow file: unknown JSON -> `Flow`. What shapes cannot say is lint's. The JSON Schema that editors use is made of
 * this one (`npm run schema`); it takes the descriptions with it.
 */
import * as v from 'valibot';
import type { Offer } from '../../widget/contract/flow.ts';
import { INHERITED, record } from '../record.ts';
import { actionNode, CALL } from './action-schema.ts';
import { AUTOCOMPLETE_GRAMMAR, AUTOCOMPLETE_TOKENS } from './autocomplete.ts';
import {
  anyTemplate,
  flag,
  isObject,
  kind,
  MAX_STRING,
  name,
  number,
  optional,
  target,
  wholeNumber,
} from './schema-parts.ts';

/** What nobody reads to its end in a chat: the longest chapter of some terms. */
const MAX_TEXT = 5_000;

/** Longest address that browsers and servers are sure to take (RFC 9110, section 4.1, asks for 8,000). */
const MAX_ADDRESS = 2_000;

/** Longer regular expressions are read by nobody. */
const MAX_PATTERN = 500;

/** More to choose from is a search and no question. */
const MAX_OPTIONS = 50;

const MAX_OFFERS = 10;

const MAX_TRIES = 20;

const MAX_WEIGHT = 1_000_000;

const MAX_PIXELS = 10_000;

const LOWEST_RATING = 0;
const HIGHEST_RATING = 10;

const notTooLong = v.maxLength<string, number, string>(
  MAX_TEXT,
  `should have ${MAX_TEXT} characters at most; say it in several nodes, or link to a page`,
);

const words = v.pipe(v.string('should be a text'), v.nonEmpty('should not be empty'), notTooLong);

/*
 * Where something may be of several kinds, a lazy schema looks which one is meant, so that a mistake is named where it is. Asked
 * without a value, as by what makes the JSON Schema, it gives the union of them.
 */

const IS_TEXT = 'should be a text, or one per locale such as {"en": "Hello", "ja": "こんにちは"}';

const oneText = v.pipe(v.string(IS_TEXT), v.nonEmpty('should not be empty'), notTooLong);
const textPerLocale = v.pipe(
  record(v.string(), words),
  v.metadata({
    description: 'One text for each locale, such as "en" or "pt-BR".',
    minProperties: 1,
  }),
);
const anyText = v.union([oneText, textPerLocale]);
const text = v.lazy((input) => {
  if (input === undefined) return anyText;
  return isObject(input) ? textPerLocale : oneText;
});

const oneAlt = v.pipe(v.string(IS_TEXT), notTooLong);
const altPerLocale = v.pipe(
  record(v.string(), v.pipe(v.string('should be a text'), notTooLong)),
  v.metadata({ minProperties: 1 }),
);
const anyAlt = v.union([oneAlt, altPerLocale]);
const alt = v.lazy((input) => {
  if (input === undefined) return anyAlt;
  return isObject(input) ? altPerLocale : oneAlt;
});

const next = v.pipe(target, v.description('The node to go on to.'));

/** Words for JSON Schema: exactly one of these keys. */
const exactlyOneOf = (keys: readonly string[]) => ({ oneOf: keys.map((key) => ({ required: [key] })) });

/**
 * Exactly one of some keys. Checked even where something else of the object is wrong, so that all mistakes are named in one run.
 * @param missing key that is named where there is none of them
 */
function checkExactlyOne<Value>(
  keys: readonly string[],
  missing: string,
  { dataset, addIssue }: v.RawCheckContext<Value>,
): void {
  const { value } = dataset as { readonly value: unknown };
  if (!isObject(value)) return;
  const [first, second] = keys.filter((key) => Object.hasOwn(value, key));
  const listed = keys.map((key) => `"${key}"`).join(' or ');
  if (first === undefined) {
    addIssue(lacking(value, missing, `should have ${listed}`));
  } else if (second !== undefined) {
    addIssue({
      message: `cannot stand beside "${first}": should be either ${listed}`,
      path: [pathTo(value, second)],
    });
  }
}

/** The issue of a key that is missing, as `strictObject` would put it. */
function lacking(object: object, key: string, message: string) {
  return {
    message,
    expected: `"${key}"`,
    received: 'undefined',
    path: [pathTo(object, key)] as [v.IssuePathItem],
  };
}

function pathTo(object: object, key: string): v.IssuePathItem {
  const input = object as Record<string, unknown>;
  return { type: 'object', origin: 'value', input, key, value: input[key] };
}

const textBubble = v.strictObject(
  { text: v.pipe(text, v.description('Words. They may have templates and Markdown.')) },
  'should be {"text"} or {"image", "alt", "width", "height"}',
);
const imageBubble = v.strictObject({
  image: v.pipe(
    v.string('should be the address of a picture'),
    v.nonEmpty('should not be empty'),
    v.maxLength(MAX_ADDRESS, `should have ${MAX_ADDRESS} characters at most`),
    v.description('Address of the picture: https, or a path of the page’s own site.'),
  ),
  alt: v.pipe(
    alt,
    v.description('What there is to see, for those who do not see it. Empty for a mere ornament.'),
  ),
  width: v.pipe(wholeNumber(1, MAX_PIXELS), v.description('In pixels: the room that is kept for it.')),
  height: v.pipe(wholeNumber(1, MAX_PIXELS), v.description('In pixels: the room that is kept for it.')),
});
const anyBubble = v.union([textBubble, imageBubble]);
const bubble = v.lazy((input) => {
  if (input === undefined) return anyBubble;
  const isImage =
    isObject(input) && Object.keys(imageBubble.entries).some((key) => Object.hasOwn(input, key));
  return isImage ? imageBubble : textBubble;
});

const BUBBLES = 'should be a list of {"text"} and {"image", "alt", "width", "height"}';

const message = v.pipe(
  v.strictObject({
    type: kind('message', 'Says something, then goes on.'),
    text: optional(text, 'What is said. It may have templates and Markdown.'),
    bubbles: optional(
      v.pipe(v.array(bubble, BUBBLES), v.nonEmpty(BUBBLES)),
      'Several things said, words or pictures, in place of "text".',
    ),
    next,
  }),
  v.rawCheck((context) => checkExactlyOne(['text', 'bubbles'], 'text', context)),
  v.metadata(exactlyOneOf(['text', 'bubbles'])),
);

const retry = v.pipe(
  v.strictObject(
    {
      limit: optional(wholeNumber(1, MAX_TRIES), 'How often it is put again. Together with "next".'),
      text: optional(text, 'In place of the widget’s own words on what is wrong.'),
      next: optional(target, 'The node to go to when the tries are used up. Together with "limit".'),
    },
    'should be {"limit", "text", "next"}, or some of them',
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    const { value } = dataset as { readonly value: unknown };
    if (!isObject(value)) return;
    const has = (key: string) => Object.hasOwn(value, key);
    if (has('limit') && !has('next')) {
      addIssue(lacking(value, 'next', 'should name the node to go to when the tries are used up'));
    } else if (has('next') && !has('limit')) {
      addIssue(lacking(value, 'limit', 'should say how often the question is put again before that'));
    } else if (!has('text') && !has('limit')) {
      addIssue({ message: 'should say something: "limit" and "next", or "text"' });
    }
  }),
  v.metadata({
    description: 'What happens after an answer that cannot be taken.',
    minProperties: 1,
    dependencies: { limit: ['next'], next: ['limit'] },
  }),
);

/** Which purposes there are is lint's to say: it knows which one was meant. */
const autocomplete = v.pipe(
  v.string('should be a purpose such as "given-name"'),
  v.metadata({
    description:
      'What browsers fill in, or "off". Where the input or the name of the field tells it, it can be left out.',
    // The list is what editors offer.
    anyOf: [{ enum: AUTOCOMPLETE_TOKENS }, { pattern: AUTOCOMPLETE_GRAMMAR.source }],
  }),
);

/** What every question has. */
const asked = {
  type: kind('ask', 'Asks for one field and waits for an acceptable answer.'),
  field: v.pipe(
    v.string('should be the name of a field'),
    v.regex(/^[a-z][a-z0-9_]{0,63}$/, 'should be lower case with underscores, such as "first_name"'),
    v.notValues(INHERITED, 'is a name that programs keep for themselves; give the field another one'),
    v.description('Name under which the answer is kept: {{answers.<field>}}.'),
  ),
  text: v.pipe(text, v.description('The question. It may have templates and Markdown.')),
  optional: optional(flag, 'May be passed over: then there is no answer.'),
  retry: v.exactOptional(retry),
  next,
};

const length = wholeNumber(1, MAX_STRING);

const dateBound = v.pipe(
  v.string('should be a date'),
  v.regex(
    /^(?:\d{4}-\d\d-\d\d|today|[+-]\d{1,3}[dwmy])$/,
    'should be a date such as "1900-01-31", "today", or how far from it such as "-18y" or "+2w"',
  ),
);

const label = v.pipe(text, v.description('What the visitor sees. It may have templates.'));

const OPTIONS = `should be a list of 1 to ${MAX_OPTIONS} {"value", "text"}`;

const options = v.pipe(
  v.array(
    v.strictObject(
      {
        value: v.pipe(
          v.string('should be a text'),
          v.nonEmpty('should not be empty'),
          v.maxLength(MAX_STRING, `should have ${MAX_STRING} characters at most`),
          v.description('What is kept as the answer.'),
        ),
        text: label,
      },
      'should be {"value", "text"}',
    ),
    OPTIONS,
  ),
  v.minLength(1, OPTIONS),
  v.maxLength(MAX_OPTIONS, OPTIONS),
  v.description('What there is to choose from.'),
);

const ask = v.variant('input', [
  v.strictObject({
    ...asked,
    input: v.pipe(
      v.picklist(['text', 'multiline']),
      v.description('Words on one line ("text") or on several ("multiline").'),
    ),
    autocomplete: v.exactOptional(autocomplete),
    min_length: optional(length, 'Characters, at least.'),
    max_length: optional(length, 'Characters, at most.'),
    pattern: optional(
      v.pipe(
        v.string('should be a regular expression'),
        v.nonEmpty('should not be empty'),
        v.maxLength(MAX_PATTERN, `should have ${MAX_PATTERN} characters at most`),
      ),
      'A regular expression that the whole answer matches.',
    ),
  }),
  v.strictObject({
    ...asked,
    input: kind('email', 'An e-mail address.'),
    autocomplete: v.exactOptional(autocomplete),
  }),
  v.strictObject({
    ...asked,
    input: kind('phone', 'A telephone number. It is kept with its country code, as +442079460000.'),
    autocomplete: v.exactOptional(autocomplete),
    country: optional(
      v.pipe(
        v.string('should be two capital letters, such as "GB"'),
        v.regex(/^[A-Z]{2}$/, 'should be two capital letters, such as "GB"'),
      ),
      'Where a number without its country code is from: two capital letters.',
    ),
  }),
  v.strictObject({
    ...asked,
    input: kind('date', 'A date. It is kept as YYYY-MM-DD.'),
    autocomplete: v.exactOptional(autocomplete),
    min: optional(dateBound, 'Earliest day: YYYY-MM-DD, "today", or relative to it such as "-120y".'),
    max: optional(dateBound, 'Latest day: YYYY-MM-DD, "today", or relative to it such as "-18y".'),
  }),
  v.strictObject({
    ...asked,
    input: kind('number', 'A number.'),
    autocomplete: v.exactOptional(autocomplete),
    min: optional(number, 'Lowest number.'),
    max: optional(number, 'Highest number.'),
    integer: optional(flag, 'Whole numbers alone.'),
  }),
  v.strictObject({ ...asked, input: kind('choice', 'One of several options.'), options }),
  v.strictObject({
    ...asked,
    input: kind('choices', 'Some of several options.'),
    options,
    min: optional(wholeNumber(0, MAX_OPTIONS), 'How many at least.'),
    max: optional(wholeNumber(1, MAX_OPTIONS), 'How many at most.'),
  }),
  v.strictObject({
    ...asked,
    input: kind('rating', 'A whole number on a scale.'),
    min: optional(wholeNumber(LOWEST_RATING, HIGHEST_RATING), 'Lowest. Default 1.'),
    max: optional(wholeNumber(LOWEST_RATING, HIGHEST_RATING), 'Highest. Default 5.'),
    low: optional(text, 'What the lowest means.'),
    high: optional(text, 'What the highest means.'),
  }),
  v.strictObject({
    ...asked,
    input: kind('consent', 'Yes or no, as true or false: neither is chosen beforehand.'),
    purpose: optional(
      v.picklist(['storage', 'marketing'], 'should be "storage" or "marketing"'),
      'What it is asked for. "storage": whether anything may be kept and sent, where the page has visitors asked first. "marketing", or nothing: something else, and only an answer.',
    ),
    yes: optional(text, 'In place of the widget’s own "Yes".'),
    no: optional(text, 'In place of the widget’s own "No".'),
  }),
]);

const branch = v.strictObject({
  type: kind('branch', 'Goes where the first case leads whose condition holds, else to "else".'),
  cases: v.pipe(
    v.array(
      v.strictObject(
        {
          when: v.pipe(
            v.unknown(),
            v.description('A condition in JSONLogic, such as {"==": [{"var": "answers.city"}, "Keswick"]}.'),
          ),
          next,
        },
        'should be {"when", "next"}',
      ),
      'should be a list of {"when", "next"}',
    ),
    v.description('The first whose condition holds is taken.'),
  ),
  else: v.pipe(target, v.description('The node to go on to when no condition holds.')),
});

const WAYS = 'should be a list of {"weight", "next"}';
const WEIGHT = `should be a number above 0 and up to ${MAX_WEIGHT}`;

const split = v.strictObject({
  type: kind('split', 'Sends visitors on by weight. The same visitor always goes the same way.'),
  ways: v.pipe(
    v.array(
      v.strictObject(
        {
          weight: v.pipe(
            v.number(WEIGHT),
            v.gtValue(0, WEIGHT),
            v.maxValue(MAX_WEIGHT, WEIGHT),
            v.description('The share of visitors that go this way, of the sum of all weights.'),
          ),
          next,
        },
        'should be {"weight", "next"}',
      ),
      WAYS,
    ),
    v.nonEmpty(WAYS),
    v.description('Where it may lead.'),
  ),
});

const OFFERS = `should be a list of 1 to ${MAX_OFFERS} offers, each {"text"} with "link", "phone" or "event"`;

const offer = v.pipe(
  v.strictObject(
    {
      text: label,
      link: optional(
        v.pipe(
          v.string('should be an address'),
          v.nonEmpty('should not be empty'),
          v.maxLength(MAX_ADDRESS, `should have ${MAX_ADDRESS} characters at most`),
        ),
        'An address to go to.',
      ),
      phone: optional(
        v.pipe(v.string('should be a telephone number'), v.nonEmpty('should not be empty')),
        'A telephone number with its country code, such as +442079460000.',
      ),
      event: optional(
        v.pipe(
          v.string('should be the name of an event'),
          v.nonEmpty('should not be empty'),
          v.maxLength(MAX_STRING, `should have ${MAX_STRING} characters at most`),
        ),
        'Name of an event that the page around the widget handles.',
      ),
    },
    'should be {"text"} with "link", "phone" or "event"',
  ),
  v.rawCheck((context) => checkExactlyOne(['link', 'phone', 'event'], 'link', context)),
  v.metadata(exactlyOneOf(['link', 'phone', 'event'])),
);

const handoff = v.strictObject({
  type: kind('handoff', 'Offers the visitor someone else to talk to, then goes on.'),
  text: optional(text, 'What is said with it. It may have templates and Markdown.'),
  offers: v.pipe(
    // That there is one of the three is checked above, in a way that types do not see.
    v.array(offer as v.GenericSchema<unknown, Offer>, OFFERS),
    v.minLength(1, OFFERS),
    v.maxLength(MAX_OFFERS, OFFERS),
    v.description('Whom there is to talk to.'),
  ),
  next,
});

const end = v.strictObject({
  type: kind('end', 'The conversation is over.'),
  text: optional(text, 'The last words. They may have templates and Markdown.'),
});

const NODE = `should have a "type": "message", "ask", "branch", "split", "action", "handoff" or "end"`;
const ASK =
  'should have an "input": "text", "multiline", "email", "phone", "date", "number", "choice", "choices", "rating" or "consent"';

const node = v.variant('type', [message, ask, branch, split, actionNode, handoff, end], ({ path }) =>
  path?.[0].key === 'input' ? ASK : path?.[0].key === 'call' ? CALL : NODE,
);

export const FlowSchema = v.pipe(
  v.strictObject(
    {
      $schema: optional(v.string('should be the address of a JSON Schema'), 'For editors alone.'),
      id: v.pipe(name, v.description('Name of the flow, by which pages ask for it.')),
      locale: optional(
        v.string('should be a locale, such as "en"'),
        'Locale of the texts that are given as one string, and the last fallback. Default "en".',
      ),
      start: v.pipe(target, v.description('The node that the conversation begins with.')),
      nodes: v.pipe(
        record(name, node, 'should be an object of nodes'),
        v.description('The nodes by their names.'),
      ),
    },
    'should be a JSON object',
  ),
  v.title('Parley flow'),
  v.description('A conversation as data.'),
);

/** The parts that the JSON Schema has once and refers to. */
export const definitions = {
  text: anyText,
  alt: anyAlt,
  bubble: anyBubble,
  retry,
  autocomplete,
  options,
  template: anyTemplate,
};
