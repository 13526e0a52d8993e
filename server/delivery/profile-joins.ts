/** Makes the profile of a visitor's alias one with another, and sees to it that it is done once more. */
import type { BrazeAnswer, BrazeClient } from '../braze/client.ts';
import { judgeAnswer, type Judgement } from '../braze/outcome.ts';
import { isApart, lookBodyOf } from '../braze/own-profile.ts';
import type { ProfileId } from '../braze/payload.ts';
import type { EnvironmentName } from '../config.ts';
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
  | { readonly type: 'not_now'; readonly judgement: Exclude<Judgement, { readonly errors: unknown }> };

export interface ProfileJoins {
  /** @throws {StoreError} where it could not be kept for the second time: the first may be done again */
  join(work: Work, join: ProfileId, client: BrazeClient): Promise<Joined>;
}

/**
 * No request of the track endpoint: its limits are others, and a key that may not do this may do that. So the gate learns nothing of it.
 */
export function createProfileJoins(
  name: EnvironmentName,
  { clock, log, metrics, store }: Pick<DeliveryPorts, 'clock' | 'log' | 'metrics' | 'store'>,
): ProfileJoins {
  const ask = async (send: () => Promise<BrazeAnswer>) => {
    const start = clock();
    const answer = await send();
    const status = answer.type === 'response' ? String(answer.status) : answer.reason;
    const milliseconds = clock() - start;
    metrics.requested(name, status, 1, milliseconds / 1_000);
    return { answer, status, milliseconds, judgement: judgeAnswer(answer, clock()) };
  };

  /**
   * A merge is for good. Once it has been done the alias is on the profile of the address, and of several that have the address another may
   * have been written to since: to merge again would make two customers one. So it is looked at first.
   */
  const look = async ({ visitor }: Work, client: BrazeClient): Promise<Joined | 'apart'> => {
    const { answer, status, judgement } = await ask(() => client.exportIds(lookBodyOf(visitor)));
    const { type: meaning } = judgement;
    if (meaning === 'taken') return isApart(answer, visitor) ? 'apart' : { type: 'joined' };
    const isOver = 'errors' in judgement || meaning === 'operator';
    log({
      level: 'warn',
      event: 'join_unchecked',
      environment: name,
      status,
      meaning,
      ...(isOver && {
        advice: `Braze did not show whether two profiles are one yet, and they are not merged a second time: let the REST API key of ${name} do users.export.ids.`,
      }),
    });
    return isOver ? { type: 'joined' } : { type: 'not_now', judgement };
  };

  return {
    async join(work, join, client) {
      if (isAgain(work) && 'email' in join) {
        const looked = await look(work, client);
        if (looked !== 'apart') return looked;
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
      const again = joinAgainOf(work);
      // Before the first has its last word: who dies in between joins once more, and keeps it once more.
      if (again) await store.deferred.hold(again, JOIN_AGAIN_AFTER);
      return { type: 'joined' };
    },
  };
}
