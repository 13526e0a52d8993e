import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Losses, Receipt, SessionGrant, Submission } from '../../widget/contract/wire.ts';
import { createMemoryRecords } from '../../widget/outbox/memory-records.ts';
import type { Answer } from '../../widget/outbox/outbox.ts';
import { createOutboxStore } from '../../widget/outbox/store.ts';
import { createRelayClient } from '../../widget/transport/relay-client.ts';
import type { SessionOptions } from '../../widget/transport/sessions.ts';
import { credentialIn } from '../outbox/held.ts';
import { sessionsOf } from '../outbox/one-visitor.ts';
import { idOf, NOW, submissionOf } from '../outbox/outbox-fixture.ts';

const RELAY = 'https://relay.example';
const SUBMISSION = submissionOf(idOf(4));
const RECEIPT: Receipt = { id: SUBMISSION.id, outcome: 'success', next: 'thanks' };

const grant = (name: string): SessionGrant => ({
  visitor: `visitor-${name}`,
  session: `session-${name}`,
  expires_in: 600,
  deadline: 1_234,
});

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

/** Far more than a session takes. */
const MOST_ATTEMPTS = 5;

/** How the relay refuses. */
const PROBLEM = { 'content-type': 'application/problem+json' };

/** A request that is under way. */
interface Pending {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: unknown) => void;
}

interface Sent {
  readonly path: string;
  readonly authorization: string | null;
  readonly body: unknown;
  readonly init: RequestInit;
}

/** A relay that answers what the test says. */
function createWorld(
  answer: (path: string, count: number) => Response | Promise<Response>,
  options: Partial<SessionOptions> = {},
) {
  const sent: Sent[] = [];
  const records = createMemoryRecords();
  const store = createOutboxStore(records);
  const credential = async () => (await credentialIn(records)) as string | undefined;
  const time = { now: NOW };
  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const { pathname, origin } = new URL(input as string);
    assert.equal(origin, RELAY);
    sent.push({
      path: pathname,
      authorization: new Headers(init.headers).get('authorization'),
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
      init,
    });
    return answer(pathname, sent.filter(({ path }) => path === pathname).length);
  };
  const client = createRelayClient(RELAY, sessionsOf(store, options), fetch, () => time.now);
  /** As an outbox does: asks again as long as it is told to. */
  const send = async (submissions: readonly Submission[] = [SUBMISSION], losses?: Losses) => {
    for (let count = 0; count < MOST_ATTEMPTS; count += 1) {
      const answer = await client.send({ submissions, losses, credential: await credential() });
      if (answer.type !== 'again') return answer;
    }
    throw new Error('It is told to ask again and again');
  };
  return { client, send, store, credential, sent, time, paths: () => sent.map(({ path }) => path) };
}

const withSubmissions = (answer: (count: number) => Response | Promise<Response>) =>
  createWorld((path, count) => (path === '/v1/sessions' ? json(grant(String(count))) : answer(count)));

const SETTLED: Answer = { type: 'answered', verdicts: [RECEIPT], retryAfter: undefined };
const later = (retryAfter?: number, isSuspect = false): Answer => ({ type: 'later', retryAfter, isSuspect });

