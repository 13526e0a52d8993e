/** What a request to one environment has to pass before it leaves: the breaker, which knows whether Braze is well, and the budget. */
import type { Permit } from '../braze/batcher.ts';
import { createBudget } from '../braze/budget.ts';
import type { BrazeAnswer } from '../braze/client.ts';
import type { Judgement } from '../braze/outcome.ts';
import type { Slots } from '../braze/rate-slots.ts';
import type { BrazeEnvironment, RelayConfig, RequestLimit, Requests } from '../config.ts';
import type { Ports } from '../ports.ts';
import {
  createBreaker,
  type Breaker,
  type BreakerEndpoint,
  type BreakerState,
  type Trouble,
} from './breaker.ts';

export interface Gate {
  permit(): Promise<Permit<Pass>>;
  /**
   * Called when the request is about to leave: what came between the permit and now, a write to the store mostly, may have taken longer than
   * the budget's place lasts.
   * @returns whether it may; where not, it gives back the pass and comes again
   */
  mayLeave(pass: Pass): Promise<boolean>;
  /** A request that went by this pass has been answered. */
  learn(answer: BrazeAnswer, judgement: Judgement, pass: Pass): Promise<void>;
  /** Of a request that did not go. */
  giveBack(pass: Pass): Promise<void>;
  /** How much may be taken up in advance: nothing, one to see, or as much as there is room for. */
  width(): Promise<'shut' | 'probe' | 'open'>;
  /** When it opens, as far as is known: milliseconds since 1970, in the past where it is open. */
  opensAt(): Promise<number>;
  /** Another endpoint or key: what the one before was blamed for is forgotten. */
  replace(environment: BrazeEnvironment): Promise<void>;
  state(): Promise<{ readonly breaker: BreakerState; readonly budget: number }>;
  /** Requests that may leave at once, as far as this process knows. */
  left(): number;
}

/** An endpoint that has limits, and fails, for itself. */
export interface GateEndpoint extends BreakerEndpoint {
  readonly requests: Requests;
  /** With which others it shares these, by a name of all. Absent: with none. */
  readonly sharedBy?: string | undefined;
  readonly slotsOf: (limit: RequestLimit) => Slots;
}

/** Leave for one request. */
export interface Pass {
  readonly gate: Extract<Awaited<ReturnType<Breaker['enter']>>, { readonly type: 'go' }>;
  /** A request went by it. */
  isUsed: boolean;
  /** When its place in the budget is over: milliseconds since 1970. Absent: it has none any more. */
  until: number | undefined;
}

/** Milliseconds. Braze's longest window is the clock hour (`api/api_limits`): who is shut out for longer stands before a clock that was set back. */
const LONGEST = 3_600_000;

export function createGate(
  first: BrazeEnvironment,
  { deadline }: Pick<RelayConfig, 'deadline'>,
  { store, clock, random, log }: Pick<Ports, 'store' | 'clock' | 'random' | 'log'>,
  endpoint?: GateEndpoint,
): Gate {
  const { name } = first;
  let environment = first;
  // Who has another key fails, or does not, for himself.
  const identity = () => `${environment.endpoint}\n${environment.key()}`;
  const breaker = createBreaker({ name, identity, store, clock, random, log, ...(endpoint && { endpoint }) });
  const budget = endpoint
    ? createBudget({ ...endpoint, name: `${name}/${endpoint.sharedBy ?? endpoint.name}`, store, clock })
    : createBudget({ name, requests: first.requests, store, clock });
  /** Since the last permit was refused. */
  let shutUntil = 0;

  const shut = (until: number): Permit<Pass> => {
    shutUntil = until;
    return { type: 'shut' };
  };

  return {
    async permit() {
      // Looked at first: what is closed costs no budget.
      const state = await breaker.state();
      if (state.type === 'open' && state.until > clock()) return shut(state.until);
      const taken = await budget.takeUntil();
      if ('wait' in taken)
        return taken.wait >= deadline
          ? shut(clock() + taken.wait)
          : { type: 'wait', milliseconds: taken.wait };
      const gate = await breaker.enter();
      if (gate.type === 'shut') {
        budget.giveBack();
        return shut(gate.until);
      }
      return { type: 'go', isProbe: gate.isProbe, pass: { gate, isUsed: false, until: taken.until } };
    },
    async mayLeave(pass) {
      if (pass.until !== undefined && clock() < pass.until) return true;
      budget.letGo();
      pass.until = undefined;
      const taken = await budget.takeUntil();
      if ('wait' in taken) return false;
      pass.until = taken.until;
      return true;
    },
    async learn(answer, judgement, { gate }) {
      if (answer.type === 'response') await budget.learn(answer.headers, answer.status);
      const retryAfter = 'retryAfter' in judgement ? judgement.retryAfter : undefined;
      const trouble = troubleOf(judgement);
      if (judgement.type === 'limited')
        shutUntil = Math.max(shutUntil, clock() + judgement.retryAfter * 1_000);
      if (trouble === undefined) return breaker.report({ type: 'answered' }, gate);
      const status = answer.type === 'response' ? String(answer.status) : answer.reason;
      const news = {
        type: 'failed',
        trouble,
        status,
        ...(retryAfter !== undefined && { retryAfter }),
      } as const;
      return breaker.report(news, gate);
    },
    async giveBack({ gate, until }) {
      if (until !== undefined) budget.giveBack();
      await breaker.report({ type: 'unused' }, gate);
    },
    async width() {
      const state = await breaker.state();
      const shutFor = shutUntil - clock();
      if (shutFor > 0 && shutFor <= LONGEST) return 'shut';
      if (state.type === 'closed') return 'open';
      return state.type === 'half_open' || state.until <= clock() ? 'probe' : 'shut';
    },
    async opensAt() {
      const state = await breaker.state();
      return state.type === 'open' ? state.until : shutUntil;
    },
    async replace(replaced) {
      environment = replaced;
      shutUntil = 0;
      await breaker.reset();
    },
    state: async () => ({ breaker: await breaker.state(), budget: budget.left() }),
    left: () => budget.left(),
  };
}

function troubleOf({ type }: Judgement): Trouble | undefined {
  if (type === 'operator') return 'operator';
  return type === 'unavailable' || type === 'in_doubt' || type === 'unsent' ? 'unavailable' : undefined;
}
