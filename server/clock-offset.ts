/** Browsers' clocks are off by minutes, days or years. What they date is brought to the relay's clock. */
import type { Submission, SubmissionsRequest } from '../widget/contract/wire.ts';
import { SETTLEMENT_LIFE } from './store/lines.ts';

/**
 * Milliseconds that a browser's clock may be off. It cannot be told more exactly: the widget gives a request 30 s, and it may have
 * been on its way for all of them.
 */
export const TOLERANCE = 60_000;

/** Milliseconds that a submission may have waited: an outbox tries for 7 days, and once more when its visitor comes back. */
const OLDEST = 366 * 24 * 60 * 60_000;

/** Milliseconds. A day less than its settlement is remembered: what is older might be the repeat of something that is forgotten. */
const EXPIRY = SETTLEMENT_LIFE - 24 * 60 * 60_000;

/**
 * The submissions of a request, dated as the relay's clock would have dated them.
 *
 * How far the browser's clock is off is told by `sent` and never by a submission's own `time`: that may lie a week back because the
 * submission waited in the browser for a week, by a clock that is right. Where a request does not say when it was sent, as those of
 * the widget 0.1.0 do not, nothing is known of the clock, and the times stay.
 * @param now when the request arrived: milliseconds since 1970, by the relay's clock
 */
export function datedByRelay<Its extends Submission>(
  { submissions, sent }: Pick<SubmissionsRequest, 'sent'> & { readonly submissions: readonly Its[] },
  now: number,
): readonly Its[] {
  if (sent === undefined) return submissions;
  const offset = now - Date.parse(sent);
  return submissions.map((submission) => {
    const time = Date.parse(submission.time);
    // Nothing is sent before it happens.
    const corrected = Math.abs(offset) > TOLERANCE ? Math.min(time + offset, now) : time;
    // A clock that was put right, or wrong, after the submission was made. When that was nobody knows: but it has been.
    const isPossible = corrected - now <= TOLERANCE && now - corrected <= OLDEST;
    const known = isPossible ? corrected : now;
    return known === time ? submission : { ...submission, time: new Date(known).toISOString() };
  });
}

/** When something happened, by the clock of the browser that tells it. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Milliseconds by which the relay's clock was ahead when the request came: `sent` tells it. 0 where that is not said. */
  readonly offset: number;
}

/**
 * In which order two things happened that one visitor's browser tells, each in a request of its own: below 0 where the one that has
 * just come happened before the one that is known, 0 where nobody can say.
 *
 * Requests overtake each other, so by one clock the browser's own times tell it, however wrong that clock is. But a clock may be set
 * between the two, and its times say nothing of each other then. That is seen by the offsets, which differ by no more than a request may
 * be on its way. Then both are brought to the relay's clock; what is the same there is in the order in which it came. A clock that is set by
 * less than that cannot be told from a late arrival: what comes of the conversation later puts it right.
 */
export function compareMoments(come: Moment, known: Moment): number {
  if (Math.abs(come.offset - known.offset) <= TOLERANCE) return come.at - known.at;
  return come.at + come.offset >= known.at + known.offset ? 1 : -1;
}

/**
 * Whether a submission is too old to be taken on as new. Where its request does not say when it was sent, nothing is known of its age.
 * Nor where the browser's clock was right when it was made, and was set ahead since.
 * @param submission as `datedByRelay` has it
 * @param told as the browser has it
 * @param now as there
 */
export function isExpired(
  submission: Submission,
  told: Submission,
  { sent }: Pick<SubmissionsRequest, 'sent'>,
  now: number,
): boolean {
  const isOver = ({ time }: Submission) => now - Date.parse(time) > EXPIRY;
  const isAhead = Date.parse(told.time) > now;
  return sent !== undefined && isOver(submission) && (isAhead || isOver(told));
}
