/** Speaks to the relay: opens sessions, and sends submissions. */
import type { SubmissionsRequest, SubmissionsResponse } from '../contract/wire.ts';
import type { Answer } from '../outbox/outbox.ts';
import type { Claimed } from '../outbox/store.ts';
import type { Loosely, Sessions } from './sessions.ts';

export interface RelayClient {
  /** Never throws. */
  send(claimed: Claimed): Promise<Answer>;
  /** Milliseconds that the relay lets a visitor wait. */
  deadline(): number;
}

/** The relay's default, until it has told its own. */
const DEFAULT_DEADLINE = 2_500;

/** Milliseconds after which a request is given up: far beyond the relay's deadline, so the network is at fault. */
const REQUEST_TIMEOUT = 30_000;

/** Seconds. A relay that asks for more is mistaken, and a timer of more than 24 days would fire at once. */
const LONGEST_WAIT = 3_600;

/**
 * Of requests that outlive their page. Browsers refuse one where the bodies of all that are under way would come to more than 64 KiB (Fetch,
 * section 4.6, HTTP-network-or-cache fetch), and Chromium where there would be more than 9 of them.
 */
const KEPT_ALIVE = { bytes: 64 * 1024, requests: 9 };

/** Seconds. */
const OPERATORS_WAIT = 60;

/** Nothing that was said is the reason of these: who asks, when, or where. */
const INNOCENT = [401, 404, 408, 425, 429, 503];

/** Refusals of the submission itself (design.md, Outcomes): sent again, it would be refused again. */
const FINAL = [400, 413, 422];

export function createRelayClient(
  relay: string,
  sessions: Sessions,
  fetch: typeof globalThis.fetch,
  clock: () => number,
): RelayClient {
  let bytes = 0;
  let requests = 0;
  let session: string | undefined;
  /** The credential of whose session it is. */
  let visitor: string | undefined;
  /** It is on its way. */
  let opening: Promise<Answer> | undefined;
  /** The last answer was 401. */
  let isRenewed = false;
  let deadline = DEFAULT_DEADLINE;

  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const text = JSON.stringify(body);
    const size = new TextEncoder().encode(text).length;
    // The visitor may leave while it is under way.
    const keepalive = bytes + size <= KEPT_ALIVE.bytes && requests < KEPT_ALIVE.requests;
    const change = (sign: number) => {
      if (!keepalive) return;
      bytes += sign * size;
      requests += sign;
    };
    change(1);
    return fetch(`${relay}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: text,
      credentials: 'omit',
      keepalive,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    }).finally(() => change(-1));
  };

  /**
   * What is to be sent is read again after that: storage may have failed meanwhile, and what it holds is not to go as a visitor of whom
   * it does not know.
   */
  const open = async (credential: string | undefined): Promise<Answer> => {
    session = undefined;
    const response = await post('/v1/sessions', sessions.ask(credential));
    const granted = await sessions.take(credential, response);
    if (!granted) return laterBy(response);
    if (granted.deadline > 0) deadline = Math.min(granted.deadline, LONGEST_WAIT * 1_000);
    ({ session, visitor } = granted);
    return { type: 'again' };
  };

  /** A question and the outbox may need one at once: of two, each would be a new visitor's. */
  const openSession = (credential: string | undefined): Promise<Answer> =>
    (opening ??= open(credential).finally(() => (opening = undefined)));

  const submit = async ({ submissions, losses, credential }: Claimed): Promise<Answer> => {
    // What the browser keeps may have been cleared: who they are is known there, and nowhere else.
    if (session === undefined || !sessions.isOf(credential, visitor)) return openSession(credential);
    const sent = new Date(clock()).toISOString();
    const body: Loosely<SubmissionsRequest> = { submissions, sent, losses };
    const used = session;
    const response = await post('/v1/submissions', body, { authorization: `Bearer ${session}` });
    const { ok, status } = response;
    if (ok) {
      isRenewed = false;
      const { receipts, retry_after: retryAfter } = (await response.json()) as SubmissionsResponse;
      const ids = new Set(submissions.map(({ id }) => id));
      const verdicts = receipts.filter(({ id }) => ids.has(id));
      return { type: 'answered', verdicts, retryAfter: waitOf(retryAfter) };
    }
    // Of two at once the other may have found first that the session is over.
    if (status === 401 && (session !== used || !isRenewed)) {
      isRenewed = true;
      return openSession(credential);
    }
    return FINAL.includes(status) && isProblem(response) ? { type: 'refused' } : laterBy(response);
  };

  /** @param mayBlame what was said may be the reason: with the session there was no trouble */
  const later = (mayBlame: boolean, retryAfter?: number): Answer => {
    const isSuspect = mayBlame && session !== undefined;
    session = undefined;
    isRenewed = false;
    return { type: 'later', retryAfter, isSuspect };
  };

  const laterBy = (response: Response): Answer => {
    const { status, headers } = response;
    // Seconds, or a date by the sender's clock (RFC 9110, section 10.2.3): the visitor's may be off by years.
    const after = headers.get('retry-after') ?? '-';
    const seconds =
      waitOf(Number(after)) ?? waitOf((Date.parse(after) - Date.parse(`${headers.get('date')}`)) / 1_000);
    // Forbidden or not found: the operator's to mend, and that takes time.
    const retryAfter = seconds ?? (status === 403 || status === 404 ? OPERATORS_WAIT : undefined);
    return later(!INNOCENT.includes(status) && !(status === 403 && isProblem(response)), retryAfter);
  };

  return {
    async send(claimed) {
      try {
        return await submit(claimed);
      } catch {
        // The network, or something on the way that forbids what was said, and whose refusals no page may read.
        return later(true);
      }
    },
    deadline: () => deadline,
  };
}

/** The relay's own refusal (RFC 9457), and not that of something on the way to it, which may let it pass another day. */
function isProblem(response: Response): boolean {
  return `${response.headers.get('content-type')}`.includes('/problem+');
}

/** Seconds to wait, as far as somebody has said so and it makes sense. */
const waitOf = (seconds: number | undefined): number | undefined =>
  seconds !== undefined && seconds >= 0 ? Math.min(seconds, LONGEST_WAIT) : undefined;
