/** The emulator as a process of its own: it answers after a while, and holds its callers to a limit. */
import { serveEmulator, type EmulatorServer } from '../../../demo/braze/serve.ts';
import { arrivalsAt } from '../../relay/accounts.ts';
import { answerParent } from '../../relay/child.ts';

export interface BrazeStart {
  /** Of the workspace that the relay writes to. */
  readonly key: string;
  /** Of another workspace, with the documented limit, for who measures how long an answer takes. */
  readonly probeKey: string;
  readonly requests: { readonly limit: number; readonly window: number };
  /** Milliseconds. */
  readonly answersAfter: number;
}

export interface BrazeCounts {
  /** Those that were let in. */
  readonly requests: number;
  readonly objects: number;
  /** Over the limit: 429. */
  readonly limited: number;
  /** Since the start, as many as were let in within any window of the limit's length, wherever it begins. */
  readonly mostInWindow: number;
}

let served: EmulatorServer | undefined;
let last = 0;
/** When requests of the relay were let in, milliseconds. */
const times: number[] = [];
let limit: BrazeStart['requests'];

answerParent({
  start: async ({ key, probeKey, requests, answersAfter }: BrazeStart) => {
    const permissions = ['users.track'];
    limit = requests;
    served = await serveEmulator({
      port: 0,
      workspaces: [
        { name: 'relay', keys: [{ key, permissions }], rateLimits: { track: requests } },
        { name: 'probe', keys: [{ key: probeKey, permissions }] },
      ],
    });
    served.emulator.setFault({ kind: 'slow', ms: answersAfter });
    return served.url;
  },
  /** Of the relay, since it was asked last. The journal has room for 1,000. */
  counts: (): BrazeCounts => {
    const entries = (served?.emulator.journal() ?? []).filter(({ id }) => id > last);
    last = entries.at(-1)?.id ?? last;
    const own = entries.filter(({ workspace }) => workspace === 'relay');
    const letIn = own.filter(({ status }) => status < 400);
    times.push(...letIn.map(({ at }) => Date.parse(at)));
    const objects = letIn.reduce((sum, { body }) => {
      const { attributes = [], events = [] } = body as { attributes?: unknown[]; events?: unknown[] };
      return sum + attributes.length + events.length;
    }, 0);
    return {
      requests: letIn.length,
      objects,
      limited: own.filter(({ status }) => status === 429).length,
      mostInWindow: mostWithin(times, limit.window),
    };
  },
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  /** How often each submission's event has arrived. */
  arrivals: () => (served ? [...arrivalsAt(served.emulator)] : []),
});

/** @param times in order, milliseconds */
function mostWithin(times: readonly number[], window: number): number {
  let first = 0;
  let most = 0;
  for (const [index, time] of times.entries()) {
    while ((times[first] ?? time) <= time - window) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
