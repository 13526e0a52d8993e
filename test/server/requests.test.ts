import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { webPorts } from '../../server/adapters/web-ports.ts';
import { loadFlows } from '../../server/flows/load.ts';
import { createFlowShelf } from '../../server/flows/shelf.ts';
import { NO_METRICS } from '../../server/metrics.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { StoreError } from '../../server/store/store.ts';
import type { Delivered } from '../../server/delivery/delivery.ts';
import type { Work } from '../../server/delivery/work.ts';
import type { Submission, SubmissionsRequest } from '../../widget/contract/wire.ts';
import { createSubmission, FLOW, SANDBOX_ORIGIN } from './relay-fixture.ts';
import { SETTLED, startRelayInProcess } from './relay-in-process.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('the trace of a request', () => {
  for (const [name, traceparent, trace] of [
    ['is the one that it came with', `00-${TRACE}-00f067aa0ba902b7-01`, TRACE],
    ['may be one that is not sampled', `00-${TRACE}-00f067aa0ba902b7-00`, TRACE],
    ['may be of a later version, which may say more', `cc-${TRACE}-00f067aa0ba902b7-01-what-else`, TRACE],
    [
      'is not told by this version with something behind it',
      `00-${TRACE}-00f067aa0ba902b7-01-what`,
      undefined,
    ],
    ['is not told by a version that there never is', `ff-${TRACE}-00f067aa0ba902b7-01`, undefined],
    ['is not nothing but zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, undefined],
    ['has a parent that is not nothing but zeros', `00-${TRACE}-${'0'.repeat(16)}-01`, undefined],
    ['is in lower case', `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`, undefined],
    ['is not told by something else', 'whatever', undefined],
    ['is not told twice', `00-${TRACE}-00f067aa0ba902b7-01, 00-${TRACE}-00f067aa0ba902b7-01`, undefined],
  ] as const) {
    it(name, async () => {
      const { submit, work, entries } = startRelayInProcess();
      assert.equal((await submit([createSubmission()], { traceparent })).status, 200);
      assert.deepEqual(
        work.map((each) => each.trace),
        [trace],
      );
      assert.equal(entries.at(-1)?.trace, trace);
    });
  }
});

describe('the log has one entry for each request', () => {
  for (const [name, method, path, route, status, level] of [
    ['of a flow that is not there', 'GET', '/v1/flows/other', '/v1/flows/:id', 404, 'info'],
    ['of a page of nobody’s', 'POST', '/v1/sessions', '/v1/sessions', 403, 'info'],
    ['of the wrong method', 'DELETE', '/v1/submissions', '/v1/*', 405, 'info'],
    ['of what is not there', 'GET', '/ada@example.com', '*', 404, 'info'],
  ] as const) {
    it(name, async () => {
      const { request, entries, served } = startRelayInProcess();
      const response = await request(path, { method });
      assert.equal(response.status, status);
      const [entry, ...others] = entries;
      assert.deepEqual(others, []);
      const milliseconds = entry?.milliseconds;
      assert.ok(typeof milliseconds === 'number' && milliseconds >= 0);
      assert.deepEqual(entry, {
        level,
        event: 'request',
        method,
        route,
        status,
        milliseconds,
        request: response.headers.get('x-request-id'),
        trace: undefined,
      });
      assert.deepEqual(served, [[route, method, status]]);
    });
  }

  for (const [name, method, path, route, status] of [
    ['of a probe', 'GET', '/healthz', '/healthz', 200],
    ['of the other probe', 'GET', '/readyz', '/readyz', 200],
    ['of a flow', 'GET', '/v1/flows/welcome?locale=ja', '/v1/flows/:id', 200],
    ['of a preflight', 'OPTIONS', '/v1/submissions', '/v1/*', 204],
    ['of a file', 'GET', '/parley.js', '*', 200],
    ['of the head of a file', 'HEAD', '/parley.js', '*', 200],
  ] as const) {
    it(`but not ${name} that is there to be read, which is counted only`, async () => {
      const { request, entries, served } = startRelayInProcess();
      assert.equal((await request(path, { method })).status, status);
      assert.deepEqual(entries, []);
      assert.deepEqual(served, [[route, method, status]]);
    });
  }

  it('and another of a fault, with the same request id and no word of what it was about', async () => {
    const { request, entries } = startRelayInProcess(SETTLED, {
      findFlow: () => Promise.reject(new RangeError('ada@example.com is out of range')),
    });
    const headers = { 'x-request-id': 'mine-1', traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
    const response = await request('/v1/flows/welcome', { headers });
    assert.equal(response.status, 500);
    const known = { request: 'mine-1', trace: TRACE };
    assert.deepEqual(entries[0], {
      level: 'error',
      event: 'relay_fault',
      route: '/v1/flows/:id',
      fault: 'RangeError',
      ...known,
    });
    assert.partialDeepStrictEqual(entries[1], { level: 'warn', event: 'request', ...known });
  });

  it('and warns of what it could not take on', async () => {
    const { submit, entries } = startRelayInProcess(() => ({ type: 'later', retryAfter: 3 }));
    const response = await submit([createSubmission()]);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '3');
    assert.partialDeepStrictEqual(entries.at(-1), { level: 'warn', route: '/v1/submissions', status: 503 });
  });

  it('counts a method that a client made up under one name', async () => {
    const { request, served } = startRelayInProcess();
    await request('/healthz', { method: 'BREW' });
    assert.deepEqual(served, [['*', 'other', 405]]);
  });
});

