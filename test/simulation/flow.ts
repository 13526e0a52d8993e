/** The flow of the simulated world: each answer is followed by a submission, so that there is always something on its way. */

import type { Submission } from '../../widget/contract/wire.ts';

/** Questions of one conversation. */
const QUESTIONS = ['first', 'second', 'third', 'fourth', 'fifth'];

/** Of each submission: what is at Braze is counted by it. */
export const EVERY_TIME = 'said';

/** Of each submission with those that it corrects: it happened once. */
export const ONCE = 'met';

/** A field of a profile at Braze, and what a submission says of it. */
export interface Said {
  readonly attribute: string;
  readonly word: unknown;
}

const attributeOf = (question: string): string => `${question}_word`;

const actionOf = (question: string): string => `save_${question}`;

/** @returns `undefined` where it is none of this flow's */
export function saidIn({ node, answers }: Pick<Submission, 'node' | 'answers'>): Said | undefined {
  const question = QUESTIONS.find((each) => actionOf(each) === node);
  return question === undefined ? undefined : { attribute: attributeOf(question), word: answers[question] };
}

const nodes = QUESTIONS.flatMap((name, index) => {
  const next = index + 1 < QUESTIONS.length ? (QUESTIONS[index + 1] as string) : 'thanks';
  const word = `{{answers.${name}}}`;
  return [
    [name, { type: 'ask', field: name, input: 'text', text: `${name}?`, next: actionOf(name) }],
    [
      actionOf(name),
      {
        type: 'action',
        call: 'users/track',
        attributes: { [attributeOf(name)]: word },
        events: [
          { name: EVERY_TIME, properties: { word }, repeat: true },
          { name: ONCE, properties: { word } },
        ],
        on: { success: next, error: next },
      },
    ],
  ] as const;
});

export const SIMULATED_FLOW = {
  id: 'welcome',
  start: QUESTIONS[0] as string,
  nodes: {
    ...(Object.fromEntries(nodes) as Readonly<Record<string, unknown>>),
    thanks: { type: 'end', text: 'Thanks' },
  },
};
