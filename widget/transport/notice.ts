/** Tells the relay what needs no answer, and is told once: a page that is left cannot wait, nor one whose storage has been erased. */
import type { DepartureRequest, WithdrawalRequest } from '../contract/wire.ts';
import type { News } from '../outbox/outbox.ts';

/** Resolves with whether it is of use to tell it again: the relay was not reached, or could not take it. Never rejects. */
export type Notice = (...told: Told) => Promise<boolean>;

type Told =
  | readonly [path: '/v1/departures', body: DepartureRequest]
  | readonly [path: '/v1/withdrawals', body: WithdrawalRequest];

export function createNotice(relay: string, fetch: typeof globalThis.fetch): Notice {
  return async (...[path, body]) => {
    const answer = fetch(relay + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'omit',
      keepalive: true,
    });
    return answer.then(
      ({ status }) => status === 429 || status >= 500,
      () => true,
    );
  };
}

/** Tells the pages that share a channel, also from a page that has closed its own because it is just going. */
export function announceTo(name: string, news: News): void {
  try {
    const channel = new BroadcastChannel(name);
    channel.postMessage(news);
    channel.close();
  } catch {
    // Firefox refuses where it keeps nothing.
  }
}