describe('a body', () => {
  /** What a submission is sent as, and what of it is run. */
  const send = async (change: (text: string) => string | Uint8Array) => {
    const started = startRelayInProcess();
    const { session } = await started.openSession();
    const body = change(JSON.stringify({ submissions: [createSubmission()] }));
    const response = await started.post('/v1/submissions', body, { authorization: `Bearer ${session}` });
    return { response, ...started };
  };
  const nested = (open: string, close: string, inside = '') =>
    open.repeat(10_000) + inside + close.repeat(10_000);
  const withName = (name: string) => (text: string) => text.replace('"Ada"', name);

  for (const [name, change, says] of [
    ['of nothing', () => '', /empty/],
    ['of a space', () => ' ', /not JSON/],
    ['of null', () => 'null', /^body: /],
    ['of a list', () => '[]', /^body: |submissions/],
    ['of a text', () => '"submissions"', /^body: /],
    ['of lists within lists', () => nested('[', ']'), /nested deeper/],
    ['of objects within objects', () => nested('{"submissions":', '}', '1'), /nested deeper/],
    ['of lists within lists around half a character', () => nested('[', ']', '"\\ud83d"'), /nested deeper/],
    ['of an answer of lists within lists', withName(nested('[', ']')), /nested deeper/],
    [
      'with __proto__ for a submission',
      (text) => text.replace('[{', '[{"__proto__":{"vip":true},'),
      /__proto__/,
    ],
    [
      'with __proto__ for an answer',
      withName('"Ada","__proto__":"Eve"'),
      /answers: cannot have a key "__proto__"/,
    ],
    ['with a number beyond all bounds', withName('1e999'), /answers\.first_name/],
    ['with NaN', withName('NaN'), /not JSON/],
    ['that is not UTF-8', (text) => Buffer.from(text.replace('Ada', 'Zoë'), 'latin1'), /not UTF-8/],
    ['that is UTF-8 cut off', () => Buffer.from('"é').subarray(0, 2), /not UTF-8/],
    ['in UTF-16', (text) => Buffer.from(text, 'utf16le'), /not JSON/],
    ['with a key that has no end', withName(`"Ada","${'k'.repeat(100_000)}":1`), /^.{1,300}$/],
  ] as [string, (text: string) => string | Uint8Array, RegExp][]) {
    it(`${name} is refused with 400`, async () => {
      const { response, work, entries } = await send(change);
      const problem = (await response.json()) as { status: number; detail: string };
      assert.equal(response.status, 400, problem.detail);
      assert.match(problem.detail, says);
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      assert.deepEqual(work, []);
      assert.ok(entries.every(({ event }) => event === 'request'));
    });
  }

  for (const [name, sent, kept] of [
    ['half a character becomes the one for what cannot be shown', '"A\\ud83d"', 'A\ufffd'],
    ['its other half as well', '"\\uDE00A"', '\ufffdA'],
    ['two halves in the wrong order', '"\\ude00\\ud83d"', '\ufffd\ufffd'],
    ['two halves that belong together stay', '"\\ud83d\\ude00"', '😀'],
    ['a backslash before something like it stays', '"\\\\ud83d"', '\\ud83d'],
  ] as const) {
    it(`in an answer, ${name}`, async () => {
      const { response, work } = await send(withName(sent));
      assert.equal(response.status, 200);
      assert.equal(work[0]?.share.attributes?.['first_name'], kept);
    });
  }

  for (const said of ['"__proto__":{"submissions":[]}', '"constructor":1', '"of_a_later_widget":[true]']) {
    it(`may say something that is not known here, which is passed over: ${said}`, async () => {
      const { response, work } = await send((text) => text.replace('{', `{${said},`));
      assert.equal(response.status, 200);
      assert.deepEqual(
        work.map(({ share }) => share.attributes?.['first_name']),
        ['Ada'],
      );
    });
  }

  it('with the same submission twice has one receipt, and the first is run', async () => {
    const { submit, work } = startRelayInProcess();
    const [first, other] = [createSubmission(), createSubmission()];
    const response = await submit([first, other, { ...first, answers: { first_name: 'Eve' } }]);
    const { receipts } = (await response.json()) as { receipts: readonly { id: string }[] };
    assert.deepEqual(
      receipts.map(({ id }) => id),
      [first.id, other.id],
    );
    assert.deepEqual(
      work.map(({ share }) => share.attributes?.['first_name']),
      ['Ada', 'Ada'],
    );
  });

  it('may begin with a byte order mark', async () => {
    const { response } = await send((text) => `\ufeff${text}`);
    assert.equal(response.status, 200);
  });

  it('may come in pieces, without a word on its length', async () => {
    const { relay, openSession } = startRelayInProcess();
    const { session } = await openSession();
    const bytes = Buffer.from(JSON.stringify({ submissions: [createSubmission({ page: { path: '/é' } })] }));
    const response = await relay.fetch(
      new Request('https://relay.example/v1/submissions', {
        method: 'POST',
        headers: {
          origin: SANDBOX_ORIGIN,
          'content-type': 'application/json',
          authorization: `Bearer ${session}`,
        },
        body: inPieces(bytes),
        duplex: 'half',
      } as RequestInit),
    );
    assert.equal(response.status, 200, await response.text());
  });
});

