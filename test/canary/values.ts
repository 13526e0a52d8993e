/** Values that are nowhere else: what is found of them has come from the journey. */

const random = (length: number) =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(length))).toString('base64url');

/** By the variable that names them. As an operator makes them: of such there are no two alike. */
export const SECRETS = {
  BRAZE_SANDBOX_KEY: crypto.randomUUID(),
  BRAZE_PROD_KEY: crypto.randomUUID(),
  SESSION_SECRET: random(32),
  ENTRY_LINK_KEY: random(32),
  TURNSTILE_SECRET: random(24),
} as const;

/** In the place of the sandbox's key, once that is revoked. */
export const NEXT_KEY = crypto.randomUUID();

/** Of the challenge. */
export const CHALLENGE = `challenge-${random(12)}`;

/** What the visitor says, by field. */
export const ANSWERS = {
  first_name: 'Zephyrine',
  email: 'zephyrine.quill@canary.example',
  birthday: '1987-03-14',
  city: 'Quernmore',
  phone: '+447700900461',
} as const;

/** All that they say besides begins with it. */
export const WORD = 'marrowfat';

/** What they type and do not send. */
export const DRAFT = 'gallimaufry';

/** What the page and the network tell of them. */
export const PAGE = {
  path: 'velvetotter',
  query: 'thimblerig',
  title: 'Marmalade Observatory',
  referrer: 'lanternfish.example',
} as const;

/** A documentation address (RFC 5737). */
export const ADDRESS = '203.0.113.77';

/** `external_id`s: of the profile of a personal link, and of who signs in. */
export const LINKED = 'person-of-a-link-5531';
export const SIGNED_IN = 'person-signed-in-8264';

/** Of somebody else, of whom everything stays. */
export const BYSTANDER = 'hazel.dormouse@canary.example';

/** Of somebody who is known by it at a site where profiles are, and is erased there. */
export const LEAVER = 'juniper.halfway@canary.example';