describe('the relay client', () => {
  it('asks for a session when the first submission is due, and not before', async () => {
    const { client, sent, paths } = withSubmissions(() => json({ receipts: [RECEIPT] }));
    assert.deepEqual(paths(), []);
    // What is to be sent is read again, now that it is known who says it.
    const claimed = { submissions: [SUBMISSION], losses: undefined };
    assert.deepEqual(await client.send({ ...claimed, credential: undefined }), { type: 'again' });
    assert.deepEqual(await client.send({ ...claimed, credential: 'visitor-1' }), SETTLED);
    assert.deepEqual(paths(), ['/v1/sessions', '/v1/submissions']);
    assert.equal(sent[1]?.authorization, 'Bearer session-1');
    assert.deepEqual(sent[1].body, { submissions: [SUBMISSION], sent: '2026-01-15T10:00:00.000Z' });
  });

  it('says when each request left, by the browser’s clock of then', async () => {
    const { send, sent, time } = withSubmissions((count) => {
      time.now += 1_500;
      return count === 1 ? json({}, 401) : json({ receipts: [RECEIPT] });
    });
    await send();
    const times = sent.map(({ body }) => (body as { sent?: string }).sent);
    assert.deepEqual(times, [undefined, '2026-01-15T10:00:00.000Z', undefined, '2026-01-15T10:00:01.500Z']);
  });

  it('tells what was lost, also where there is nothing else to send', async () => {
    const { send, sent } = withSubmissions(() => json({ receipts: [] }));
    const answer = await send([], { age: 2, storage: 1 });
    assert.deepEqual(answer, { type: 'answered', verdicts: [], retryAfter: undefined });
    assert.deepEqual(sent[1]?.body, {
      submissions: [],
      sent: '2026-01-15T10:00:00.000Z',
      losses: { age: 2, storage: 1 },
    });
  });

  it('uses a session again', async () => {
    const { send, paths } = withSubmissions(() => json({ receipts: [RECEIPT] }));
    await send();
    await send();
    assert.deepEqual(paths(), ['/v1/sessions', '/v1/submissions', '/v1/submissions']);
  });

  it('keeps the visitor credential and brings it the next time', async () => {
    const { send, credential, sent } = withSubmissions((count) =>
      count === 1 ? json({}, 401) : json({ receipts: [RECEIPT] }),
    );
    assert.deepEqual(await send(), SETTLED);
    assert.deepEqual(sent[0]?.body, {});
    assert.deepEqual(sent[2]?.body, { visitor: 'visitor-1' });
    assert.equal(await credential(), 'visitor-2');
  });

  it('renews a session that has ended, once, and the submission does not notice', async () => {
    const { send, paths } = withSubmissions(() => json({}, 401));
    assert.deepEqual(await send(), later());
    assert.deepEqual(paths(), ['/v1/sessions', '/v1/submissions', '/v1/sessions', '/v1/submissions']);
  });

  it('is the visitor of the tab that was first, where two asked at once', async () => {
    const world = createWorld((path, count) =>
      path === '/v1/sessions'
        ? world.store
            .swapCredential(undefined, 'visitor-of-the-other-tab')
            .then(() => json(grant(String(count))))
        : json({ receipts: [RECEIPT] }),
    );
    await world.send();
    assert.deepEqual(world.sent[1]?.body, { visitor: 'visitor-of-the-other-tab' });
    assert.equal(world.sent[2]?.authorization, 'Bearer session-2');
  });

  it('asks for one session where a question and the outbox need one at once', async () => {
    const { send, paths } = withSubmissions(() => json({ receipts: [RECEIPT] }));
    await Promise.all([send(), send()]);
    assert.deepEqual(paths(), ['/v1/sessions', '/v1/submissions', '/v1/submissions']);
  });

  it('asks for one where both find that it is over', async () => {
    let isOver = false;
    const { send, sent } = createWorld((path, count) => {
      if (path === '/v1/sessions') return json(grant(String(count)));
      const { authorization } = sent.at(-1) ?? {};
      return isOver && authorization === 'Bearer session-1' ? json({}, 401) : json({ receipts: [RECEIPT] });
    });
    await send();
    isOver = true;
    const answers = await Promise.all([send(), send()]);
    assert.deepEqual(
      answers.map(({ type }) => type),
      ['answered', 'answered'],
    );
    assert.equal(sent.filter(({ path }) => path === '/v1/sessions').length, 2);
  });

  it('asks again after one that failed for both', async () => {
    const { send, paths } = createWorld((path, count) => {
      if (path !== '/v1/sessions') return json({ receipts: [RECEIPT] });
      return count > 1 ? json(grant('late')) : json({}, 503);
    });
    const first = await Promise.all([send(), send()]);
    assert.deepEqual(
      first.map(({ type }) => type),
      ['later', 'later'],
    );
    assert.equal((await send()).type, 'answered');
    assert.deepEqual(paths(), ['/v1/sessions', '/v1/sessions', '/v1/submissions']);
  });

  it('becomes the visitor that another tab has become since storage was cleared', async () => {
    const { send, store, sent } = withSubmissions(() => json({ receipts: [RECEIPT] }));
    await send();
    await store.swapCredential('visitor-1', 'visitor-of-the-other-tab');
    await send();
    assert.deepEqual(sent[2]?.body, { visitor: 'visitor-of-the-other-tab' });
    assert.equal(sent[3]?.authorization, 'Bearer session-2');
  });

  it('is somebody else once storage was cleared', async () => {
    const { client, sent } = withSubmissions(() => json({ receipts: [RECEIPT] }));
    const claimed = { submissions: [SUBMISSION], losses: undefined };
    await client.send({ ...claimed, credential: undefined });
    await client.send({ ...claimed, credential: 'visitor-1' });
    assert.deepEqual(await client.send({ ...claimed, credential: undefined }), { type: 'again' });
    assert.deepEqual(sent[2]?.body, {});
  });

  it('tells the relay’s deadline once it knows it', async () => {
    const { client, send } = withSubmissions(() => json({ receipts: [RECEIPT] }));
    assert.equal(client.deadline(), 2_500);
    await send();
    assert.equal(client.deadline(), 1_234);
  });

  for (const [name, status, next] of [
    ['429: too many of them', 429, 'solved'],
    ['503: nobody could be asked', 503, 'solved'],
    ['403: it is not good', 403, undefined],
    ['200: the visitor is in', 200, undefined],
  ] as const) {
    it(`keeps what a challenge gave until it was judged: ${name}`, async () => {
      const challenge = { token: 'solved', isAsked: false };
      const refused = () => json({}, status, PROBLEM);
      const { send, sent } = createWorld(
        (path, count) => {
          if (path === '/v1/submissions') return json({ receipts: [RECEIPT] });
          return count === 1 && status !== 200 ? refused() : json(grant('1'));
        },
        { challenge },
      );
      await send();
      assert.equal(challenge.token, next);
      await send();
      const brought = sent.filter(({ path }) => path === '/v1/sessions').map(({ body }) => body);
      const first = { challenge: 'solved' };
      assert.deepEqual(brought, status === 200 ? [first] : [first, next === undefined ? {} : first]);
      assert.equal(challenge.token, undefined);
    });
  }

  for (const [name, status] of [
    ['429: too many of them', 429],
    ['503: nobody could be asked', 503],
  ] as const) {
    it(`asks a page once for a visitor whose credential does not hold: ${name}`, async () => {
      const challenge: { token: string | undefined; isAsked: boolean } = { token: undefined, isAsked: false };
      let asks = 0;
      const { send, store, sent } = createWorld(
        (path, count) => {
          if (path === '/v1/submissions') return json({ receipts: [RECEIPT] });
          if (count === 1) return json({ type: 'urn:parley:problem:challenge-required' }, 403, PROBLEM);
          return count === 2 ? json({}, status, PROBLEM) : json(grant('1'));
        },
        {
          challenge,
          challenged: () => {
            asks += 1;
          },
        },
      );
      await store.swapCredential(undefined, 'of-another-secret');
      await send();
      Object.assign(challenge, { token: 'solved', isAsked: false });
      await send();
      await send();
      const brought = sent.filter(({ path }) => path === '/v1/sessions').map(({ body }) => body);
      const visitor = 'of-another-secret';
      const solved = { visitor, challenge: 'solved' };
      assert.deepEqual(brought, [{ visitor }, solved, solved]);
      assert.equal(asks, 1);
    });
  }

  it('leaves what another challenge gave meanwhile', async () => {
    const challenge: { token: string | undefined; isAsked: boolean } = { token: 'first', isAsked: false };
    const { send } = createWorld(
      () => {
        challenge.token = 'second';
        return json({}, 429);
      },
      { challenge },
    );
    await send();
    assert.equal(challenge.token, 'second');
  });

  it('sends no cookie anywhere', async () => {
    const { send, sent } = withSubmissions(() => json({ receipts: [RECEIPT] }));
    await send();
    assert.deepEqual(
      sent.map(({ init }) => init.credentials),
      ['omit', 'omit'],
    );
  });

  it('takes no receipt for what it has not sent', async () => {
    const other = { ...RECEIPT, id: idOf(5) };
    const { send } = withSubmissions(() => json({ receipts: [other, RECEIPT] }));
    assert.deepEqual(await send(), SETTLED);
  });
});

