/** What makes the profile of a visitor's alias one with another: work as a submission is, in the visitor's line. */
import { hashOf } from '../../widget/flow/hash.ts';
import { callOfJoin } from '../braze/join-request.ts';
import type { PageOwner } from '../config.ts';
import type { Delivered } from '../delivery/delivery.ts';
import type { Work } from '../delivery/work.ts';
import type { Assigned, Joining } from './profiles.ts';

/** It leads nowhere: no conversation waits for it. */
const NOWHERE = { success: '', error: '', queued: '', invalid: {} };

/** What the id of a join begins with that is no submission, that of one that is made for the second time, and that of a look at what came of it. */
const FIRST = 'join.';
const AGAIN = 'join.again.';
const CHECK = 'join.check.';

/** @param now milliseconds since 1970 */
export function joinOf(
  { to: join, hasOwnAlias }: Joining,
  visitor: string,
  { site, environment, checksJoins }: Pick<PageOwner, 'site' | 'environment' | 'checksJoins'>,
  now: number,
  trace: string | undefined,
): Work {
  // A visitor has one of each kind, and to whom it was is not said: two at once are two.
  const id = `${FIRST}${'email' in join ? 'email' : `external_id.${hashOf(join.external_id).toString(36)}`}`;
  return {
    key: `${visitor}/${id}`,
    id,
    visitor,
    environment: environment.name,
    site,
    flow: '',
    revision: '',
    node: callOfJoin(join),
    receivedAt: now,
    share: { events: [] },
    join,
    ...(hasOwnAlias && { hasOwnAlias }),
    ...(checksJoins && { check: 'after' as const }),
    routes: NOWHERE,
    ...(trace !== undefined && { trace }),
  };
}

/** Whether it is the second time, or one after that. */
export const isAgain = ({ id }: Work): boolean => id.startsWith(AGAIN) || id.startsWith(CHECK);

/** No submission: nobody hears of it. */
export const isAdded = ({ id }: Work): boolean => id.startsWith(FIRST);

/** What there is of an id beside what it begins with: that of a submission whole. */
const restOf = ({ id }: Work): string => (id.startsWith(FIRST) ? id.slice(FIRST.length) : id);

/** Of a submission too nobody waits for what comes after it. */
function later({ corrects: _corrects, profile: _profile, ...work }: Work, id: string): Work {
  return { ...work, key: `${work.visitor}/${id}`, id, routes: NOWHERE };
}

/** The same join for the second time (decision 29); `undefined` of one that is that already. */
export const joinAgainOf = (work: Work): Work | undefined =>
  isAgain(work) ? undefined : later(work, `${AGAIN}${restOf(work)}`);

/** What looks at whether it had effect, where that is to be looked at. Of one that was retried after such a look it is another. */
export const joinCheckOf = (work: Work): Work | undefined =>
  work.check === 'after' ? { ...later(work, `${CHECK}${restOf(work)}`), check: 'now' } : undefined;

/**
 * A visitor's line, with the join that one of its submissions calls for, unless one of them is that itself.
 * @param works their submissions, and in the same order what was assigned to them
 */
export function withJoin(
  works: readonly Work[],
  assigned: readonly Assigned[],
  owner: Pick<PageOwner, 'site' | 'environment' | 'checksJoins'>,
): readonly Work[] {
  if (works.some(({ join }) => join !== undefined)) return works;
  const at = assigned.findIndex(({ join }) => join !== undefined);
  const [work, join] = [works[at], assigned[at]?.join];
  if (!work || !join) return works;
  const place = 'email' in join.to ? at + 1 : at;
  const joining = joinOf(join, work.visitor, owner, work.receivedAt, work.trace);
  return [...works.slice(0, place), joining, ...works.slice(place)];
}

/**
 * The join that there was no room for, though there was for the submission that calls for it: nobody brings that again, nor the join with it.
 * @param line with what its works were told, in the same order
 */
export function leftOverOf(
  line: readonly Work[],
  told: readonly Delivered[],
): { readonly work: Work; readonly retryAfter: number } | undefined {
  const at = line.findIndex(isAdded);
  const [work, delivered] = [line[at], told[at]];
  if (!work?.join || delivered?.type !== 'later') return undefined;
  const calledBy = told['email' in work.join ? at - 1 : at + 1];
  return calledBy?.type === 'later' ? undefined : { work, retryAfter: delivered.retryAfter };
}
