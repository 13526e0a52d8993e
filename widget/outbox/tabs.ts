/** The other tabs of this origin: what they tell each other, and which of them sends. */
import type { News, OutboxPorts } from './outbox.ts';

export interface Tabs {
  readonly tell: (news: News) => void;
  readonly disconnect: () => void;
}

/**
 * A page that is left may be kept whole, to go on when the visitor comes back; an open channel would prevent that, or end it with the
 * first news. A tab that is frozen would begin a transaction with the news that it gets, and never end it.
 * @param name of what they share
 */
export function connectTabs(name: string, hear: (news: News) => void): Tabs {
  let channel: BroadcastChannel | undefined;
  const close = () => {
    channel?.close();
    channel = undefined;
  };
  const open = () => {
    close();
    try {
      channel = new BroadcastChannel(name);
      channel.onmessage = ({ data }: MessageEvent<News>) => hear(data);
    } catch {
      // Firefox refuses where it keeps nothing.
    }
  };
  const turn = ({ type }: Event) => (/hide|freeze/.test(type) ? close() : open());
  const turns = ['pagehide', 'freeze', 'pageshow', 'resume'];
  // On their way to the document, some of them.
  for (const type of turns) addEventListener(type, turn, true);
  open();
  return {
    tell: (news) => channel?.postMessage(news),
    disconnect() {
      for (const type of turns) removeEventListener(type, turn, true);
      close();
    },
  };
}

/** A Web Lock, held for one flush only: a page that holds one is not kept when it is left. */
export const createLock =
  (name: string): OutboxPorts['tryLock'] =>
  async (run) => {
    let isMine = true;
    await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      isMine = lock !== null;
      if (isMine) await run();
    });
    return isMine;
  };
