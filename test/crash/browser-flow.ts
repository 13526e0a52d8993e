/** A conversation that submits after every question, and what of it is at Braze. */
import type { Profile } from '../../demo/braze/emulator.ts';

/** Questions, each with an action of its own. After the last one the visitor may start again. */
const QUESTIONS = 5;

const numbers = Array.from({ length: QUESTIONS }, (_, index) => index + 1);

/** A question, and the action that writes one event with the word that it was answered with. */
const step = (number: number) => [
  [
    `ask_${number}`,
    { type: 'ask', field: `word_${number}`, input: 'text', text: `Word ${number}?`, next: `save_${number}` },
  ] as const,
  [
    `save_${number}`,
    {
      type: 'action',
      call: 'users/track',
      attributes: { last_word: `{{answers.word_${number}}}` },
      events: [{ name: 'word_said', properties: { word: `{{answers.word_${number}}}` } }],
      on: { success: number < QUESTIONS ? `ask_${number + 1}` : 'bye', error: 'sorry' },
    },
  ] as const,
];

/** As a flow file has it. */
export const WORDS_FLOW = {
  id: 'words',
  locale: 'en',
  start: 'hello',
  nodes: {
    hello: { type: 'message', text: 'Hello', next: 'ask_1' },
    ...Object.fromEntries<unknown>(numbers.flatMap(step)),
    bye: { type: 'end', text: 'Goodbye' },
    sorry: { type: 'end', text: 'Sorry' },
  },
};

/** The word that a submission brings: its action's number is its question's. */
export function wordOf({ node, answers }: { readonly node: string; readonly answers: object }): string {
  return String(Reflect.get(answers, node.replace('save', 'word')));
}

/** One event at Braze. */
export interface Arrival {
  readonly word: string;
  /** Id of the submission that brought it. */
  readonly submission: string;
  /** Id that the relay gave the visitor. */
  readonly visitor: string;
}

/** In the order in which Braze took them, for each visitor. */
export function arrivalsIn(profiles: readonly Profile[]): readonly Arrival[] {
  return profiles.flatMap(({ user_aliases: aliases, events }) =>
    events.map(({ properties }) => ({
      word: String(properties['word']),
      submission: String(properties['submission_id']),
      visitor: aliases.find(({ alias_label: label }) => label.startsWith('parley-'))?.alias_name ?? '',
    })),
  );
}
