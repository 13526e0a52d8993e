/**
 * Simulated visitors of a flow, and an account of what they did: kept by rules of its own, which know of the widget's counting nothing.
 * What they see and do goes by the widget's own core, and from there over the relay's `fetch`.
 */
import assert from 'node:assert/strict';
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import type { Told } from '../../widget/contract/site.ts';
import type { DepartureRequest, Receipt, SessionGrant, Submission } from '../../widget/contract/wire.ts';
import { LANGUAGE } from '../../widget/flow/language.ts';
import { departureOf, tellLifecycle } from '../../widget/flow/lifecycle.ts';
import { tellPassed } from '../../widget/flow/passage.ts';
import type { Snapshot } from '../../widget/flow/snapshot.ts';
import { startConversation, transition, type ConversationEvent } from '../../widget/flow/transition.ts';
import type { Happening, Transition } from '../../widget/flow/walk.ts';

export const FLOW = {
  id: 'orchard',
  start: 'hello',
  nodes: {
    hello: {
      type: 'message',
      text: 'Welcome to the orchard. Two questions, and a box is yours.',
      next: 'name',
    },
    name: {
      type: 'ask',
      field: 'name',
      input: 'text',
      text: 'What may we call you?',
      min_length: 2,
      optional: true,
      retry: { limit: 1, next: 'fruit' },
      next: 'fruit',
    },
    fruit: {
      type: 'ask',
      field: 'fruit',
      input: 'choice',
      text: 'What shall we put into your box?',
      options: [
        { value: 'apple', text: 'Apples' },
        { value: 'pear', text: 'Pears' },
      ],
      next: 'which',
    },
    which: {
      type: 'branch',
      cases: [{ when: { '==': [{ var: 'answers.fruit' }, 'apple'] }, next: 'apples' }],
      else: 'desk',
    },
    apples: {
      type: 'message',
      text: 'Our Bramleys are in: good for pies, and for those who like them sour.',
      next: 'email',
    },
    desk: {
      type: 'handoff',
      text: 'For pears it is best to ring the farm.',
      offers: [{ text: 'Call', phone: '+442079460000' }],
      next: 'email',
    },
    email: {
      type: 'ask',
      field: 'email',
      input: 'email',
      text: 'Where should we write to when the box is ready?',
      next: 'save',
    },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { email: '{{answers.email}}', first_name: '{{answers.name}}', fruit: '{{answers.fruit}}' },
      on: { success: 'more', error: 'sorry' },
    },
    sorry: { type: 'message', text: 'Something on our side kept us from writing that down.', next: 'more' },
    more: {
      type: 'ask',
      field: 'more',
      input: 'text',
      text: 'Anything that we should know?',
      optional: true,
      next: 'bye',
    },
    bye: { type: 'end', text: 'See you at the gate.' },
  },
} as const;

type NodeId = keyof typeof FLOW.nodes;

const EVENTS: readonly Told[] = ['started', 'completed', 'handed_off', 'abandoned', 'passed'];

/** Seconds. Two looks of the relay (5 s) are never in doubt: what happens, happens at a whole 20 s, and nothing is due within 5 s before that. */
export const IDLE = 50;
export const TICK = 20;

/** How often it happened: `shown name`, `way hello name`, `answered name`, `refused name`, `left name`. */
export type Counts = Map<string, number>;

interface Surroundings {
  readonly random: () => number;
  readonly clock: () => number;
  readonly flow: PublishedFlow;
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>;
  readonly counts: Counts;
}

/** An address that the emulated Braze takes, and one that it does not. */
const ADDRESS = 'ada@example.com';
export const REFUSED_ADDRESS = 'refused@example.com';

const ANSWERS: Readonly<Partial<Record<NodeId, readonly unknown[]>>> = {
  name: ['Ada', 'Grace', ''],
  fruit: ['apple', 'pear'],
  email: [ADDRESS, 'bob@example.com', REFUSED_ADDRESS],
  more: ['please', ''],
};
const UNACCEPTABLE: Readonly<Partial<Record<NodeId, unknown>>> = {
  name: 'A',
  fruit: 'plum',
  email: 'at home',
};

