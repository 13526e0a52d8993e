/** Makes the profile of a visitor's alias one with another, sees to it that it is done once more, and looks whether it had effect. */
import type { BrazeAnswer, BrazeClient } from '../braze/client.ts';
import { judgeAnswer, type Judgement } from '../braze/outcome.ts';
import { callOfJoin } from '../braze/join-request.ts';
import { isApart, isJoinedTo, lookBodyOf } from '../braze/own-profile.ts';
import type { ProfileId } from '../braze/payload.ts';
import { createUpkeepExports } from '../braze/upkeep-exports.ts';
import type { BrazeEnvironment } from '../config.ts';
import { isAgain, joinAgainOf, joinCheckOf } from '../identity/joining.ts';
import { hearPermission } from '../permissions.ts';
import type { DeliveryPorts } from './lane.ts';
import type { Work } from './work.ts';

/**
 * Milliseconds after which it is joined again: Braze's advice for requests that depend on each other (`api/api_limits`). It applies what it
 * has taken in any order until then: a join that is applied before the write to the alias that left ahead of it finds nobody, and is answered
 * with success all the same.
 */
export const JOIN_AGAIN_AFTER = 300_000;

/** The same after that, until it is looked at what came of it. */
const CHECK_AFTER = JOIN_AGAIN_AFTER;

export type Joined =
  | { readonly type: 'joined' }
  /** Braze has taken it, and there are two profiles still. */
  | { readonly type: 'without_effect' }
  /** The same would be refused again. @param words Braze's; may be empty */
  | { readonly type: 'refused'; readonly words: string }
  | { readonly type: 'not_now'; readonly judgement: Exclude<Judgement, { readonly errors: unknown }> }
  /** It is not this process's any more, e.g. because its visitor was erased. */
  | { readonly type: 'gone' };

export interface Trying {
  /** It was tried before, and Braze may have done it. */
  readonly isTried: boolean;
  /** Writes down that another request leaves. @returns whether it may. @throws {StoreError} */
  readonly goesOn: () => Promise<boolean>;
}

export interface ProfileJoins {
  /** @throws {StoreError} where it could not be kept for the second time: the first may be done again */
  join(work: Work, join: ProfileId, client: BrazeClient, trying: Trying): Promise<Joined>;
}

/**
 * No request of the track endpoint: its limits are others, and a key that may not do this may do that. So the gate learns nothing of it.
 */
