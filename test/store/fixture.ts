/** Work, settlements and claims as the tests of the store need them. */
import type { Erasure } from '../../server/delivery/erasure.ts';
import type { Settlement, Work } from '../../server/delivery/work.ts';
import type { Claim, LeaveToErase } from '../../server/store/store.ts';

export const LEASE = 1_000;
export const LIMIT = 1_000;
export const DAY = 24 * 60 * 60 * 1000;
/** When the tests begin: the beginning of a window of any length that they use. */
export const START = 1_800_000_000_000;

export const ANN: Claim = { holder: 'ann', lease: LEASE };
export const BOB: Claim = { holder: 'bob', lease: LEASE };

/** @param key `<visitor>/<submission>` */
export function workOf(key: string, details: Partial<Work> = {}): Work {
  const [visitor = '', id = ''] = key.split('/');
  return {
    key,
    id,
    visitor,
    environment: 'prod',
    site: 'shop',
    flow: 'welcome',
    revision: 'r1',
    node: 'save',
    receivedAt: START,
    share: {
      attributes: { first_name: 'Zoë', page_tags: { add: ['a', 'b'] } },
      events: [{ key: 'met#0', repeats: false, object: { name: 'met', properties: { submission_id: id } } }],
    },
    routes: {
      success: 'thanks',
      error: 'sorry',
      queued: 'thanks',
      invalid: { email: { field: 'email', next: 'ask' } },
    },
    ...details,
  };
}

export function settlementOf(key: string, details: Partial<Settlement> = {}): Settlement {
  const [, id = ''] = key.split('/');
  return {
    receipt: { id, outcome: 'success', next: 'thanks' },
    node: 'save',
    acceptedEvents: ['met#0'],
    isInDoubt: false,
    ...details,
  };
}

export const settled = (key: string, details: Partial<Settlement> = {}) =>
  ({ key, type: 'settled', settlement: settlementOf(key, details) }) as const;

export const spooled = (key: string, dueAt = START) =>
  ({ key, type: 'spooled', dueAt, attempts: 1, isInDoubt: false }) as const;

/** What is left to do elsewhere about a visitor. */
export const erasureOf = (visitor: string, details: Partial<Erasure> = {}): Erasure => ({
  visitor,
  environment: 'prod',
  site: 'shop',
  at: START,
  others: [{ external_id: `person-${visitor}` }],
  ...details,
});

/** Leaves that to do, whatever is remembered. */
export const leaving = (erasure: Erasure, wait = 0): LeaveToErase => ({
  names: [],
  by: () => ({ erasure, wait }),
});
