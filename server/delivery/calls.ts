/** Requests of their own: what actions call besides `/users/track`. */
import type { Answer } from '../../widget/contract/flow.ts';
import { holds } from '../../widget/flow/condition.ts';
import { valueAt } from '../../widget/flow/path.ts';
import { ACTIONS } from '../actions/registry.ts';
import type { BrazeClient } from '../braze/client.ts';
import { judgeAnswer, type Judgement } from '../braze/outcome.ts';
import { limitsIn } from '../braze/rate-headers.ts';
import { slotsOf } from '../braze/rate-slots.ts';
import type { BrazeEnvironment, RelayConfig } from '../config.ts';
import type { Json } from '../store/json.ts';
import type { BreakerState } from './breaker.ts';
import { createGate, type Gate } from './gate.ts';
import type { DeliveryPorts } from './lane.ts';
import { callWaitsSince, type Call, type Work } from './work.ts';

export type Called =
  | { readonly type: 'done'; readonly read: ReadAnswer; readonly kept: Kept }
  /** The same would be refused again. @param words Braze's; may be empty */
  | { readonly type: 'refused'; readonly words: string }
  /** It is out of time. */
  | { readonly type: 'expired'; readonly life: number }
  /** Braze may have done it, and it may not be done twice. */
  | { readonly type: 'doubted' }
  | {
      readonly type: 'not_now';
      readonly judgement: Exclude<Judgement, { readonly errors: unknown }>;
      /** When it may go again, as far as is known: milliseconds since 1970. */
      readonly opensAt: number;
    };

/** What an answer says to who asked. */
export interface ReadAnswer {
  /** Where its outcome leads, where that is one of the flow's own. */
  readonly next?: string;
  /** What of it is told to the browser. */
  readonly values?: Readonly<Record<string, Answer>>;
}

/** What the flow keeps of an answer, by its names for it. */
export type Kept = Readonly<Record<string, Json>>;

export interface Calls {
  /** @param isTried it was tried before, and Braze may have done it */
  run(work: Work, call: Call, client: BrazeClient, isTried: boolean): Promise<Called>;
  /** Another endpoint or key. */
  replace(environment: BrazeEnvironment): Promise<void>;
  /** How it stands with each, by the permission that it needs. */
  states(): Promise<ReadonlyMap<string, BreakerState>>;
}

export function createCalls(
  environment: BrazeEnvironment,
  config: Pick<RelayConfig, 'deadline' | 'partOf'>,
  ports: Pick<DeliveryPorts, 'clock' | 'random' | 'log' | 'metrics' | 'store'>,
): Calls {
  const { clock, log, metrics } = ports;
  const { partOf = (requests: number) => requests } = config;
  const { name } = environment;
  // A key may be allowed one and not the other, and each has a limit of its own.
  const gates = new Map<string, Gate>(
    // Those of `/users/track` go together, and what is never stored does not come here.
    ACTIONS.filter(({ call, queuedFor }) => call !== 'users/track' && queuedFor !== 0).map((action) => [
      action.call,
      createGate(environment, config, ports, {
        name: action.call,
        permission: action.permission,
        requests: limitsIn(action.limits).map((each) => ({ ...each, limit: partOf(each.limit) })),
        sharedBy: action.limitedWith,
        slotsOf,
      }),
    ]),
  );

  const request = async (work: Work, call: Call, client: BrazeClient, gate: Gate): Promise<Called> => {
    const permit = await gate.permit();
    if (permit.type !== 'go') {
      const opensAt = permit.type === 'wait' ? clock() + permit.milliseconds : await gate.opensAt();
      return { type: 'not_now', judgement: { type: 'unsent' }, opensAt };
    }
    const start = clock();
    const answer = await client.call(call.name, call.body);
    const judgement = judgeAnswer(answer, clock());
    const status = answer.type === 'response' ? String(answer.status) : answer.reason;
    const milliseconds = clock() - start;
    metrics.requested(name, status, 1, milliseconds / 1_000);
    const { type: meaning } = judgement;
    log({
      level: meaning === 'taken' ? 'info' : 'warn',
      event: 'braze_called',
      environment: name,
      call: call.name,
      status,
      meaning,
      milliseconds,
    });
    await gate.learn(answer, judgement, permit.pass);
    if (!('errors' in judgement)) {
      const isOver = meaning === 'in_doubt' && !call.isRepeatable;
      return isOver ? { type: 'doubted' } : { type: 'not_now', judgement, opensAt: await gate.opensAt() };
    }
    const [error] = judgement.errors;
    const words = error?.words ?? ('words' in judgement ? judgement.words : undefined);
    if (words !== undefined) return { type: 'refused', words };
    const body = answer.type === 'response' ? (answer.body as Json | undefined) : undefined;
    tellNotice(work, call, body);
    const { kept, ...read } = readAnswer(call, body);
    return { type: 'done', read, kept };
  };

  /** Of a Canvas that is paused Braze says so beside its success (`api/endpoints/messaging/send_messages/post_send_triggered_canvases`). */
  const tellNotice = ({ id }: Work, { name: call }: Call, body: Json | undefined) => {
    if (typeof valueAt(body, 'notice') !== 'string') return;
    const advice =
      'Braze has taken it and sends nothing: what it triggers is paused, archived or not launched. Look at it in the dashboard.';
    log({ level: 'warn', event: 'send_noticed', environment: name, call, submission: id, advice });
    metrics.noticed(name, call);
  };

  return {
    run(work, call, client, isTried) {
      const { queuedFor: life } = call;
      if (isTried && !call.isRepeatable) return Promise.resolve({ type: 'doubted' });
      if (life !== undefined && clock() - callWaitsSince(work, call) >= life) {
        return Promise.resolve({ type: 'expired', life });
      }
      const gate = gates.get(call.name);
      if (gate) return request(work, call, client, gate);
      // Another version has taken it on.
      return Promise.resolve({ type: 'refused', words: `this relay knows no "${call.name}"` });
    },
    async replace(replaced) {
      await Promise.all([...gates.values()].map((gate) => gate.replace(replaced)));
    },
    async states() {
      const states = ACTIONS.flatMap(({ call, permission }) => {
        const gate = gates.get(call);
        return gate ? [gate.state().then(({ breaker }) => [permission, breaker] as const)] : [];
      });
      return new Map(await Promise.all(states));
    },
  };
}

/** What a flow makes of an answer. Pure. */
export function readAnswer(
  { outcomes = [], keep = {}, reveal = [] }: Pick<Call, 'outcomes' | 'keep' | 'reveal'>,
  response: Json | undefined,
): ReadAnswer & { readonly kept: Kept } {
  const context = { response };
  const next = outcomes.find(({ when }) => holds(when, context))?.next;
  const kept = Object.fromEntries(
    Object.entries(keep).flatMap(([name, path]) => {
      const value = valueAt(context, path) as Json | undefined;
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );
  const revealed = Object.entries(kept).filter(([name, value]) => reveal.includes(name) && isShown(value));
  return {
    kept,
    ...(next !== undefined && { next }),
    ...(revealed.length > 0 && { values: Object.fromEntries(revealed) as Record<string, Answer> }),
  };
}

/** What a text can show. */
function isShown(value: Json): value is string | number | boolean | string[] {
  return Array.isArray(value) ? value.every((each) => typeof each === 'string') : typeof value !== 'object';
}
