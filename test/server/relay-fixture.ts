/** What the relay's suites run with. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SessionGrant, Submission } from '../../widget/contract/wire.ts';

export const SANDBOX_KEY = '5a4db0c5-1f0e-4c1b-9d37-0e6b8f2a7c94';
export const PROD_KEY = '9f0d6e2b-73c8-4a15-b6e4-d2c17f58a03e';
export const SESSION_SECRET = 'a secret of the tests that is long enough'.replaceAll(' ', '-');

/** Of a relay on somebody's own machine. */
export const RELAY_ENV = {
  BRAZE_SANDBOX_KEY: SANDBOX_KEY,
  BRAZE_PROD_KEY: PROD_KEY,
  SESSION_SECRET,
  PARLEY_DEVELOPMENT: '1',
};

export const SANDBOX_ORIGIN = 'https://staging.brand.example';
/** Another site's pages, written to the same workspace. */
export const OTHER_ORIGIN = 'https://staging.other.example';
/** Another origin of the same site and environment. */
export const SECOND_ORIGIN = 'https://preview.brand.example';
export const PROD_ORIGIN = 'https://www.brand.example';

interface Endpoints {
  readonly sandbox: string;
  readonly prod: string;
  /** Milliseconds. */
  readonly deadline?: number;
}

export function settingsFor({ sandbox, prod, deadline = 2_500 }: Endpoints) {
  return {
    organization: 'BrandExample',
    environments: { sandbox: { endpoint: sandbox }, prod: { endpoint: prod } },
    sites: {
      brand: { sandbox: [SANDBOX_ORIGIN, SECOND_ORIGIN], prod: [PROD_ORIGIN] },
      other: { sandbox: [OTHER_ORIGIN] },
    },
    deadline,
    // All visitors of the tests come from this machine.
    limits: { address: false, newVisitors: false },
  };
}

export const FLOW = {
  id: 'welcome',
  start: 'hello',
  nodes: {
    hello: { type: 'message', text: { en: 'Hello', ja: 'こんにちは' }, next: 'name' },
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Name?', next: 'email' },
    email: { type: 'ask', field: 'email', input: 'email', text: 'E-mail?', next: 'birthday' },
    birthday: { type: 'ask', field: 'birthday', input: 'date', text: 'Birthday?', next: 'save' },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: {
        first_name: '{{answers.first_name}}',
        email: '{{answers.email}}',
        dob: '{{answers.birthday}}',
        operating_system: '{{device.operating_system}}',
      },
      events: [{ name: 'chat_profile_completed', properties: { page: '{{page.path}}' } }],
      on: { success: 'thanks', error: 'sorry' },
    },
    thanks: { type: 'end', text: 'Thanks, {{answers.first_name}}' },
    sorry: { type: 'end', text: 'Sorry' },
  },
} as const;

/** A request to Braze as it came over the wire. */
export interface WireRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  /** In their order, one entry for each that was sent; names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface BrazeRecorder {
  readonly url: string;
  /** Oldest first, since the last `answerWith`. */
  readonly requests: readonly WireRequest[];
  /** Forgets what came and says what is answered from now on; `cut` ends the connection without an answer. */
  answerWith(answer: WireAnswer | Promise<WireAnswer> | 'cut'): void;
  /** Resolves when the next request is there, whole. */
  nextRequest(): Promise<WireRequest>;
  close(): Promise<void>;
}

export const TAKEN: WireAnswer = { status: 201, body: '{"message":"success"}' };

/** In Braze's place: it keeps what really arrives, byte for byte, judges nothing and answers as it is told. */
export async function serveRecorder(): Promise<BrazeRecorder> {
  let requests: WireRequest[] = [];
  let answer: Parameters<BrazeRecorder['answerWith']>[0] = TAKEN;
  let waiting: ((request: WireRequest) => void)[] = [];

  const reply = async (response: ServerResponse, given: typeof answer) => {
    if (given === 'cut') return void response.destroy();
    const { status, headers = {}, body = '' } = await given;
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };
  const server = createServer((message, response) => {
    let body = '';
    message.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    message.on('end', () => {
      const { method, url, rawHeaders } = message;
      const headers = rawHeaders.flatMap((name, index) =>
        index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? ''] as const] : [],
      );
      const request = { method, url, headers, body };
      requests.push(request);
      for (const resolve of waiting.splice(0)) resolve(request);
      void reply(response, answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    answerWith(given) {
      requests = [];
      waiting = [];
      answer = given;
    },
    nextRequest: () => new Promise((resolve) => waiting.push(resolve)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A visitor of the sandbox page, with the relay's two credentials. */
export interface TestVisitor {
  readonly grant: SessionGrant;
  submit(submission: Submission, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

/** @param identity what a brand's backend has signed of who they are */
export async function openVisitor(relayUrl: string, identity?: string): Promise<TestVisitor> {
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${relayUrl}${path}`, {
      method: 'POST',
      headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const grant = (await (await post('/v1/sessions', { identity })).json()) as SessionGrant;
  const authorization = `Bearer ${grant.session}`;
  return {
    grant,
    submit: (submission, headers) =>
      post('/v1/submissions', { submissions: [submission] }, { authorization, ...headers }),
  };
}

let conversations = 0;

/** A submission of `FLOW` in a conversation that no other test has. */
export function createSubmission(change: Partial<Submission> = {}): Submission {
  conversations += 1;
  return {
    id: `019b0000-0000-7000-8000-${String(conversations).padStart(12, '0')}.4`,
    flow: 'welcome',
    revision: 'r',
    node: 'save',
    time: '2026-01-15T10:00:00.000Z',
    answers: { first_name: 'Ada', email: 'ada@example.com' },
    page: { path: '/boots' },
    device: { operating_system: 'macOS', type: 'desktop', language: 'en-GB', time_zone: 'Europe/London' },
    ...change,
  };
}
