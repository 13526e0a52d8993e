/** Between the tabs and the relay: what is sent may be lost, late, doubled, refused by something on the way, or overtaken. */
import type { Submission } from '../../widget/contract/wire.ts';
import type { Chance } from './chance.ts';
import { limitOf } from './determinism.ts';
import type { Ledger } from './ledger.ts';
import type { Life } from './life.ts';
import type { NetworkFault } from './schedule.ts';
import type { Timeline } from './timeline.ts';

export interface Network {
  /** As one tab has it. */
  readonly fetchFor: (life: Life) => typeof fetch;
  /** The next so many requests meet this. */
  readonly arm: (fault: NetworkFault, requests: number) => void;
  /** No fault is armed any more, and nobody is offline. */
  readonly calm: () => void;
  readonly setOffline: (isOffline: boolean) => void;
  /** The relay fails at this submission, so often. */
  readonly poison: (id: string, times: number) => void;
  readonly cure: () => void;
  readonly poisoned: ReadonlySet<string>;
  /** Clocks jumped: who had something under way could not know how long. */
  readonly forgive: () => void;
}

export interface NetworkOptions {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly ledger: Ledger;
  readonly request: (path: string, init: RequestInit) => Promise<Response>;
}

/** A request to submit that its tab still waits for. */
interface UnderWay {
  readonly life: Life;
  readonly ids: readonly string[];
  isForgiven: boolean;
}

/** Nothing that was said is the reason of these. */
const INNOCENT = [200, 401, 404, 408, 425, 429, 503];

/** What becomes of poison, by its step: a relay that fails at it or dies of it, a firewall, and one whose words no page may read. */
const FORBIDDEN = [500, 502, 406, 'unreadable'] as const;

/** Failures of one submission alone after which a browser may put it aside. */
const SUSPICIOUS = 6;

