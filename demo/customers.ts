/** Customers of the demo's brands, as each brand's own systems have told Braze of them before they come. */
import type { Emulator } from './braze/emulator.ts';

export interface Customer {
  /** `external_id` at Braze. */
  readonly id: string;
  /** An object of `attributes` of `/users/track`, without whose it is. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface CustomersOptions {
  readonly brazeUrl: string;
  /** REST API key of the brands' own systems. */
  readonly key: string;
  readonly emulator: Emulator;
}

/** Resolves once Braze shows the customer. What it knows of them already stays: a flow may have written it. */
export type Introduce = (customer: Customer) => Promise<void>;

/** @throws {Error} where the emulator refuses: the fault panel may be on */
export function createIntroduce({ brazeUrl, key, emulator }: CustomersOptions): Introduce {
  const isKnown = (id: string) =>
    emulator.profiles().some(({ external_id: externalId }) => externalId === id);
  return async ({ id, attributes }) => {
    if (isKnown(id)) return;
    const { status } = await fetch(`${brazeUrl}/users/track`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ attributes: [{ external_id: id, ...attributes }] }),
    });
    if (status !== 201) throw new Error(`The emulator answered ${status} to the customer "${id}".`);
    await emulator.until(() => isKnown(id));
  };
}
