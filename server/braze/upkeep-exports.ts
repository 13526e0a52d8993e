/**
 * Exports for which nobody waits at a branch: whether an alias may be joined, what of a profile may be erased. They are under the same limit as
 * those that read profiles (`post_users_identifier`, rate limit), and neither may take all of it.
 */
import type { BrazeEnvironment, RequestLimit } from '../config.ts';
import { hearPermission, type Permissions } from '../permissions.ts';
import type { Ports } from '../ports.ts';
import { createBudget } from './budget.ts';
import type { BrazeAnswer, BrazeClient } from './client.ts';
import type { ExportBody } from './erasure.ts';
import { judgeAnswer } from './outcome.ts';
import { rollingSlotsOf } from './rate-slots.ts';

/** Under which the store counts all exports of an environment. */
export const EXPORTS = 'exports';

/** What they take of the REST API key (`post_users_identifier`). */
const PERMISSION = 'users.export.ids';

/** Of the limit, that upkeep may have: 50 of 250 in a minute. Those who wait at a branch have the other 200 in any case, 10,000 people. */
const UPKEEP = 1 / 5;

/** Of the limit, that is left to upkeep whoever reads profiles: 10 of 250. It can wait, but not for ever. */
const RESERVE = 1 / 25;

/** Of how many exports a window has for those who read profiles. */
export function readingLimitOf({ limit, window }: RequestLimit): RequestLimit {
  return { limit: limit - reserveOf(limit), window };
}

export const reserveOf = (limit: number): number =>
  limit === 1 ? 0 : Math.max(1, Math.floor(limit * RESERVE));

export interface UpkeepExports {
  /** `POST /users/export/ids`, if it may leave now. Never rejects. @param client as it is now: keys are replaced */
  ask(client: Pick<BrazeClient, 'exportIds'>, body: ExportBody): Promise<BrazeAnswer>;
}

export interface UpkeepPorts extends Pick<Ports, 'store' | 'clock'> {
  readonly permissions: Pick<Permissions, 'refused' | 'granted'>;
}

export function createUpkeepExports(
  { name, exports }: Pick<BrazeEnvironment, 'name' | 'exports'>,
  { store, clock, permissions }: UpkeepPorts,
): UpkeepExports {
  const share = { limit: Math.max(1, Math.floor(exports.limit * UPKEEP)), window: exports.window };
  const budgetOf = (counted: string, requests: RequestLimit) =>
    createBudget({ name: `${name}/${counted}`, requests, slotsOf: rollingSlotsOf, store, clock });
  const own = budgetOf(`${EXPORTS}/upkeep`, share);
  const all = budgetOf(EXPORTS, exports);

  const take = async (): Promise<number> => {
    const wait = await own.take();
    // Nothing was taken then: to give back would be to take one of those that left for one that did not.
    if (wait > 0) return wait;
    const whole = await all.take();
    if (whole > 0) own.giveBack();
    return whole;
  };

  return {
    async ask(client, body) {
      const wait = await take();
      if (wait > 0) return { type: 'no_answer', reason: 'budget', retryAfter: Math.ceil(wait / 1_000) };
      const answer = await client.exportIds(body);
      hearPermission(
        permissions,
        { environment: name, permission: PERMISSION },
        answer,
        judgeAnswer(answer, clock()),
      );
      if (answer.type === 'response') await all.learn(answer.headers, answer.status);
      return answer;
    },
  };
}
