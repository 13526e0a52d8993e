/** What tables of subscriptions have in common: the question that asks, and what shows that it was answered. */
import { hashOf } from '../../widget/flow/hash.ts';
import { ADDRESS, CITY, earlierIdOf, TIME, type ActionCase, type Sent } from './action-cases.ts';

export const GROUP = '3f1c8a52-9b0e-4c7d-8e21-5a6b7c8d9e0f';
export const TEXTS = '7d3c2b1a-9f8e-4d7c-8b6a-5f4e3d2c1b0a';

const WORDS = 'May we write to you **once a month**?';

/** Of the flow, beside what every table has. */
export const LETTER: Pick<ActionCase, 'nodes'> = {
  nodes: {
    email: { type: 'ask', field: 'email', input: 'email', text: 'E-mail?', next: 'letter' },
    letter: { type: 'ask', field: 'letter', input: 'consent', text: WORDS, yes: 'Please do', next: 'act' },
  },
};

/** What the visitor answers. */
export const saying = (letter?: boolean): NonNullable<ActionCase['answers']> => ({
  city: CITY,
  email: ADDRESS,
  ...(letter !== undefined && { letter }),
});

/** What its event says. @param sent the submission that wrote it */
export const proofIn = ({ submission }: Pick<Sent, 'submission'>, consent = true) => ({
  consent,
  text: 'May we write to you once a month?',
  text_revision: hashOf([WORDS, 'Please do', ''].join('\n')).toString(36),
  locale: 'en',
  given_at: TIME,
  flow: 'welcome',
  flow_revision: submission.revision,
  node: 'letter',
  submission_id: submission.id,
});

/** The submission of which the table's own is the correction. */
export const earlier = ({ submission }: Pick<Sent, 'submission'>): Sent['submission'] => ({
  ...submission,
  id: earlierIdOf(submission),
});
