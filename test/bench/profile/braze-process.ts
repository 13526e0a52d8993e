/** The emulator as a process of its own, with customers whom it knows, and the documented limit of exports. */
import type { Profile } from '../../../demo/braze/emulator.ts';
import { serveEmulator, type EmulatorServer } from '../../../demo/braze/serve.ts';
import { answerParent } from '../../relay/child.ts';
import type { Fault } from '../../../demo/braze/faults.ts';
import { customerOf, planOf } from './customers.ts';

export interface BrazeStart {
  readonly key: string;
  readonly customers: number;
  /** How it answers. */
  readonly fault: Fault;
}

/** A request for profiles. */
export interface ExportSeen {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly ids: number;
  readonly status: number;
}

let served: EmulatorServer | undefined;

const profileOf = (number: number): Profile => ({
  braze_id: (number + 1).toString(16).padStart(24, '0'),
  external_id: customerOf(number),
  user_aliases: [],
  standard: { first_name: 'Ada', email: `${number}@example.com` },
  custom_attributes: { plan: planOf(number), points: number },
  events: [],
  purchases: [],
  canvas_entries: [],
  campaign_sends: [],
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
});

answerParent({
  start: async ({ key, customers, fault }: BrazeStart) => {
    served = await serveEmulator({
      port: 0,
      workspaces: [{ keys: [{ key, permissions: ['users.track', 'users.identify', 'users.export.ids'] }] }],
    });
    served.emulator.restore(Array.from({ length: customers }, (_, number) => profileOf(number)));
    served.emulator.setFault(fault);
    return served.url;
  },
  /** The journal has room for four times as many as the limit lets through in a minute. */
  exports: (): readonly ExportSeen[] =>
    (served?.emulator.journal() ?? [])
      .filter(({ path }) => path === '/users/export/ids')
      .map(({ at, body, status }) => ({
        at: Date.parse(at),
        ids: (body as { external_ids: readonly string[] }).external_ids.length,
        status,
      })),
});