export function createNetwork({ timeline, chance, ledger, request }: NetworkOptions): Network {
  let armed: NetworkFault[] = [];
  let isOffline = false;
  const underWay = new Set<UnderWay>();
  const poison = new Map<string, number>();
  const poisoned = new Set<string>();
  const failures = new Map<string, number>();
  let requests = 0;

  const trip = () => chance.between(5, 120);

  const watchTogether = (mine: UnderWay) => {
    for (const other of underWay) {
      const { life } = other;
      if (other.isForgiven || life === mine.life || life.isDead || life.isFrozen) continue;
      // Its lease is known to nobody else.
      if (ledger.forgetful.has(life) || ledger.forgetful.has(mine.life)) continue;
      for (const id of other.ids.filter((each) => mine.ids.includes(each))) {
        ledger.together.push(id);
        ledger.note(`${mine.life.name} sends ${id}, which ${life.name} has under way`);
      }
    }
  };

  /** A gateway's own answer in the relay's place, where there is one. */
  const answerOnTheWay = (
    fault: NetworkFault | undefined,
    ids: readonly string[],
  ): Response | 'unreadable' | undefined => {
    const sick = ids.find((id) => (poison.get(id) ?? 0) > 0);
    if (sick !== undefined) {
      poison.set(sick, (poison.get(sick) ?? 0) - 1);
      ledger.count('poison');
      const forbidden = FORBIDDEN[Number(sick.split('.')[1]) % FORBIDDEN.length];
      return forbidden === 'unreadable' ? forbidden : new Response('No', { status: forbidden as number });
    }
    if (fault?.startsWith('status_') !== true || fault.endsWith('_after')) return undefined;
    const status = Number(fault.slice('status_'.length));
    const headers = { 'content-type': 'text/html', ...(status === 429 && { 'retry-after': retryAfter() }) };
    return new Response('<p>Not now', { status, headers });
  };

  /** Seconds, or a date. */
  const retryAfter = () => String(chance.between(1, 40));

  const suspect = (ids: readonly string[], response?: Response) => {
    const [id] = ids;
    if (id === undefined || ids.length > 1) return;
    const isProblem = response?.headers.get('content-type')?.includes('problem') === true;
    if (response && (INNOCENT.includes(response.status) || (isProblem && response.status < 500))) return;
    const count = (failures.get(id) ?? 0) + 1;
    failures.set(id, count);
    if (count >= SUSPICIOUS) ledger.aside.add(id);
  };

  const fetchFor =
    (life: Life): typeof fetch =>
    (input, init = {}) =>
      new Promise<Response>((resolve, reject) => {
        if (life.isDead) return;
        const { pathname, search } = new URL(input as string);
        const path = pathname + search;
        const ids = idsIn(init.body);
        const name = `${life.name} request ${(requests += 1)}`;
        const fault = armed.shift();
        if (fault) ledger.count(fault);
        ledger.note(`${name} ${pathname} ${ids.join(' ')} ${fault ?? ''}`);
        const mine: UnderWay = { life, ids, isForgiven: false };
        watchTogether(mine);
        underWay.add(mine);
        let isOver = false;
        const end = (act: () => void, words: string) => {
          if (isOver) return;
          isOver = true;
          cancel();
          underWay.delete(mine);
          ledger.note(`${name} ${words}`);
          act();
        };
        const fail = (milliseconds: number) =>
          life.later(milliseconds, () => {
            end(() => {
              suspect(ids);
              reject(new TypeError('Failed to fetch'));
            }, 'fails');
          });
        const limit = limitOf(init.signal);
        const cancel =
          limit === Infinity
            ? () => undefined
            : life.later(limit, () =>
                end(() => {
                  suspect(ids);
                  reject(new DOMException('Too late', 'TimeoutError'));
                }, 'is given up'),
              );

        const comeBack = (response: Response, isAnswer: boolean) => {
          if (isOffline) return void fail(trip());
          const milliseconds = isAnswer && fault === 'answer_late' ? chance.between(2_000, 50_000) : trip();
          suspect(ids, response);
          life.later(milliseconds, () => end(() => resolve(response), `is answered ${response.status}`));
        };
        const arrive = async () => {
          if (isOffline) return void fail(trip());
          const onTheWay = answerOnTheWay(fault, ids);
          if (onTheWay === 'unreadable') return void fail(trip());
          if (onTheWay) {
            comeBack(onTheWay, false);
            return;
          }
          try {
            const answered = await request(path, init);
            timeline.stir();
            const { status, headers } = answered;
            const body = await answered.text();
            timeline.stir();
            if (fault === 'answer_lost') return;
            if (fault === 'answer_cut') return void fail(trip());
            if (fault === 'status_502_after') {
              comeBack(new Response('', { status: 502 }), false);
              return;
            }
            comeBack(new Response(body, { status, headers }), true);
          } catch {
            // A gateway may stand before the relay.
            if (chance.oneIn(2)) fail(trip());
            else comeBack(new Response('', { status: chance.pick([502, 503, 504]) }), false);
          }
        };

        if (isOffline) return void fail(chance.between(1, 20));
        if (fault === 'request_lost') return;
        if (fault === 'request_cut') return void fail(trip());
        if (fault === 'doubled') timeline.after(chance.between(0, 40_000), () => void arrive());
        timeline.after(
          fault === 'request_late' ? chance.between(2_000, 50_000) : trip(),
          () => void arrive(),
        );
      });

  return {
    fetchFor,
    arm: (fault, count) => armed.push(...Array.from({ length: count }, () => fault)),
    calm() {
      armed = [];
      isOffline = false;
    },
    setOffline: (next) => {
      isOffline = next;
    },
    poison(id, times) {
      poison.set(id, times);
      poisoned.add(id);
      ledger.note(`the relay fails at ${id} from now on`);
    },
    cure: () => poison.clear(),
    poisoned,
    forgive() {
      for (const each of underWay) each.isForgiven = true;
    },
  };
}

function idsIn(body: RequestInit['body']): readonly string[] {
  if (typeof body !== 'string') return [];
  const { submissions = [] } = JSON.parse(body) as { submissions?: readonly Submission[] };
  return submissions.map(({ id }) => id);
}
