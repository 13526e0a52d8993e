/**
 * What keeps what is said, and delivers it: the outbox over the browser's storage, and the way to the relay. A chunk of its own, fetched once
 * the first question is there: before anything is said there is nothing to keep.
 */
import type { PageGate } from './gate.ts';
import { createHints, type Hints } from './hints.ts';
import { createBacking, prepareMove } from './outbox/backing.ts';
import { openIndexedRecords } from './outbox/indexed-records.ts';
import { createOutbox } from './outbox/outbox.ts';
import { createOutboxStore } from './outbox/store.ts';
import { createRelayClient, type RelayClient } from './transport/relay-client.ts';
import { deleteDatabase } from './wake.ts';

export { prepareMove };

export interface Delivery extends Hints {
  readonly relay: RelayClient;
  readonly createOutbox: typeof createOutbox;
}

export interface DeliveryOptions {
  /** Its address. */
  readonly relay: string;
  /** Of the database. */
  readonly name: string;
  readonly gate: PageGate;
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Hears of the connection with each transaction. */
  readonly use: (connection: IDBDatabase) => void;
  /** Hears that the browser's storage has failed. */
  readonly failed: (error: unknown) => void;
  /** Hears who they were when they take their consent back. */
  readonly withdrawn: (credential: string) => void;
}

export type CreateDelivery = (options: DeliveryOptions) => Delivery;

export const createDelivery: CreateDelivery = ({ relay, name, gate, fetch, clock, use, ...told }) => {
  let hasFailed = false;
  const transact = createBacking({
    open: () => openIndexedRecords(name, use),
    discard: () => deleteDatabase(name),
    gate,
    failed(error) {
      hasFailed = true;
      told.failed(error);
    },
  });
  const hints = createHints({
    store: createOutboxStore(transact),
    transact,
    gate,
    withdrawn: told.withdrawn,
    hasFailed: () => hasFailed,
  });
  return { ...hints, relay: createRelayClient(relay, hints.store, fetch, clock), createOutbox };
};
