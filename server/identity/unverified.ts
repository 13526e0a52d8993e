/** What a site lets visitors do of whom the brand's backend has not vouched: setting `unverified`. Each of it a stranger can do with another's address. */
import * as v from 'valibot';
import type { PageOwner } from '../config.ts';
import type { Ports } from '../ports.ts';

export const UNVERIFIED = ['subscribe', 'identify', 'merge'] as const;

export type Unverified = readonly (typeof UNVERIFIED)[number][];

const WORDS = 'should be a list of "subscribe", "identify" and "merge"';

export const unverifiedSetting = v.optional(v.array(v.picklist(UNVERIFIED, WORDS), WORDS));

/** Whether an action may make a visitor's profile one with another on nobody's word but theirs. */
export const mayJoin = (unverified: Unverified = []): boolean =>
  unverified.includes('identify') || unverified.includes('merge');

/** What a stranger could do then. */
const DANGERS: Readonly<Record<Unverified[number], string>> = {
  subscribe:
    'a stranger who types another person’s e-mail address can subscribe and unsubscribe that person: at Braze the state of an address is that of every profile that has it',
  identify:
    'a stranger who types another person’s id writes what they say, and what was noticed of them, to that person’s profile',
  merge:
    'a stranger who types another person’s e-mail address makes their own profile one with that person’s, for good',
};

/** Said at each start, and whenever it is changed: once for each site, and each thing that it lets be done. */
export function tellUnverified(
  owners: ReadonlyMap<string, Pick<PageOwner, 'site' | 'unverified'>>,
  log: Ports['log'],
): void {
  const sites = new Map([...owners.values()].map(({ site, unverified = [] }) => [site, unverified]));
  for (const [site, unverified] of sites) {
    for (const kind of unverified) {
      const advice = `Anybody may do it without being signed in: ${DANGERS[kind]}. To end that take "${kind}" out of "unverified".`;
      log({ level: 'warn', event: 'unverified_allowed', site, reason: kind, advice });
    }
  }
}
