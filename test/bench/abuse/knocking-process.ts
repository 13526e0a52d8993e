/** Visitors of many addresses, or of one, as a process of their own: bounded in count, on connections that are kept alive. */
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import type { PublishedFlow } from '../../../widget/contract/flow.ts';
import type { SessionGrant, SubmissionsResponse } from '../../../widget/contract/wire.ts';
import { answerParent } from '../../relay/child.ts';
import { createSubmission, SANDBOX_ORIGIN } from '../../server/relay-fixture.ts';

export interface KnockingStart {
  readonly url: string;
  /** As the relay's trusted proxy would name them. */
  readonly addresses: readonly string[];
  readonly visitors: number;
  /** Of the conversations, so that those of two processes are not the same. Hexadecimal digit. */
  readonly mark: string;
}

export interface Pace {
  /** Requests a second. */
  readonly rate: number;
  readonly count: number;
  /** Submissions in each request: 50 at most. */
  readonly batch: number;
}

/** What a phase came to. */
export interface Knocks {
  /** By what was answered: an outcome, or a status. */
  readonly answers: Readonly<Record<string, number>>;
  /** Milliseconds of a wait. */
  readonly p50: number;
  readonly p99: number;
  /** Ids of the submissions that were answered with a receipt. */
  readonly ids: readonly string[];
}

interface Visitor {
  readonly address: string;
  readonly authorization: string;
}

let pool: Pool | undefined;
let revision = '';
let mark = '';
let visitors: readonly Visitor[] = [];

async function post(
  path: string,
  address: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
) {
  if (!pool) throw new Error('Nobody said where the relay is');
  const answer = await pool.request({
    method: 'POST',
    path,
    headers: {
      origin: SANDBOX_ORIGIN,
      'content-type': 'application/json',
      'x-forwarded-for': address,
      ...headers,
    },
    body,
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

/** Made beforehand: who floods is not to be held up by what it costs to write so much. */
const bodyOf = (batch: number): string => {
  const submissions = Array.from({ length: batch }, () => {
    const plain = createSubmission({ revision, time: new Date().toISOString() });
    return { ...plain, id: plain.id.replace('0000-7000', `000${mark}-7000`) };
  });
  return JSON.stringify({ submissions });
};

/** Bodies that are made. Of more requests, those behind bring the first ones again: far behind what any limit lets in. */
const BODIES = 3_000;

async function submit(
  { address, authorization }: Visitor,
  body: string,
): Promise<{ readonly answer: string; readonly ids: readonly string[] }> {
  const { status, text } = await post('/v1/submissions', address, body, { authorization });
  const receipts = status === 200 ? (JSON.parse(text) as SubmissionsResponse).receipts : [];
  return { answer: receipts[0]?.outcome ?? String(status), ids: receipts.map(({ id }) => id) };
}

answerParent({
  start: async (options: KnockingStart) => {
    pool = new Pool(options.url, { connections: 100, pipelining: 1 });
    ({ mark } = options);
    const flow = await pool.request({ method: 'GET', path: '/v1/flows/welcome' });
    ({ revision } = (await flow.body.json()) as PublishedFlow);
    const opened: Visitor[] = [];
    for (let number = 0; number < options.visitors; number += 1) {
      const address = options.addresses[number % options.addresses.length] ?? '';
      const { status, text } = await post('/v1/sessions', address, '{}');
      if (status !== 200) throw new Error(`No session for ${address}: ${status}`);
      opened.push({ address, authorization: `Bearer ${(JSON.parse(text) as SessionGrant).session}` });
    }
    visitors = opened;
  },
  /** So many requests, evenly spaced, whatever becomes of them. */
  knock: async ({ rate, count, batch }: Pace): Promise<Knocks> => {
    const waits: number[] = [];
    const answers: Record<string, number> = {};
    const ids: string[] = [];
    const bodies = Array.from({ length: Math.min(count, BODIES) }, () => bodyOf(batch));
    const knockOnce = async (number: number) => {
      const visitor = visitors[number % visitors.length] as Visitor;
      const before = performance.now();
      const { answer, ids: answered } = await submit(visitor, bodies[number % bodies.length] as string);
      waits.push(performance.now() - before);
      answers[answer] = (answers[answer] ?? 0) + 1;
      ids.push(...answered);
    };
    const started = performance.now();
    const under: Promise<void>[] = [];
    while (under.length < count) {
      const due = Math.min(count, Math.floor(((performance.now() - started) * rate) / 1_000));
      while (under.length < due) under.push(knockOnce(under.length));
      await pause(1);
    }
    await Promise.all(under);
    waits.sort((a, b) => a - b);
    const at = (share: number) => waits[Math.floor(share * (waits.length - 1))] ?? NaN;
    return { answers, p50: at(0.5), p99: at(0.99), ids };
  },
  close: () => pool?.close(),
});
