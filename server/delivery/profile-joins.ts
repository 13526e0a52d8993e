/** Makes the profile of a visitor's alias one with another, and sees to it that it is done once more. */
import type { BrazeAnswer, BrazeClient } from '../braze/client.ts';
import { judgeAnswer, type Judgement } from '../braze/outcome.ts';
import { isApart, lookBodyOf } from '../braze/own-profile.ts';
import type { ProfileId } from '../braze/payload.ts';
import { createUpkeepExports } from '../braze/upkeep-exports.ts';
import type { BrazeEnvironment } from '../config.ts';
import { isAgain, joinAgainOf } from '../identity/joining.ts';
import type { DeliveryPorts } from './lane.ts';
import type { Work } from './work.ts';

/**
 * Milliseconds after which it is joined again: Braze's advice for requests that depend on each other (`api/api_limits`). It applies what it
 * has taken in any order until then: a join that is applied before the write to the alias that left ahead of it finds nobody, and is answered
 * with success all the same.
 */
export const JOIN_AGAIN_AFTER = 300_000;

export type Joined =
  | { readonly type: 'joined' }
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
  ports: Pick<DeliveryPorts, 'clock' | 'log' | 'metrics' | 'store'>,
): ProfileJoins {
  const { clock, log, metrics, store } = ports;
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
    return { type: 'joined' };
  };

  /** Where it is not shown that the alias is on a profile of its own nobody is joined now. The second time it is looked at again. */
  const look = async (work: Work, client: BrazeClient): Promise<Joined | 'apart'> => {
    const { visitor } = work;
    const { answer, status, judgement } = await ask(() => exports.ask(client, lookBodyOf(visitor)));
    const { type: meaning } = judgement;
    if (meaning === 'taken') return isApart(answer, visitor) ? 'apart' : keepForAgain(work);
    const isOver = 'errors' in judgement || meaning === 'operator';
    log({
      level: 'warn',
      event: 'join_unchecked',
      environment: name,
      status,
      meaning,
      ...(isOver && {
        advice: `Braze did not show whether two profiles are one yet, and they are not joined: let the REST API key of ${name} do users.export.ids.`,
      }),
    });
    return isOver ? keepForAgain(work) : { type: 'not_now', judgement };
  };

  return {
    async join(work, join, client, { isTried, goesOn }) {
      if (isToLookAt(work, join, isTried)) {
        const looked = await look(work, client);
        if (looked !== 'apart') return looked;
        if (!(await goesOn())) return { type: 'gone' };
      }
      const { status, milliseconds, judgement } = await ask(() => client.join(work.visitor, join));
      const { type: meaning } = judgement;
      const level = meaning === 'taken' ? 'info' : 'warn';
      log({ level, event: 'braze_joined', environment: name, status, meaning, milliseconds });
      if (meaning === 'operator') {
        const advice = `Braze did not let profiles be joined: let the REST API key of ${name} do ${work.node} (users.identify, users.merge). What the visitor says waits for it.`;
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

/**
 * Whether the alias may be on somebody's profile already: joined once more, it would take that along, and two customers were one for good. So
 * it may be where our record does not go back to the visitor's first day. And after a merge, which may have been done though no answer has
 * come: of several profiles with the address another may have been written to since. `/users/identify` does nothing to an alias whose profile
 * has an external_id.
 */
function isToLookAt(work: Work, join: ProfileId, isTried: boolean): boolean {
  return !work.hasOwnAlias || ('email' in join && (isTried || isAgain(work)));
}