export function createVisitor(number: number, { random, clock, flow, post, counts }: Surroundings) {
  const conversation = `019d0000-0000-7000-8000-${String(number).padStart(12, '0')}`;
  const draw = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const account = createAccount(counts);
  let snapshot: Snapshot | undefined;
  let grant: SessionGrant | undefined;
  let isAway = false;
  /** When the relay takes it that they have left, as far as it knows. */
  let dueAt: number | undefined;
  let isGone = false;

  const happening = (): Happening => ({
    time: new Date(clock()).toISOString(),
    language: LANGUAGE,
    surroundings: { page: { path: '/' }, device: { type: 'desktop', language: 'en' } },
  });
  const standing = () => snapshot as Snapshot;

  const openSession = async () => {
    const opened = await post('/v1/sessions', grant ? { visitor: grant.visitor } : {});
    grant = (await opened.json()) as SessionGrant;
    return grant;
  };

  /** As an outbox: until there is a receipt. Requests and answers are lost on the way, and come twice. */
  const deliver = async (submissions: readonly Submission[]): Promise<readonly Receipt[]> => {
    for (;;) {
      if (random() < 0.1) continue;
      const { session } = grant ?? (await openSession());
      const request = () =>
        post(
          '/v1/submissions',
          { submissions, sent: happening().time },
          { authorization: `Bearer ${session}` },
        );
      const [response] = await Promise.all([request(), ...(random() < 0.1 ? [request()] : [])]);
      if (response.status === 401) {
        await openSession();
        continue;
      }
      assert.equal(response.status, 200, await response.clone().text());
      const { receipts } = (await response.json()) as { receipts: readonly Receipt[] };
      if (random() >= 0.1) return receipts;
    }
  };

  const commit = async (plain: Transition): Promise<void> => {
    const lived = tellLifecycle(flow, EVENTS, snapshot, plain, happening());
    const [next, effects] = tellPassed(flow, snapshot, lived);
    // What is kept is JSON.
    snapshot = JSON.parse(JSON.stringify(next)) as Snapshot;
    const receipts = effects.length === 0 ? [] : await deliver(effects.map(({ submission }) => submission));
    // Whatever comes of the conversation says that they are there.
    if (effects.length > 0) dueAt = undefined;
    const verdict = receipts.find(({ id }) => id === snapshot?.awaiting);
    if (!verdict) return;
    account.hear(verdict.outcome);
    await commit(transition(flow, standing(), { type: 'verdict', verdict, ...happening() }));
  };

  const apply = async (event: {
    readonly type: 'answer' | 'correct';
    readonly node: string;
    readonly value?: unknown;
  }) => commit(transition(flow, standing(), { ...event, ...happening() } as ConversationEvent));

  const say = async (isAcceptable: boolean) => {
    const { node } = standing();
    const wrong = UNACCEPTABLE[node as NodeId];
    const value = isAcceptable || wrong === undefined ? draw(ANSWERS[node as NodeId] ?? []) : wrong;
    account.say(value, value !== wrong);
    await apply({ type: 'answer', node, value });
  };

  const leave = async () => {
    isAway = true;
    const departure = departureOf(flow, standing(), happening());
    if (!departure || random() < 0.1) return;
    for (let times = random() < 0.1 ? 2 : 1; times > 0; times -= 1) {
      const { visitor } = grant as SessionGrant;
      const body: DepartureRequest = { visitor, sent: happening().time, left: departure };
      assert.equal((await post('/v1/departures', body)).status, 204);
    }
    dueAt = clock() + IDLE * 1_000;
    account.depart();
  };

  /** What the relay has made of it by now. */
  const passTime = () => {
    if (dueAt === undefined || clock() < dueAt) return;
    dueAt = undefined;
    account.leave();
  };

  const comeBack = async () => {
    isAway = false;
    // That may be lost, too.
    if (!grant || random() < 0.3) return;
    const body: DepartureRequest = { visitor: grant.visitor, sent: happening().time, back: conversation };
    assert.equal((await post('/v1/departures', body)).status, 204);
    dueAt = undefined;
  };

  const goBack = async () => {
    const all = account.correctable();
    if (all.length === 0) return;
    const node = draw(all);
    account.correct(node);
    await apply({ type: 'correct', node });
    if (random() < 0.3 && node !== 'more') await say(false);
    await say(true);
  };

  return {
    async begin() {
      account.begin();
      await commit(startConversation(flow, { conversation, seed: 's' }, happening()));
    },
    /** One thing that they do. */
    async act() {
      passTime();
      if (isGone) return;
      if (isAway) {
        if (random() < 0.15) isGone = true;
        else if (random() < 0.4) await comeBack();
        return;
      }
      const { node } = standing();
      assert.equal(node, account.at(), 'the account is of another conversation');
      const chance = random();
      if (node === 'bye') {
        if (chance < 0.6) isGone = true;
        else await goBack();
      } else if (chance < 0.12) await leave();
      else if (chance < 0.27) await goBack();
      else await say(chance > 0.4);
    },
    /** When nothing comes any more, for longer than the idle time. */
    end: passTime,
  };
}