const NOW = '2026-01-15T10:00:00.000Z';

describe('a browser’s clock that is off', () => {
  const adultsOnly = {
    ...FLOW,
    nodes: { ...FLOW.nodes, birthday: { ...FLOW.nodes.birthday, max: '-18y' } },
  };
  const send = async (request: SubmissionsRequest) => {
    const started = startRelayInProcess(SETTLED, {
      clock: () => Date.parse(NOW),
      findFlow: createFlowShelf(loadFlows([{ source: 'adults only', json: adultsOnly }])).find,
    });
    const { session } = await started.openSession();
    const response = await started.post('/v1/submissions', request, { authorization: `Bearer ${session}` });
    assert.equal(response.status, 200, await response.clone().text());
    return started.work;
  };

  it('is put right in what goes to Braze', async () => {
    const [work] = await send({
      submissions: [createSubmission({ time: '2026-01-18T09:59:00.000Z' })],
      sent: '2026-01-18T10:00:00.000Z',
    });
    assert.equal(work?.share.events[0]?.object['time'], '2026-01-15T09:59:00.000Z');
  });

  for (const [name, year, birthday, isTaken] of [
    ['a year ahead lets nobody of 17 pass for 18', 2027, '2008-07-01', false],
    ['a year behind refuses nobody of 18', 2025, '2007-07-01', true],
  ] as const) {
    it(name, async () => {
      const sent = NOW.replace('2026', String(year));
      const [work] = await send({
        submissions: [createSubmission({ time: sent, answers: { birthday } })],
        sent,
      });
      assert.equal(work?.refused === undefined, isTaken);
      assert.equal(work?.share.attributes?.['dob'], isTaken ? birthday : undefined);
    });
  }
});

