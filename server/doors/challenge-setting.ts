/** The setting `challenge` of a site: unknown JSON -> who verifies what a new visitor's page brings. */
import * as v from 'valibot';

const VERIFY_WORDS =
  'should be an https URL, such as "https://challenges.cloudflare.com/turnstile/v0/siteverify"';
const SECRET_WORDS =
  'should be the name of an environment variable that ends in _SECRET or _KEY, such as "TURNSTILE_SECRET"';
const OWN_WORDS =
  'is a secret of the relay’s own, and what is named here is sent to whoever verifies; should be a variable of its own, such as "TURNSTILE_SECRET"';
const HOST_WORDS =
  'should be the host of each origin of the site, such as "www.example.com" or ["staging.example.com", "www.example.com"]';

/** Variables of the relay's own secrets, of those that end so. */
const OWN_SECRETS = ['BRAZE_SANDBOX_KEY', 'BRAZE_PROD_KEY', 'SESSION_SECRET', 'ENTRY_LINK_KEY'];

const text = (words: string) => v.pipe(v.string(words), v.minLength(1, words));

export const CHALLENGE_SETTING = v.optional(
  v.strictObject(
    {
      verify: v.pipe(v.string(VERIFY_WORDS), v.url(VERIFY_WORDS)),
      secret: v.pipe(
        v.string(SECRET_WORDS),
        v.regex(/^[A-Z][A-Z0-9_]*_(?:KEY|SECRET)$/, SECRET_WORDS),
        v.check((name) => !OWN_SECRETS.includes(name), OWN_WORDS),
      ),
      hostname: v.optional(
        v.union(
          [text(HOST_WORDS), v.pipe(v.array(text(HOST_WORDS)), v.minLength(1, HOST_WORDS))],
          HOST_WORDS,
        ),
      ),
      action: v.optional(text('should be the action that the page’s challenge is rendered with')),
    },
    'should be an object such as {"verify": "https://…", "secret": "TURNSTILE_SECRET"}',
  ),
);

/**
 * What is wrong with the hosts, if anything. A page whose host is not among them would have every new visitor refused.
 * @param origins of the site, in both environments
 */
export function hostsProblem(hostnames: readonly string[], origins: readonly string[]): string | undefined {
  const missing = hostsOf(origins).find((host) => !hostnames.includes(host));
  return missing === undefined
    ? undefined
    : `has no "${missing}", of which every new visitor would be refused; ${HOST_WORDS}`;
}

/**
 * Where the pages of one environment may have their tokens made. All have to be named, and whoever gets at a staging page, or serves one at
 * `localhost`, would else let visitors in at the real ones.
 * @param own origins of the environment
 * @param others origins of the site's other one
 */
export function hostsOfOwn(
  hostnames: readonly string[],
  own: readonly string[],
  others: readonly string[],
): readonly string[] {
  const mine = hostsOf(own);
  const theirs = hostsOf(others);
  // Of neither: that of a frame which has the challenge, say.
  return hostnames.filter((host) => mine.includes(host) || !theirs.includes(host));
}

function hostsOf(origins: readonly string[]): readonly string[] {
  return origins.flatMap((origin) => (URL.canParse(origin) ? [new URL(origin).hostname] : []));
}

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
