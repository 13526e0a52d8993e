import type { StorageGate } from '../outbox/backing.ts';

/** Of a page whose visitors need not be asked. */
export const OPEN_GATE: StorageGate = { state: () => 'allowed', listen: () => undefined };
