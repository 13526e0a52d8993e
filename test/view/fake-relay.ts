/** A relay within the page, for tests of what the visitor sees: it answers what the test says. */
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import type {
  Receipt,
  SessionGrant,
  SubmissionsRequest,
  SubmissionsResponse,
} from '../../widget/contract/wire.ts';

export const FLOW: PublishedFlow = {
  id: 'welcome',
  revision: 'r1',
  locale: 'en',
  start: 'hello',
  nodes: {
    hello: { type: 'message', bubbles: [{ text: 'Hello' }], next: 'name' },
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Your name?', next: 'email' },
    email: {
      type: 'ask',
      field: 'email',
      input: 'email',
      autocomplete: 'email',
      text: 'Your e-mail, {{answers.first_name}}?',
      next: 'save',
    },
    save: { type: 'action', on: { success: 'thanks', error: 'sorry' } },
    thanks: { type: 'end', text: 'Thanks, {{answers.first_name}}' },
    sorry: { type: 'end', text: 'Sorry' },
  },
};

export interface FakeRequest extends SubmissionsRequest {
  /** Whether it outlives the page. */
  readonly keepalive: boolean;
}

export interface FakeRelay {
  /** What it answers to a flow; a rejection is a network that fails. */
  flow: () => Promise<Response>;
  /** Milliseconds that it says it lets a visitor wait. */
  deadline: number;
  /** What it answers to a submission. Of several in one request, one that gets no receipt refuses them all. */
  submission: (id: string) => Promise<Response>;
  /** Ids, in the order in which they came. */
  readonly submitted: string[];
  readonly requests: FakeRequest[];
  readonly uninstall: () => void;
}

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

export const receipt = (id: string, change: Partial<Receipt> = {}) =>
  json({ receipts: [{ id, outcome: 'success', next: 'thanks', ...change } satisfies Receipt] });

const GRANT: Omit<SessionGrant, 'deadline'> = { visitor: 'visitor', session: 'session', expires_in: 600 };

export function installFakeRelay(): FakeRelay {
  const original = window.fetch.bind(window);
  const relay: FakeRelay = {
    flow: async () => json(FLOW),
    deadline: 2_500,
    submission: async (id) => receipt(id),
    submitted: [],
    requests: [],
    uninstall: () => (window.fetch = original),
  };
  window.fetch = async (input, init) => {
    const { pathname } = new URL(input as string);
    if (pathname.startsWith('/v1/flows/')) return relay.flow();
    if (pathname === '/v1/sessions')
      return json({ ...GRANT, deadline: relay.deadline } satisfies SessionGrant);
    const body = JSON.parse(init?.body as string) as SubmissionsRequest;
    const ids = body.submissions.map(({ id }) => id);
    relay.requests.push({ ...body, keepalive: init?.keepalive === true });
    relay.submitted.push(...ids);
    const answers = await Promise.all(ids.map((id) => relay.submission(id)));
    const refusal = answers.find(({ ok }) => !ok);
    if (refusal) return refusal;
    const bodies = await Promise.all(answers.map((answer) => answer.json() as Promise<SubmissionsResponse>));
    return json({ receipts: bodies.flatMap(({ receipts }) => receipts) } satisfies SubmissionsResponse);
  };
  return relay;
}
