/** What a site lets visitors do of whom the brand's backend has not vouched: setting `unverified`. Each of it a stranger can do with another's address. */
import * as v from 'valibot';

const KINDS = ['subscribe', 'identify', 'merge'] as const;

export type Unverified = readonly (typeof KINDS)[number][];

const WORDS = 'should be a list of "subscribe", "identify" and "merge"';

export const unverifiedSetting = v.optional(v.array(v.picklist(KINDS, WORDS), WORDS), []);

/** What a stranger could do then, for the log. */
export const DANGERS: Readonly<Record<Unverified[number], string>> = {
  subscribe:
    'a stranger who types another person’s e-mail address or phone number can subscribe and unsubscribe that person: at Braze the state of an address is that of every profile that has it',
  identify:
    'a stranger who types another person’s id writes what they say, and what was noticed of them, to that person’s profile',
  merge:
    'a stranger who types another person’s e-mail address makes their own profile one with that person’s, for good',
};