/** What a visitor did, by the flow above as a person reads it. */
function createAccount(counts: Counts) {
  const given = new Map<NodeId, unknown>();
  const met = new Set<string>();
  const tries = new Map<NodeId, number>();
  let open: NodeId | undefined;
  let written: { readonly answers: string; readonly isRefused: boolean } | undefined;
  let position: NodeId = 'hello';
  let way: readonly NodeId[] = [];
  let hasStarted = false;
  let isOver = false;
  let isLeft = false;
  /** Done, and not told the relay yet; and of that, and where, what a departure has told. */
  let pending: readonly string[] = [];
  let departed: { readonly told: readonly string[]; readonly from: NodeId } | undefined;

  const note = (what: string) => {
    if (!isOver) pending = [...pending, what];
  };
  const noteOnce = (what: string, more?: string) => {
    if (met.has(what)) return;
    met.add(what);
    note(what);
    if (more !== undefined) note(more);
  };
  const count = (all: readonly string[]) => {
    for (const what of all) counts.set(what, (counts.get(what) ?? 0) + 1);
  };
  const tell = () => {
    count(pending);
    pending = [];
  };

  /** From the start on, with what was answered, to where something is to be said. */
  const walk = () => {
    const answers: Record<string, unknown> = {};
    const path: NodeId[] = [];
    let at: NodeId = 'hello';
    let before: NodeId | undefined;
    let tellsNow = false;
    for (;;) {
      const isNew = !met.has(`shown ${at}`);
      noteOnce(`shown ${at}`, before && `way ${before} ${at}`);
      path.push(at);
      before = at;
      if (at === 'desk' && isNew) tellsNow = true;
      if (at === 'bye') {
        tellsNow = true;
        break;
      }
      if (at === 'hello') at = 'name';
      else if (at === 'which') at = answers['fruit'] === 'apple' ? 'apples' : 'desk';
      else if (at === 'apples' || at === 'desk') at = 'email';
      else if (at === 'save') {
        const said = JSON.stringify(answers);
        if (written?.answers !== said || written.isRefused) {
          written = { answers: said, isRefused: false };
          tellsNow = true;
          break;
        }
        at = 'more';
      } else {
        const answer = given.get(at);
        if (at === open || (answer === undefined && !isUsedUp(at))) break;
        if (answer !== undefined && answer !== '') answers[at] = answer;
        at = at === 'name' ? 'fruit' : at === 'fruit' ? 'which' : at === 'email' ? 'save' : 'bye';
      }
    }
    position = at;
    way = path;
    if (!hasStarted && given.size > 0) {
      hasStarted = true;
      tellsNow = true;
    }
    if (tellsNow) tell();
    if (at === 'bye') isOver = true;
  };
  const isUsedUp = (node: NodeId) => node === 'name' && (tries.get(node) ?? 0) > 1;

  return {
    at: () => position,
    begin: walk,
    say(value: unknown, isAcceptable: boolean) {
      if (isAcceptable) {
        given.set(position, value);
        open = undefined;
        noteOnce(`answered ${position}`);
      } else {
        note(`refused ${position}`);
        tries.set(position, (tries.get(position) ?? 0) + 1);
        if (!isUsedUp(position)) return;
      }
      walk();
    },
    correctable: () => way.filter((node) => given.has(node) && node !== open),
    correct(node: NodeId) {
      open = node;
      tries.delete(node);
      position = node;
      way = way.slice(0, way.indexOf(node) + 1);
    },
    hear(outcome: Receipt['outcome']) {
      if (outcome !== 'invalid') {
        walk();
        return;
      }
      written = { answers: '', isRefused: true };
      note('refused email');
      open = position = 'email';
      way = way.slice(0, way.indexOf('email') + 1);
    },
    depart() {
      departed = { told: pending, from: position };
    },
    /** The relay has it that they have left, where they did, and with all that they had not told by then. */
    leave() {
      if (!departed) return;
      count(departed.told);
      pending = pending.slice(departed.told.length);
      if (!isLeft) count([`left ${departed.from}`]);
      isLeft = true;
      departed = undefined;
    },
  };
}
