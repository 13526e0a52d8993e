/** The visitors, as a process of their own: bounded in count and time, on connections that are kept alive. */
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import type { PublishedFlow } from '../../../widget/contract/flow.ts';
import type { SessionGrant, SubmissionsResponse } from '../../../widget/contract/wire.ts';
import { answerParent } from '../../relay/child.ts';
import { createSubmission, SANDBOX_ORIGIN } from '../../server/relay-fixture.ts';

/** What a phase came to. */
export interface Load {
  /** From the first submission to the last answer. */
  readonly seconds: number;
  /** All that were sent, by what was answered: an outcome, or a status. */
  readonly answers: Readonly<Record<string, number>>;
  /** Milliseconds of a visitor's wait. */
  readonly p50: number;
  readonly p99: number;
  /** Ids of those that were answered with a receipt. */
  readonly ids: readonly string[];
}

interface Visitor {
  readonly authorization: string;
}

/** At once, while sessions are opened. */
const CALLERS = 50;

let pool: Pool | undefined;
let revision = '';
let visitors: readonly Visitor[] = [];
let turn = 0;

/** @returns with a status of 0 where the connection was cut: a browser would come again */
async function post(path: string, body: string, headers: Readonly<Record<string, string>>) {
  if (!pool) throw new Error('Nobody said where the relay is');
  try {
    return await exchange(pool, path, body, headers);
  } catch {
    return { status: 0, text: '' };
  }
}

async function exchange(
  to: Pool,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await to.request({
    method: 'POST',
    path,
    headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

async function openSession(): Promise<Visitor> {
  const { status, text } = await post('/v1/sessions', '{}', {});
  if (status === 0) return openSession();
  return { authorization: `Bearer ${(JSON.parse(text) as SessionGrant).session}` };
}

/** As a widget has it that has just fetched the flow. */
async function currentRevision(): Promise<string> {
  const answer = await pool?.request({ method: 'GET', path: '/v1/flows/welcome' });
  return ((await answer?.body.json()) as PublishedFlow).revision;
}

function createLog() {
  const waits: number[] = [];
  const answers = new Map<string, number>();
  const ids: string[] = [];
  const started = performance.now();
  let ends = Infinity;
  const submit = async ({ authorization }: Visitor): Promise<void> => {
    const submission = createSubmission({ revision, time: new Date().toISOString() });
    const body = JSON.stringify({ submissions: [submission] });
    const before = performance.now();
    const { status, text } = await post('/v1/submissions', body, { authorization });
    waits.push(performance.now() - before);
    const outcome =
      status === 200 ? (JSON.parse(text) as SubmissionsResponse).receipts[0]?.outcome : undefined;
    if (outcome !== undefined) ids.push(submission.id);
    const answer = outcome ?? String(status);
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  };
  return {
    submit,
    waits,
    endAfter: (milliseconds: number) => (ends = started + milliseconds),
    isOver: () => performance.now() >= ends,
    load: (): Load => {
      waits.sort((a, b) => a - b);
      const at = (share: number) => waits[Math.floor(share * (waits.length - 1))] ?? NaN;
      return {
        seconds: (performance.now() - started) / 1_000,
        answers: Object.fromEntries(answers),
        p50: at(0.5),
        p99: at(0.99),
        ids,
      };
    },
  };
}

/**
 * Milliseconds until the middle of the next second. A window of Braze's limit is a second of the clock: the same number of them is
 * in every phase, and none has been used by the phase before.
 */
const untilNextHalf = (): number => 1_500 - (Date.now() % 1_000);

const visitorInTurn = (): Visitor => visitors[turn++ % visitors.length] as Visitor;

answerParent({
  start: async (options: { url: string; connections: number; visitors: number; isBare: boolean }) => {
    pool = new Pool(options.url, { connections: options.connections, pipelining: 1 });
    if (!options.isBare) revision = await currentRevision();
    const opened: Visitor[] = [];
    const callers = Array.from({ length: options.isBare ? 0 : CALLERS }, async (_, caller) => {
      for (let index = caller; index < options.visitors; index += CALLERS) opened.push(await openSession());
    });
    await Promise.all(callers);
    // Credentials of the usual length: a header has to be read, whatever is done with it.
    visitors = options.isBare ? [{ authorization: `Bearer ${'x'.repeat(300)}` }] : opened;
  },
  /** As fast as it goes: so many at once, each with its next submission as soon as the last one is answered. */
  full: async ({ atOnce, milliseconds }: { atOnce: number; milliseconds: number }): Promise<Load> => {
    await pause(untilNextHalf());
    const log = createLog();
    log.endAfter(milliseconds);
    const share = Math.floor(visitors.length / atOnce);
    const callers = Array.from({ length: atOnce }, async (_, caller) => {
      for (let round = 0; !log.isOver(); round += 1) {
        const index = share === 0 ? caller : caller + atOnce * (round % share);
        await log.submit(visitors[index % visitors.length] as Visitor);
      }
    });
    await Promise.all(callers);
    return log.load();
  },
  /** So many a second, whatever becomes of them. */
  steady: async ({ rate, milliseconds }: { rate: number; milliseconds: number }): Promise<Load> => {
    await pause(untilNextHalf());
    const log = createLog();
    log.endAfter(milliseconds);
    const started = performance.now();
    const under: Promise<void>[] = [];
    while (!log.isOver()) {
      const due = Math.floor(((performance.now() - started) * rate) / 1_000);
      while (under.length < due) under.push(log.submit(visitorInTurn()));
      await pause(1);
    }
    await Promise.all(under);
    return log.load();
  },
  /** Evenly spaced submissions, and between them the same to Braze itself. Milliseconds of the waits of both. */
  spaced: async (options: { rate: number; count: number; braze: string; key: string }) => {
    const braze = new Pool(options.braze, { connections: 4, pipelining: 1 });
    const log = createLog();
    const direct: number[] = [];
    const under: Promise<void>[] = [];
    const half = 500 / options.rate;
    const probe = async (number: number) => {
      const before = performance.now();
      const { body } = await braze.request({
        method: 'POST',
        path: '/users/track',
        headers: { authorization: `Bearer ${options.key}`, 'content-type': 'application/json' },
        body: trackBody(number),
      });
      await body.text();
      direct.push(performance.now() - before);
    };
    for (let index = 0; index < options.count; index += 1) {
      under.push(log.submit(visitorInTurn()));
      await pause(half);
      under.push(probe(index));
      await pause(half);
    }
    await Promise.all(under);
    await braze.close();
    return { relay: log.waits, direct, ids: log.load().ids };
  },
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  close: () => pool?.close(),
});

/** What the relay sends for one submission. */
function trackBody(number: number): string {
  const { answers, device, time } = createSubmission();
  const identifier = {
    user_alias: { alias_name: `probe-${number}`, alias_label: `parley-probe-${number}` },
    _update_existing_only: false,
  };
  return JSON.stringify({
    attributes: [{ ...identifier, ...answers, operating_system: device.operating_system }],
    events: [{ ...identifier, name: 'chat_profile_completed', time, properties: { page: '/boots' } }],
  });
}
