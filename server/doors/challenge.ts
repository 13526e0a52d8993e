/**
 * A challenge for new visitors, as Cloudflare Turnstile, hCaptcha and reCAPTCHA have it: the page brings a token, and the relay asks whoever
 * made it whether it is good (developers.cloudflare.com/turnstile/get-started/server-side-validation).
 */
import * as v from 'valibot';
import type { PageOwner } from '../config.ts';
import type { Ports } from '../ports.ts';
import { Refusal } from '../problem.ts';

/** Who verifies the tokens of a site's pages. */
export interface Challenge {
  readonly verify: string;
  /** A function, so that no log, error or dump of the settings can show it. */
  readonly secret: () => string;
  /** The hosts that the token may be made at: those of the environment’s own pages. Absent: any. */
  readonly hostnames?: readonly string[];
  /** The action that it has to be made for. */
  readonly action?: string;
}

/**
 * Lets a new visitor in, or throws. A site without a challenge lets everybody in.
 * @throws {Refusal} 403 with the type `CHALLENGE_REQUIRED` where the token is missing or not good; 503 with `Retry-After` where nobody could be
 * asked. That is a refusal too, for else who can make the endpoint slow has no challenge any more; and nothing is lost by it, because the
 * browser keeps what the visitor said
 */
export type CheckChallenge = (
  owner: PageOwner,
  token: string | undefined,
  /** Of the visitor, where it is known. */
  address: string | undefined,
) => Promise<void>;

/** What a page can tell by that it has to bring a (new) token. */
export const CHALLENGE_REQUIRED = 'urn:parley:problem:challenge-required';

/**
 * With a challenge there is room for them, so a page that has not brought one hears of that too.
 * @param refusal of who came without one
 */
export function askForChallenge(refusal: unknown): never {
  if (!(refusal instanceof Refusal)) throw refusal;
  const detail = `${refusal.message} With a challenge it may come now.`;
  throw new Refusal(refusal.status, detail, { ...refusal.options, type: CHALLENGE_REQUIRED });
}

/** Milliseconds. Turnstile answers within one; after more than these the widget has said `queued` already. */
const VERIFY_TIMEOUT = 3_000;

/** Seconds until it is of use to come again where the endpoint cannot be reached. The widget adds some chance to it. */
const RETRY_AFTER = 10;

/** Characters of an answer that are looked at: Turnstile's have some 300. */
const MAX_ANSWER = 10_000;

/** The operator's to mend, and no word on the visitor: Turnstile's names, which hCaptcha's and reCAPTCHA's are too. */
const OPERATORS = ['missing-input-secret', 'invalid-input-secret', 'bad-request', 'internal-error'];

const AnswerSchema = v.object({
  success: v.boolean(),
  hostname: v.nullish(v.string()),
  action: v.nullish(v.string()),
  'error-codes': v.nullish(v.array(v.string())),
});

export function createChallengeCheck({
  fetch,
  log,
  metrics,
  setTimer,
}: Pick<Ports, 'fetch' | 'log' | 'metrics' | 'setTimer'>): CheckChallenge {
  const ask = async ({ verify, secret }: Challenge, token: string, address: string | undefined) => {
    const aborter = new AbortController();
    const cancelTimer = setTimer(() => aborter.abort(), VERIFY_TIMEOUT);
    try {
      const response = await fetch(verify, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          secret: secret(),
          response: token,
          ...(address !== undefined && { remoteip: address }),
        }).toString(),
        // A redirect would carry the secret to another host.
        redirect: 'manual',
        signal: aborter.signal,
      });
      const text = await response.text();
      if (text.length > MAX_ANSWER) return undefined;
      const parsed = v.safeParse(AnswerSchema, JSON.parse(text));
      return parsed.success ? parsed.output : undefined;
    } catch {
      // Not there, not in time, or not JSON.
      return undefined;
    } finally {
      cancelTimer();
    }
  };

  return async (owner, token, address) => {
    const { challenge, site, environment } = owner;
    if (!challenge) return;
    const where = { site, environment: environment.name };
    const refuse = (detail: string): Refusal => {
      metrics.refused('challenge');
      return new Refusal(403, detail, { type: CHALLENGE_REQUIRED });
    };
    if (token === undefined) throw refuse('A new visitor of this site has to bring a challenge.');
    const answer = await ask(challenge, token, address);
    const codes = answer?.['error-codes'] ?? [];
    if (!answer || (!answer.success && codes.some((code) => OPERATORS.includes(code)))) {
      metrics.refused('challenge_unreachable');
      const advice =
        answer === undefined
          ? 'The endpoint of the challenge did not answer in time, or not with its JSON.'
          : 'The endpoint of the challenge does not take the secret, or fails.';
      log({ level: 'error', event: 'challenge_failed', advice, ...where });
      throw new Refusal(503, 'The challenge cannot be verified now. Keep it and send it again.', {
        headers: { 'retry-after': String(RETRY_AFTER) },
      });
    }
    const isHere = challenge.hostnames?.includes(answer.hostname ?? '') ?? true;
    const isForThis = challenge.action === undefined || answer.action === challenge.action;
    if (!answer.success || !isHere || !isForThis)
      throw refuse('The challenge is not good, or was used before; bring a new one.');
  };
}