describe('what a browser gave up', () => {
  const tell = async (request: SubmissionsRequest, deliver: (work: Work) => Delivered = SETTLED) => {
    const lost: unknown[] = [];
    const started = startRelayInProcess(deliver, {
      metrics: { ...NO_METRICS, lost: (...counted) => lost.push(counted) },
    });
    const { session } = await started.openSession();
    const response = await started.post('/v1/submissions', request, {
      authorization: `Bearer ${session}`,
      'x-request-id': 'mine-1',
    });
    const entries = started.entries.filter(({ event }) => event === 'browser_losses');
    return { response, lost, entries, work: started.work };
  };

  it('may be all that a request has to tell', async () => {
    const { response, lost, work } = await tell({ submissions: [], losses: { age: 2 } });
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { receipts: [] });
    assert.deepEqual(lost, [['sandbox', 'brand', 'age', 2]]);
    assert.deepEqual(work, []);
  });

  it('is counted by site, environment and reason, and logged once', async () => {
    const { response, lost, entries } = await tell({
      submissions: [createSubmission()],
      losses: { age: 2, refused: 0, storage: 1 },
    });
    assert.equal(response.status, 200);
    assert.deepEqual(lost, [
      ['sandbox', 'brand', 'age', 2],
      ['sandbox', 'brand', 'storage', 1],
    ]);
    assert.deepEqual(entries, [
      {
        level: 'warn',
        event: 'browser_losses',
        site: 'brand',
        environment: 'sandbox',
        age: 2,
        storage: 1,
        request: 'mine-1',
        trace: undefined,
      },
    ]);
  });

  it('and was too old when it came counts like what the browser gave up of age', async () => {
    const expired = ({ id }: Work): Delivered => ({
      type: 'expired',
      receipt: { id, outcome: 'error', next: 'sorry' },
    });
    const { response, lost } = await tell({ submissions: [createSubmission()], losses: { age: 2 } }, expired);
    assert.equal(response.status, 200);
    assert.deepEqual(lost, [['sandbox', 'brand', 'age', 3]]);
  });

  it('counts for a million at most: more is forged', async () => {
    const { lost } = await tell({ submissions: [], losses: { age: Number.MAX_SAFE_INTEGER } });
    assert.deepEqual(lost, [['sandbox', 'brand', 'age', 1_000_000]]);
  });

  it('for a reason of a later widget is counted as other, and its name is in no log', async () => {
    const losses = { 'ada@example.com': 2, __proto: 3, age: 1 };
    const { lost, entries } = await tell({ submissions: [createSubmission()], losses });
    assert.deepEqual(lost, [
      ['sandbox', 'brand', 'age', 1],
      ['sandbox', 'brand', 'other', 5],
    ]);
    assert.partialDeepStrictEqual(entries, [{ other: 5, age: 1 }]);
    assert.ok(!JSON.stringify(entries).includes('ada@'));
  });

  it('is not worth an entry where it is nothing', async () => {
    const { response, lost, entries } = await tell({
      submissions: [createSubmission()],
      losses: { age: 0 },
    });
    assert.equal(response.status, 200);
    assert.deepEqual([lost, entries], [[], []]);
  });

  for (const [name, status, submission, deliver] of [
    ['is not taken on', 503, createSubmission(), () => ({ type: 'later', retryAfter: 3 })],
    ['is refused', 422, createSubmission({ flow: 'other' }), SETTLED],
    ['is not what is asked for', 400, createSubmission({ id: 'mine' }), SETTLED],
  ] as [string, number, Submission, (work: Work) => Delivered][]) {
    it(`is not counted where the request ${name}: it is told again`, async () => {
      const { response, lost, entries } = await tell(
        { submissions: [submission], losses: { age: 1 } },
        deliver,
      );
      assert.equal(response.status, status);
      assert.deepEqual([lost, entries], [[], []]);
    });
  }
});

describe('when to come again', () => {
  it('is told with the receipts of the others: after the longest wait', async () => {
    const [done, first, second] = [createSubmission(), createSubmission(), createSubmission()];
    const waits = new Map([
      [first.id, 7],
      [second.id, 3],
    ]);
    const { submit } = startRelayInProcess((work) => {
      const retryAfter = waits.get(work.id);
      return retryAfter === undefined ? SETTLED(work) : { type: 'later', retryAfter };
    });
    const response = await submit([done, first, second]);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), {
      receipts: [{ id: done.id, outcome: 'success', next: 'thanks' }],
      retry_after: 7,
    });
  });

  it('is not told where each has its receipt', async () => {
    const { submit } = startRelayInProcess();
    const answer = (await (await submit([createSubmission()])).json()) as object;
    assert.deepEqual(Object.keys(answer), ['receipts']);
  });

  it('may be read by the page that was refused', async () => {
    const { submit } = startRelayInProcess(() => ({ type: 'later', retryAfter: 3 }));
    const { headers } = await submit([createSubmission()]);
    assert.equal(headers.get('retry-after'), '3');
    assert.equal(headers.get('access-control-allow-origin'), SANDBOX_ORIGIN);
    assert.ok(headers.get('access-control-expose-headers')?.split(',').includes('retry-after'));
  });

  it('may be read by it where the store fails', async () => {
    const fail = () => Promise.reject(new StoreError('the disk is full'));
    const { submit } = startRelayInProcess(SETTLED, {
      store: { ...createMemoryStore(webPorts), get: fail },
    });
    const { status, headers } = await submit([createSubmission()]);
    assert.equal(status, 503);
    assert.equal(headers.get('retry-after'), '5');
    assert.ok(headers.get('access-control-expose-headers')?.split(',').includes('retry-after'));
  });
});

/** A byte at a time. */
function inPieces(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(stream) {
      if (at === bytes.length) stream.close();
      else stream.enqueue(bytes.slice(at, (at += 1)));
    },
  });
}
