/** Braze as the world has it: it counts every event that it takes, and has its troubles. */
import type { Chance } from './chance.ts';
import { EVERY_TIME } from './flow.ts';
import type { Ledger } from './ledger.ts';
import type { Life } from './life.ts';
import type { BrazeFault } from './schedule.ts';
import type { Timeline } from './timeline.ts';

/** An event that Braze has counted. */
export interface Counted {
  readonly name: string;
  /** Id of its submission. */
  readonly submission: string;
  readonly visitor: string;
}

export interface SimulatedBraze {
  /** As one life of the relay reaches it. */
  readonly fetchFor: (life: Life) => typeof fetch;
  /** From now on, or `undefined` for none. */
  readonly setFault: (fault: BrazeFault | undefined) => void;
  /** In the order in which they were taken. */
  readonly counted: readonly Counted[];
  /** By visitor, the last word of each attribute. */
  readonly profiles: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
}

interface Alias {
  readonly user_alias: { readonly alias_name: string };
}

interface TrackBody {
  readonly attributes?: readonly (Alias & Readonly<Record<string, unknown>>)[];
  readonly events?: readonly (Alias & {
    readonly name: string;
    readonly properties: { readonly submission_id: string };
  })[];
}

export function createBraze(timeline: Timeline, chance: Chance, ledger: Ledger): SimulatedBraze {
  const counted: Counted[] = [];
  const profiles = new Map<string, Map<string, unknown>>();
  let fault: BrazeFault | undefined;

  const take = (body: TrackBody) => {
    for (const { user_alias: alias, ...fields } of body.attributes ?? []) {
      const profile = profiles.get(alias.alias_name) ?? new Map<string, unknown>();
      profiles.set(alias.alias_name, profile);
      for (const [name, value] of Object.entries(fields)) profile.set(name, value);
    }
    for (const { name, user_alias: alias, properties } of body.events ?? []) {
      counted.push({ name, submission: properties.submission_id, visitor: alias.alias_name });
      if (name === EVERY_TIME) ledger.note(`braze counts ${properties.submission_id}`);
    }
  };

  /** What it answers; `undefined`: nothing, ever. */
  const answer = (body: TrackBody): Response | Error | undefined => {
    if (fault && fault !== 'slow') ledger.count(`braze_${fault}`);
    if (fault?.endsWith('_taken') || fault === 'cut_after') take(body);
    switch (fault) {
      case 'down':
        return Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
      case 'limited':
        return refusal(429, { 'retry-after': '3' });
      case 'unauthorized':
        return refusal(401);
      case 'status_500':
      case 'status_503':
        return refusal(Number(fault.slice(-3)));
      case 'status_504_taken':
      case 'status_504_untaken':
        return refusal(504);
      case 'cut_before':
      case 'cut_after':
        return Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });
      case 'silent_taken':
      case 'silent_untaken':
        return undefined;
      case 'slow':
      case undefined:
        take(body);
        return Response.json({ message: 'success' }, { status: 201 });
    }
  };

  return {
    counted,
    profiles,
    setFault: (next) => {
      fault = next;
    },
    fetchFor: (life) => (_, init) =>
      new Promise((resolve, reject) => {
        if (life.isDead) return;
        init?.signal?.addEventListener('abort', () => reject(new DOMException('Aborted', 'AbortError')));
        const isSlow = fault === 'slow';
        if (isSlow) ledger.count('braze_slow');
        // It arrives also where the relay has died since.
        timeline.after(chance.between(1, 20), () => {
          const answered = answer(JSON.parse(init?.body as string) as TrackBody);
          life.later(isSlow ? chance.between(500, 9_000) : chance.between(5, 100), () => {
            if (answered instanceof Error) reject(answered);
            else if (answered) resolve(answered);
          });
        });
      }),
  };
}

const refusal = (status: number, headers: Record<string, string> = {}): Response =>
  Response.json({ message: 'no' }, { status, headers });