describe('what the relay client makes of an answer', () => {
  const after = (value: string) => ({ 'retry-after': value });
  /** By the sender's clock, which the browser's says nothing of. */
  const until = (value: string) => ({ ...after(value), date: 'Thu, 15 Jan 2026 10:00:00 GMT' });
  const ANSWERS: readonly [name: string, answer: () => Response | Promise<Response>, expected: Answer][] = [
    ['400 is final', () => json({}, 400, PROBLEM), { type: 'refused' }],
    ['413 is final', () => json({}, 413, PROBLEM), { type: 'refused' }],
    ['422 is final', () => json({}, 422, PROBLEM), { type: 'refused' }],
    ['400 of something on the way is not final', () => json({}, 400), later(undefined, true)],
    ['413 of something on the way is not final', () => json({}, 413), later(undefined, true)],
    ['406 is of something on the way', () => json({}, 406), later(undefined, true)],
    ['403 is the operator’s, who needs a while', () => json({}, 403, PROBLEM), later(60)],
    ['403 of something on the way may be for what was said', () => json({}, 403), later(60, true)],
    ['404 is the operator’s, who needs a while', () => json({}, 404), later(60)],
    ['403 that says how long', () => json({}, 403, { ...PROBLEM, ...after('5') }), later(5)],
    ['408 keeps it', () => json({}, 408), later()],
    ['425 keeps it', () => json({}, 425), later()],
    ['429 keeps it as long as it says', () => json({}, 429, after('7')), later(7)],
    ['500 may be its own fault', () => json({}, 500), later(undefined, true)],
    ['502 may be of a relay that dies of it', () => json({}, 502), later(undefined, true)],
    ['504 may be so as well', () => json({}, 504, after('3')), later(3, true)],
    ['503 is not, and says how long', () => json({}, 503, after('30')), later(30)],
    ['503 for no time', () => json({}, 503, after('0')), later(0)],
    ['503 until a date', () => json({}, 503, until('Thu, 15 Jan 2026 10:00:45 GMT')), later(45)],
    [
      '503 until a date, without the clock that it goes by',
      () => json({}, 503, after('Thu, 15 Jan 2026 10:00:45 GMT')),
      later(),
    ],
    ['503 until a date that is past', () => json({}, 503, until('Thu, 15 Jan 2026 09:59:59 GMT')), later()],
    ['503 until next month', () => json({}, 503, until('Sun, 15 Feb 2026 10:00:00 GMT')), later(3_600)],
    ['503 that asks for a month', () => json({}, 503, after('2592000')), later(3_600)],
    ['503 that asks for less than nothing', () => json({}, 503, after('-5')), later()],
    ['503 that asks in words', () => json({}, 503, after('soon')), later()],
    [
      'no receipt for it keeps it as long as the relay says',
      () => json({ receipts: [], retry_after: 12 }),
      { type: 'answered', verdicts: [], retryAfter: 12 },
    ],
    [
      'no receipt and a wait of a month',
      () => json({ receipts: [], retry_after: 2_592_000 }),
      { type: 'answered', verdicts: [], retryAfter: 3_600 },
    ],
    [
      'no receipt and a wait that makes no sense',
      () => json({ receipts: [], retry_after: -1 }),
      { type: 'answered', verdicts: [], retryAfter: undefined },
    ],
    ['an answer that is no JSON keeps it', () => new Response('<html>'), later(undefined, true)],
    ['JSON that is no answer keeps it', () => json('OK'), later(undefined, true)],
    [
      'a network that fails keeps it',
      () => Promise.reject(new TypeError('Failed to fetch')),
      later(undefined, true),
    ],
  ];
  for (const [name, answer, expected] of ANSWERS) {
    it(name, async () => assert.deepEqual(await withSubmissions(answer).send(), expected));
  }

  const REFUSALS: readonly [name: string, answer: () => Response | Promise<Response>, expected: Answer][] = [
    ['429 keeps it as long as it says', () => json({}, 429, after('7')), later(7)],
    ['503 keeps it', () => json({}, 503), later()],
    ['403 is the operator’s, who needs a while', () => json({}, 403, PROBLEM), later(60)],
    ['404 is the operator’s, who needs a while', () => json({}, 404), later(60)],
    ['400 is no refusal of the submission', () => json({}, 400, PROBLEM), later()],
    ['500 is no fault of the submission, which was not in it', () => json({}, 500), later()],
    ['a network that fails keeps it', () => Promise.reject(new TypeError('x')), later()],
    ['200 for everything, by something on the way', () => json({}), later()],
  ];
  for (const [name, answer, expected] of REFUSALS) {
    it(`to the wish for a session: ${name}, and it is asked for again`, async () => {
      let isDown = true;
      const { send, paths } = createWorld((path) => {
        if (path === '/v1/submissions') return json({ receipts: [RECEIPT] });
        return isDown ? answer() : json(grant('1'));
      });
      assert.deepEqual(await send(), expected);
      isDown = false;
      assert.deepEqual(await send(), SETTLED);
      assert.deepEqual(paths(), ['/v1/sessions', '/v1/sessions', '/v1/submissions']);
    });
  }

  it('asks for a session again after each failure: the last one may have ended meanwhile', async () => {
    const { send, paths } = withSubmissions((count) =>
      count === 1 ? json({}, 503) : json({ receipts: [RECEIPT] }),
    );
    await send();
    assert.deepEqual(await send(), SETTLED);
    assert.deepEqual(paths(), ['/v1/sessions', '/v1/submissions', '/v1/sessions', '/v1/submissions']);
  });
});