export function createProfileJoins(
  environment: Pick<BrazeEnvironment, 'name' | 'exports'>,
  ports: Pick<DeliveryPorts, 'clock' | 'log' | 'metrics' | 'permissions' | 'store'>,
): ProfileJoins {
  const { clock, log, metrics, permissions, store } = ports;
  const { name } = environment;
  const exports = createUpkeepExports(environment, ports);
  const ask = async (send: () => Promise<BrazeAnswer>) => {
    const start = clock();
    const answer = await send();
    const status = answer.type === 'response' ? String(answer.status) : answer.reason;
    const milliseconds = clock() - start;
    metrics.requested(name, status, 1, milliseconds / 1_000);
    return { answer, status, milliseconds, judgement: judgeAnswer(answer, clock()) };
  };

  /** Before the first has its last word: who dies in between joins once more, and keeps it once more. */
  const keepForAgain = async (work: Work): Promise<Joined> => {
    const again = joinAgainOf(work);
    if (again) await store.deferred.hold(again, JOIN_AGAIN_AFTER);
    const check = again ? undefined : joinCheckOf(work);
    if (check) await store.deferred.hold(check, CHECK_AFTER);
    return { type: 'joined' };
  };

  /** @param then what comes of it where nothing can be seen */
  const lookAt = async (
    { visitor }: Work,
    client: BrazeClient,
    then: string,
  ): Promise<BrazeAnswer | 'unseen' | Extract<Joined, { readonly type: 'not_now' }>> => {
    const { answer, status, judgement } = await ask(() => exports.ask(client, lookBodyOf(visitor)));
    const { type: meaning } = judgement;
    if (meaning === 'taken') return answer;
    const isOver = 'errors' in judgement || meaning === 'operator';
    log({
      level: 'warn',
      event: 'join_unchecked',
      environment: name,
      status,
      meaning,
      ...(isOver && {
        advice: `Braze did not show whether two profiles are one yet, and ${then}: let the REST API key of ${name} do users.export.ids.`,
      }),
    });
    return isOver ? 'unseen' : { type: 'not_now', judgement };
  };

  /** Where it is not shown that the alias is on a profile of its own nobody is joined now. The second time it is looked at again. */
  const look = async (work: Work, client: BrazeClient): Promise<Joined | 'apart'> => {
    const seen = await lookAt(work, client, 'they are not joined');
    if (seen === 'unseen') return keepForAgain(work);
    if (seen.type === 'not_now') return seen;
    return isApart(seen, work.visitor) ? 'apart' : keepForAgain(work);
  };

  /** Braze answers with success where it has done nothing, too (`post_user_identify`, `post_users_merge`). */
  const check = async (work: Work, join: ProfileId, client: BrazeClient): Promise<Joined> => {
    const { id: submission } = work;
    const seen = await lookAt(work, client, 'it is not known whether a join had effect');
    if (seen === 'unseen') return { type: 'joined' };
    if (seen.type === 'not_now') return seen;
    const isJoined = isJoinedTo(seen, join);
    const said = { environment: name, call: callOfJoin(join), submission };
    if (isJoined === undefined) {
      log({ level: 'warn', event: 'join_unchecked', meaning: 'unreadable', ...said });
      return { type: 'joined' };
    }
    metrics.joinChecked(name, isJoined);
    if (isJoined) {
      log({ level: 'info', event: 'join_checked', ...said });
      return { type: 'joined' };
    }
    const advice = `Braze has taken it and done nothing, so that a visitor has two profiles. Look at both in the dashboard: ${LIKELY[callOfJoin(join)]}. Mend that, then retry the dead letter, or drop it.`;
    log({ level: 'warn', event: 'join_without_effect', advice, ...said });
    return { type: 'without_effect' };
  };

  return {
    async join(work, join, client, { isTried, goesOn }) {
      if (work.check === 'now') return check(work, join, client);
      if (isToLookAt(work, join, isTried)) {
        const looked = await look(work, client);
        if (looked !== 'apart') return looked;
        if (!(await goesOn())) return { type: 'gone' };
      }
      const { answer, status, milliseconds, judgement } = await ask(() => client.join(work.visitor, join));
      const { type: meaning } = judgement;
      const level = meaning === 'taken' ? 'info' : 'warn';
      log({ level, event: 'braze_joined', environment: name, status, meaning, milliseconds });
      const permission = PERMISSIONS[callOfJoin(join)];
      hearPermission(permissions, { environment: name, permission }, answer, judgement);
      if (meaning === 'operator') {
        const advice = `Braze did not let profiles be joined: let the REST API key of ${name} do ${callOfJoin(join)} (${permission}). What the visitor says waits for it.`;
        log({ level: 'error', event: 'join_forbidden', environment: name, status, advice });
      }
      if (!('errors' in judgement)) return { type: 'not_now', judgement };
      const [error] = judgement.errors;
      const words = error?.words ?? ('words' in judgement ? judgement.words : undefined);
      if (words !== undefined) return { type: 'refused', words };
      return keepForAgain(work);
    },
  };
}

/** What each takes of the REST API key (`api/basics`). */
const PERMISSIONS = { 'users/identify': 'users.identify', 'users/merge': 'users.merge' } as const;

/** Why a join may do nothing that was answered with success, by the pages of each. */
const LIKELY = {
  'users/identify':
    'another alias on the person’s profile may have the same label, or the alias may be on a profile with another external_id already',
  'users/merge':
    'both may have a phone number that is invalid, several profiles may have the address, none may, or the alias may be on a profile with an external_id or an address of its own',
} as const;

/**
 * Whether the alias may be on somebody's profile already: joined once more, it would take that along, and two customers were one for good. So
 * it may be where our record does not go back to the visitor's first day. And after a merge, which may have been done though no answer has
 * come: of several profiles with the address another may have been written to since. `/users/identify` does nothing to an alias whose profile
 * has an external_id.
 */
function isToLookAt(work: Work, join: ProfileId, isTried: boolean): boolean {
  return !work.hasOwnAlias || ('email' in join && (isTried || isAgain(work)));
}
