/** Speaks to the relay: the published flow, the visitor's credentials, and submissions. */
import type { PublishedFlow } from '../contract/flow.ts';
import type {
  SessionGrant,
  SessionRequest,
  Submission,
  SubmissionsRequest,
  SubmissionsResponse,
} from '../contract/wire.ts';
import type { Delivery } from '../outbox/outbox.ts';
import type { OutboxStore } from '../outbox/store.ts';

export interface RelayClient {
  /** The flow in that locale. Throws where the relay cannot be reached or has no such flow. */
  fetchFlow(flow: string, locale: string): Promise<PublishedFlow>;
  /** Never throws. */
  send(submission: Submission): Promise<Delivery>;
  /** Milliseconds that the relay lets a visitor wait. */
  deadline(): number;
}

/** The relay's default, until it has told its own. */
const DEFAULT_DEADLINE = 2_500;

/** Milliseconds after which a request is given up: far beyond the relay's deadline, so the network is at fault. */
const REQUEST_TIMEOUT = 30_000;

/** Seconds. A relay that asks for more is mistaken, and a timer of more than 24 days would fire at once. */
const LONGEST_WAIT = 3_600;

/** Refusals of the submission itself (design.md, Outcomes): sent again, it would be refused again. */
const FINAL = [400, 413, 422];

export function createRelayClient(
  relay: string,
  credentials: Pick<OutboxStore, 'readCredential' | 'swapCredential'>,
  fetch: typeof globalThis.fetch,
): RelayClient {
  let grant: Promise<SessionGrant> | undefined;
  let deadline = DEFAULT_DEADLINE;

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${relay}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      credentials: 'omit',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    });

  const openSession = async (): Promise<SessionGrant> => {
    const known = await credentials.readCredential();
    const request: SessionRequest = known === undefined ? {} : { visitor: known };
    const response = await post('/v1/sessions', request);
    if (!response.ok) throw new Refusal(response);
    const granted = (await response.json()) as SessionGrant;
    if (granted.deadline > 0) deadline = Math.min(granted.deadline, LONGEST_WAIT * 1_000);
    // Two tabs may have asked at once: the visitor is the one whose credential was kept first.
    const kept = await credentials.swapCredential(known, granted.visitor);
    return kept === granted.visitor ? granted : openSession();
  };

  const submit = async (submission: Submission, isRenewed = false): Promise<Delivery> => {
    grant ??= openSession();
    const { session } = await grant;
    const body: SubmissionsRequest = { submissions: [submission] };
    const response = await post('/v1/submissions', body, { authorization: `Bearer ${session}` });
    if (response.ok) {
      const { receipts } = (await response.json()) as SubmissionsResponse;
      const receipt = receipts.find(({ id }) => id === submission.id);
      return receipt ? { type: 'settled', verdict: receipt } : { type: 'waiting' };
    }
    if (response.status === 401 && !isRenewed) {
      grant = undefined;
      return submit(submission, true);
    }
    if (FINAL.includes(response.status) && isProblem(response)) {
      return { type: 'settled', verdict: { id: submission.id, outcome: 'error' } };
    }
    throw new Refusal(response);
  };

  return {
    async fetchFlow(flow, locale) {
      const query = new URLSearchParams({ locale });
      const url = `${relay}/v1/flows/${encodeURIComponent(flow)}?${query.toString()}`;
      const response = await fetch(url, {
        credentials: 'omit',
        signal: AbortSignal.timeout(REQUEST_TIMEOUT),
      });
      if (!response.ok) throw new Refusal(response);
      return (await response.json()) as PublishedFlow;
    },
    async send(submission) {
      try {
        return await submit(submission);
      } catch (error) {
        grant = undefined;
        return { type: 'waiting', retryAfter: error instanceof Refusal ? error.retryAfter : undefined };
      }
    },
    deadline: () => deadline,
  };
}

/** The relay's own refusal (RFC 9457), and not that of something on the way to it, which may let it pass another day. */
function isProblem(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/problem+json') === true;
}

/** The relay answered, and not with what was asked for. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  /** Seconds. */
  readonly retryAfter: number | undefined;
  constructor(response: Response) {
    super(`The relay answered ${response.status} at ${response.url}`);
    const after = Number(response.headers.get('retry-after') ?? NaN);
    this.retryAfter = after >= 0 ? Math.min(after, LONGEST_WAIT) : undefined;
  }
}
