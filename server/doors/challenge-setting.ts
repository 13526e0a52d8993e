/** The setting `challenge` of a site: unknown JSON -> who verifies what a new visitor's page brings. */
import * as v from 'valibot';

const VERIFY_WORDS =
  'should be an https URL, such as "https://challenges.cloudflare.com/turnstile/v0/siteverify"';
const SECRET_WORDS =
  'should be the name of an environment variable that ends in _SECRET or _KEY, such as "TURNSTILE_SECRET"';

const text = (words: string) => v.optional(v.pipe(v.string(words), v.minLength(1, words)));

export const CHALLENGE_SETTING = v.optional(
  v.strictObject(
    {
      verify: v.pipe(v.string(VERIFY_WORDS), v.url(VERIFY_WORDS)),
      secret: v.pipe(v.string(SECRET_WORDS), v.regex(/^[A-Z][A-Z0-9_]*_(?:KEY|SECRET)$/, SECRET_WORDS)),
      hostname: text('should be the host of the page, such as "www.example.com"'),
      action: text('should be the action that the page’s challenge is rendered with'),
    },
    'should be an object such as {"verify": "https://…", "secret": "TURNSTILE_SECRET"}',
  ),
);

/**
 * What is wrong with the URL, if anything: it is sent the secret, so nothing may read along.
 * @param isDevelopment allows this machine
 */
export function verifyProblem(verify: string, isDevelopment: boolean): string | undefined {
  const { protocol, hostname, username, password } = new URL(verify);
  if (username || password) return 'should have no user and no password';
  const isLocal = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  if (isLocal && !isDevelopment) return 'is this machine; that is allowed only with PARLEY_DEVELOPMENT=1';
  return protocol === 'https:' || (isLocal && protocol === 'http:') ? undefined : VERIFY_WORDS;
}
