/** A conversation that asks for what is personal, and then for a word, again and again: each is submitted with all that came before. */
import { ANSWERS } from './values.ts';

/** Words that are asked for. */
export const WORDS = 8;

const INPUTS: Readonly<Partial<Record<string, string>>> = {
  email: 'email',
  birthday: 'date',
  phone: 'phone',
};

const fields = Object.keys(ANSWERS);

const asks = fields.map((field, index) => [
  field,
  {
    type: 'ask',
    field,
    input: INPUTS[field] ?? 'text',
    text: `${field}?`,
    next: fields[index + 1] ?? 'save_0',
  },
]);

const action = (number: number) => {
  const next = number < WORDS ? `ask_${number + 1}` : 'bye';
  const word = number === 0 ? {} : { word: `{{answers.word_${number}}}` };
  return {
    type: 'action',
    call: 'users/track',
    attributes: {
      first_name: '{{answers.first_name}}',
      email: '{{answers.email}}',
      dob: '{{answers.birthday}}',
      home_city: '{{answers.city}}',
      phone: '{{answers.phone}}',
      ...word,
    },
    events: [
      {
        name: 'word_said',
        properties: {
          ...Object.fromEntries(fields.map((field) => [field, `{{answers.${field}}}`])),
          page: '{{page.path}}',
          title: '{{page.title}}',
          query: '{{page.query.q}}',
          referrer: '{{page.referrer}}',
          ...word,
        },
      },
    ],
    on: { success: next, error: next },
  };
};

const numbers = Array.from({ length: WORDS }, (_, index) => index + 1);

/** As a flow file has it. */
export const CANARY_FLOW = {
  id: 'canary',
  locale: 'en',
  start: 'hello',
  nodes: {
    hello: { type: 'message', text: 'Hello', next: fields[0] },
    ...(Object.fromEntries(asks) as Readonly<Record<string, unknown>>),
    save_0: action(0),
    ...Object.fromEntries<unknown>(
      numbers.flatMap((number) => [
        [
          `ask_${number}`,
          {
            type: 'ask',
            field: `word_${number}`,
            input: 'text',
            text: `Word ${number}?`,
            next: `save_${number}`,
          },
        ],
        [`save_${number}`, action(number)],
      ]),
    ),
    bye: { type: 'end', text: 'Goodbye' },
  },
};
