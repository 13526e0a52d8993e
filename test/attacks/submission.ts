/** What an attacker has submitted. */
import type { Submission } from '../../widget/contract/wire.ts';
import { createSubmission } from '../server/relay-fixture.ts';
import { MARK } from './target.ts';

/** The body of `POST /v1/submissions`, with a good submission but for what is changed, whatever the contract says. */
export const submissionOf = (change: object = {}) => ({ submissions: [markedSubmission(change)] });

export const markedSubmission = (change: object = {}): Submission => ({
  ...createSubmission({ answers: { first_name: MARK, email: 'mallory@example.com' } }),
  ...change,
});
