/** What the tests of the outbox keep and send. */
import type { Submission } from '../../widget/contract/wire.ts';
import type { Snapshot } from '../../widget/flow/snapshot.ts';
import type { Verdict } from '../../widget/flow/verdict.ts';
import type { Commit } from '../../widget/outbox/store.ts';

/** Milliseconds since 1970. */
export const NOW = Date.parse('2026-01-15T10:00:00.000Z');

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Ids of conversations, in the order in which they were started. */
export const CONVERSATION = '019a0000-0000-7000-8000-000000000001';
export const LATER = '019b0000-0000-7000-8000-000000000001';

export const snapshotAt = (step: number, change: Partial<Snapshot> = {}): Snapshot => ({
  conversation: CONVERSATION,
  flow: 'welcome',
  revision: 'r1',
  step,
  node: 'name',
  answers: { first_name: 'Ada' },
  path: [{ node: 'name', answer: 'Ada' }],
  seed: 's1',
  ...change,
});

/** @param what step, and the name of a lifecycle event */
export const idOf = (what: number | string, conversation = CONVERSATION): string => `${conversation}.${what}`;

export const submissionOf = (id: string, change: Partial<Submission> = {}): Submission => ({
  id,
  flow: 'welcome',
  revision: 'r1',
  node: 'save',
  time: '2026-01-15T10:00:00.000Z',
  answers: { first_name: 'Ada' },
  page: { path: '/' },
  device: { type: 'desktop', language: 'en' },
  ...change,
});

/** The first commit of a conversation of its own flow: nothing else is in its way. */
export const commitOf = (id: string, change: Partial<Commit> = {}): Commit => ({
  previous: undefined,
  next: snapshotAt(1, { conversation: id, flow: id }),
  submissions: [submissionOf(id)],
  isOver: false,
  now: NOW,
  ...change,
});

export const success = (id: string): Verdict => ({ id, outcome: 'success', next: 'thanks' });
