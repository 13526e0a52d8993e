/** What makes the profile of a visitor's alias one with another: work as a submission is, in the visitor's line. */
import { hashOf } from '../../widget/flow/hash.ts';
import type { PageOwner } from '../config.ts';
import type { Delivered } from '../delivery/delivery.ts';
import type { Work } from '../delivery/work.ts';
import type { Assigned, Joining } from './profiles.ts';

/** It leads nowhere: no conversation waits for it. */
const NOWHERE = { success: '', error: '', queued: '', invalid: {} };

/** What the id of a join begins with, and that of one that is made for the second time. */
const FIRST = 'join.';
const AGAIN = 'join.again.';

/** @param now milliseconds since 1970 */
export function joinOf(
  { to: join, hasOwnAlias }: Joining,
  visitor: string,
  { site, environment }: Pick<PageOwner, 'site' | 'environment'>,
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
    node: 'email' in join ? 'users/merge' : 'users/identify',
    receivedAt: now,
    share: { events: [] },
    join,
    ...(hasOwnAlias && { hasOwnAlias }),
    routes: NOWHERE,
    ...(trace !== undefined && { trace }),
  };
}

/** Whether it is the second time. */
export const isAgain = ({ id }: Work): boolean => id.startsWith(AGAIN);

/** The same join for the second time (decision 29); `undefined` of one that is that already. */
export function joinAgainOf(work: Work): Work | undefined {
  if (isAgain(work)) return undefined;
  const id = `${AGAIN}${work.id.slice(FIRST.length)}`;
  return { ...work, key: `${work.visitor}/${id}`, id };
}

/**
 * A visitor's line, with the join that one of its submissions calls for.
 * @param works their submissions, and in the same order what was assigned to them
 */
export function withJoin(
  works: readonly Work[],
  assigned: readonly Assigned[],
  owner: Pick<PageOwner, 'site' | 'environment'>,
): readonly Work[] {
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
  const at = line.findIndex(({ join }) => join !== undefined);
  const [work, delivered] = [line[at], told[at]];
  if (!work?.join || delivered?.type !== 'later') return undefined;
  const calledBy = told['email' in work.join ? at - 1 : at + 1];
  return calledBy?.type === 'later' ? undefined : { work, retryAfter: delivered.retryAfter };
}