describe('requests that outlive their page', () => {
  /** Bytes of all that may be under way (Fetch, section 4.6). */
  const BUDGET = 64 * 1024;

  /** A relay that answers submissions only when it is told to. */
  async function createSlowWorld() {
    const open: Pending[] = [];
    let isSlow = false;
    const world = withSubmissions(() => {
      if (!isSlow) return json({ receipts: [] });
      return new Promise<Response>((resolve, reject) => open.push({ resolve, reject }));
    });
    // From then on it has a session.
    await world.send();
    isSlow = true;
    world.sent.length = 0;
    const begin = async (submission: Submission): Promise<{ readonly answer: Promise<Answer> }> => {
      const before = open.length;
      const answer = world.send([submission]);
      // Whatever it has to do before has been done by then.
      await new Promise(setImmediate);
      assert.equal(open.length, before + 1);
      return { answer };
    };
    const kept = () =>
      world.sent.filter(({ path }) => path === '/v1/submissions').map(({ init }) => init.keepalive);
    return { ...world, open, begin, kept };
  }

  /** @returns one whose request has so many bytes in UTF-8 */
  const requestOf = (bytes: number, letter = 'a'): Submission => {
    const sized = (text: string) => ({ ...SUBMISSION, answers: { said: text } });
    const bare = Buffer.byteLength(
      JSON.stringify({ submissions: [sized('')], sent: new Date(NOW).toISOString() }),
    );
    const width = Buffer.byteLength(letter);
    const count = Math.floor((bytes - bare) / width);
    return sized(letter.repeat(count) + 'a'.repeat(bytes - bare - count * width));
  };

  const SIZES: readonly [name: string, sizes: readonly Submission[], kept: readonly boolean[]][] = [
    ['one of 64 KiB', [requestOf(BUDGET)], [true]],
    ['one of a byte more', [requestOf(BUDGET + 1)], [false]],
    ['one of 64 KiB in Japanese', [requestOf(BUDGET, 'あ')], [true]],
    ['one of a byte more in Japanese', [requestOf(BUDGET + 1, 'あ')], [false]],
    ['two of 32 KiB', [requestOf(BUDGET / 2), requestOf(BUDGET / 2)], [true, true]],
    ['two that are a byte more', [requestOf(BUDGET / 2), requestOf(BUDGET / 2 + 1)], [true, false]],
    [
      'one that is too large takes no room from the next',
      [requestOf(BUDGET + 1), requestOf(BUDGET)],
      [false, true],
    ],
    [
      'ten small ones',
      Array.from({ length: 10 }, () => SUBMISSION),
      [...Array<boolean>(9).fill(true), false],
    ],
  ];
  for (const [name, submissions, expected] of SIZES) {
    it(`are those for which there is room: ${name}`, async () => {
      const { begin, kept } = await createSlowWorld();
      for (const submission of submissions) await begin(submission);
      assert.deepEqual(kept(), expected);
    });
  }

  const ENDS: readonly [name: string, end: (request: Pending) => void][] = [
    ['is answered', ({ resolve }) => resolve(json({ receipts: [] }))],
    ['is refused', ({ resolve }) => resolve(json({}, 422, PROBLEM))],
    ['fails', ({ reject }) => reject(new TypeError('Failed to fetch'))],
  ];
  for (const [name, end] of ENDS) {
    it(`leave their room to the next when one ${name}`, async () => {
      const { begin, kept, open } = await createSlowWorld();
      const { answer } = await begin(requestOf(BUDGET));
      open.forEach(end);
      await answer;
      await begin(requestOf(BUDGET - 1_000));
      assert.deepEqual(kept(), [true, true]);
    });
  }

  it('are sessions, too', async () => {
    const { send, sent } = withSubmissions(() => json({ receipts: [RECEIPT] }));
    await send();
    assert.deepEqual(
      sent.map(({ init }) => init.keepalive),
      [true, true],
    );
  });
});
