/**
 * The queue of Workbox's background sync: https://developer.chrome.com/docs/workbox/modules/workbox-background-sync. It is made for
 * service workers, where the browser decides when it replays; here it lives in a page and is replayed by hand.
 */
import { importPeer, type Open } from './contender.ts';

/** As much of it as is used here (`workbox-background-sync`). */
interface Workbox {
  readonly Queue: new (
    name: string,
    options: { readonly forceSyncFallback: boolean; readonly onSync: () => void },
  ) => {
    pushRequest(entry: { readonly request: Request }): Promise<void>;
    replayRequests(): Promise<void>;
  };
}

export const openWorkbox: Open = async ({ relay }) => {
  // Without a service worker there is no registration, which the queue looks for the Background Sync API in.
  Object.assign(globalThis, { registration: {} });
  const { Queue } = (await importPeer('workbox')) as Workbox;
  // Its fallback would replay once, at start: `settle` does.
  const queue = new Queue('submissions', { forceSyncFallback: true, onSync: () => undefined });
  return {
    put: (submission) =>
      queue.pushRequest({
        request: new Request(`${relay}/v1/submissions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ submissions: [submission] }),
          credentials: 'omit',
        }),
      }),
    settle: () => queue.replayRequests(),
  };
};
